import { forging } from './forging.ts'
import { submit } from './submit.ts'

submit('forged verdicts', forging)
