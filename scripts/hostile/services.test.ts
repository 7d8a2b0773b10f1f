import { services } from './services.ts'
import { submit } from './submit.ts'

submit('services and the machine', services)
