import { seeing } from './seeing.ts'
import { submit } from './submit.ts'

submit('seeing what is not its own', seeing)
