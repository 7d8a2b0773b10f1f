import { openSubmission } from '../../harness/index.ts'
import { parcelsChecks } from '../../harness/parcels/checks.ts'

parcelsChecks(openSubmission(import.meta))
