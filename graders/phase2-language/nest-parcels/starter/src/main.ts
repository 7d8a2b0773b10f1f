import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import { AppModule } from './app.module.js'

// TODO: what holds for every request stands here: ids, limits, validation, errors, and the end.
const app = await NestFactory.create<NestExpressApplication>(AppModule)
await app.listen(Number(process.env.PORT), '127.0.0.1')
