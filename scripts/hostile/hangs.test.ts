import { hangs } from './hangs.ts'
import { submit } from './submit.ts'

submit('hangs and exhaustion', hangs)
