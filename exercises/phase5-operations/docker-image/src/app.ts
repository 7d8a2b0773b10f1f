import { setTimeout as sleep } from 'node:timers/promises'
import { fastify } from 'fastify'
import { z } from 'zod'
import type { Config } from './config.ts'
import { loadDepots } from './depots.ts'
import { labelSpool } from './labels.ts'

const newLabel = z.object({ parcel: z.string().min(1).max(40), depot: z.string() })
const slow = z.object({ ms: z.coerce.number().int().min(0).max(10_000) })

export function buildApp(config: Config) {
  const app = fastify({ logger: true })
  const depots = loadDepots()
  const spool = labelSpool(config.labelSecret)
  let printing = 0
  let closing = false

  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', async (_request, reply) => {
    // Otherwise an idle keep-alive connection would hold up the stop.
    if (closing) reply.header('connection', 'close')
  })

  app.get('/healthz', async () => ({ status: 'ok', printing }))

  app.post('/labels', async (request, reply) => {
    const body = newLabel.safeParse(request.body)
    if (!body.success) return reply.code(400).send({ error: z.prettifyError(body.error) })
    const depot = depots.get(body.data.depot)
    if (!depot) return reply.code(422).send({ error: `unknown depot ${body.data.depot}` })
    const label = await spool.print(body.data.parcel, depot)
    return reply.code(201).header('location', `/labels/${label.id}`).send(label)
  })

  app.get<{ Params: { id: string } }>('/labels/:id', async (request, reply) => {
    const label = await spool.find(request.params.id)
    return label ?? reply.code(404).send({ error: 'no such label' })
  })

  // Stands for the slow label printer: answers after `ms` milliseconds.
  app.get('/batch', async (request, reply) => {
    const query = slow.safeParse(request.query)
    if (!query.success) return reply.code(400).send({ error: z.prettifyError(query.error) })
    printing += 1
    try {
      await sleep(query.data.ms)
      return { printed: true }
    } finally {
      printing -= 1
    }
  })

  if (config.debugHang) {
    app.post('/debug/hang', async (_request, reply) => {
      // Blocks the event loop for ever, as an endless loop would, but without heating the CPU.
      reply.raw.once('finish', () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      })
      return reply.code(202).send({ hanging: true })
    })
  }

  return app
}
