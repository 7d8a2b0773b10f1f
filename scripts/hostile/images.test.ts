import { images } from './images.ts'
import { submit } from './submit.ts'

submit('images', images)
