import { files } from './files.ts'
import { submit } from './submit.ts'

submit('files', files)
