import { describe } from 'vitest'
import { files } from './files.ts'
import { forging } from './forging.ts'
import { hangs } from './hangs.ts'
import type { Row } from './row.ts'
import { services } from './services.ts'
import { submit } from './submit.ts'

// The same submissions with --sandbox=docker. It takes a quarter of an hour, so only
// `npm run stress` runs it. SQL and images are run by servers, not in a sandbox.
const inSandbox = ({ slug }: Row) => slug !== 'sql-joins' && slug !== 'docker-image'

describe.runIf(process.env.MODE === 'stress')('on demand (npm run stress)', () => {
  const all = Object.entries({ forging, files, hangs, services })
  for (const [title, rows] of all) submit(title, rows.filter(inSandbox), 'docker')
})
