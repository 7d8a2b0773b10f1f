import 'reflect-metadata'
import { randomUUID } from 'node:crypto'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import type { NextFunction, Request, Response } from 'express'
import { AppModule } from './app.module.js'

const app = await NestFactory.create<NestExpressApplication>(AppModule, {
  bodyParser: false,
  logger: ['error', 'warn'],
})
app.disable('x-powered-by')
// Before the body parser, so that what it refuses has an id, too.
app.use((request: Request, response: Response, next: NextFunction) => {
  const sent = request.get('X-Request-Id') ?? ''
  response.set('X-Request-Id', /^[\w-]{8,64}$/.test(sent) ? sent : randomUUID())
  next()
})
app.useBodyParser('json', { limit: 100 * 1024 })
// SIGTERM closes the server, which waits for what is running, and then ends the process with 0.
app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true })
await app.listen(Number(process.env.PORT), '127.0.0.1')
