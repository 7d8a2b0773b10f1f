import { and, asc, count, desc, eq, inArray, isNull, sql, sum } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import Fastify, { type FastifyReply } from 'fastify'
import pg from 'pg'
import { z } from 'zod'
import * as schema from './schema.ts'
import { depots, parcels, parcelTags, scans, tags } from './schema.ts'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error))
const db = drizzle(pool, { schema })

const refuse = (statusCode: number, message: string): never => {
  throw Object.assign(new Error(message), { statusCode })
}

const sorts = {
  name: asc(depots.name),
  '-name': desc(depots.name),
  city: asc(depots.city),
  '-city': desc(depots.city),
}
type Sort = keyof typeof sorts

const app = Fastify()

app.setErrorHandler((error: any, _request, reply: FastifyReply) => {
  const code = error.cause?.code ?? error.code
  if (error instanceof z.ZodError) return reply.code(400).send({ error: 'invalid', issues: error.issues })
  if (code === '23505') return reply.code(409).send({ error: 'this code is taken' })
  if (error.statusCode && error.statusCode < 500) return reply.code(error.statusCode).send({ error: error.message })
  console.error(error)
  return reply.code(500).send({ error: 'oh no' })
})

app.get('/depots', async (request) => {
  const query = z
    .object({
      limit: z.coerce.number().int().gte(1).lte(100).default(20),
      offset: z.string().min(1).pipe(z.coerce.number().int().gte(0)).default(0),
      sort: z.enum(Object.keys(sorts) as [Sort, ...Sort[]]).optional(),
    })
    .parse(request.query)
  const found = await db.query.depots.findMany({
    orderBy: [...(query.sort ? [sorts[query.sort]] : []), asc(depots.id)],
    limit: query.limit,
    offset: query.offset,
    with: {
      parcels: {
        where: isNull(parcels.deletedAt),
        with: { scans: true, links: { with: { tag: true } } },
      },
    },
  })
  return {
    depots: found.map((depot) => ({
      ...depot,
      parcels: depot.parcels.map(({ links, ...parcel }) => ({
        ...parcel,
        tags: links.map(({ tag }) => tag.name),
      })),
    })),
    next: query.offset + found.length,
  }
})

const Id = z.coerce.number().int().gte(0).lte(2147483647)

app.get<{ Params: { id: string } }>('/depots/:id/stats', async (request) => {
  const id = Id.parse(request.params.id)
  const depot = await db.query.depots.findFirst({ where: eq(depots.id, id) })
  if (!depot) refuse(404, 'no such depot')
  const here = and(eq(parcels.depotId, id), isNull(parcels.deletedAt))
  const [money] = await db
    .select({ parcels: count(), revenueCents: sum(parcels.priceCents).mapWith(Number) })
    .from(parcels)
    .where(here)
  const [seen] = await db
    .select({ scans: count() })
    .from(scans)
    .innerJoin(parcels, eq(parcels.id, scans.parcelId))
    .where(here)
  return { depot: depot!.name, parcels: money!.parcels, revenueCents: money!.revenueCents ?? 0, ...seen }
})

app.post<{ Params: { id: string } }>('/depots/:id/move', async (request) => {
  const { to, codes } = z.object({ to: Id, codes: z.array(z.string()) }).parse(request.body)
  const from = Id.parse(request.params.id)
  return db.transaction(async (tx) => {
    const known = await tx.select({ id: depots.id }).from(depots).where(inArray(depots.id, [from, to]))
    if (known.length !== 2) refuse(404, 'no such depot')
    const rows = await tx
      .select()
      .from(parcels)
      .where(inArray(parcels.code, codes))
      .orderBy(parcels.id)
      .for('update')
    const good = rows.filter((row) => row.depotId === from && !row.deletedAt)
    if (good.length !== codes.length) refuse(409, 'some of these cannot be moved')
    const ids = good.map(({ id }) => id)
    await tx.insert(scans).values(ids.map((parcelId) => ({ parcelId, kind: 'moved' })))
    await tx
      .update(parcels)
      .set({ depotId: to, version: sql`${parcels.version} + 1` })
      .where(inArray(parcels.id, ids))
    return { moved: ids.length, ids }
  })
})

app.patch<{ Params: { code: string } }>('/parcels/:code', async (request) => {
  const { version, ...changes } = z
    .strictObject({
      version: z.number().int(),
      status: z.string().optional(),
      weightKg: z.number().optional(),
      priceCents: z.number().int().optional(),
    })
    .parse(request.body)
  return db.transaction(async (tx) => {
    const [row] = await tx
      .select()
      .from(parcels)
      .where(and(eq(parcels.code, request.params.code), isNull(parcels.deletedAt)))
      .for('update')
    if (!row) return refuse(404, 'no such parcel')
    if (row.version !== version) refuse(409, `the version is ${row.version} by now`)
    const [after] = await tx
      .update(parcels)
      .set({ ...changes, version: version + 1 })
      .where(eq(parcels.id, row.id))
      .returning()
    return after
  })
})

app.post('/parcels', async (request, reply) => {
  const { tags: names, ...values } = z
    .object({
      code: z.string(),
      depotId: Id,
      weightKg: z.number(),
      priceCents: z.number().int(),
      tags: z.array(z.string().min(1).refine((tag) => [...tag].length <= 30)),
    })
    .parse(request.body)
  const made = await db.transaction(async (tx) => {
    const [depot] = await tx.select().from(depots).where(eq(depots.id, values.depotId)).for('key share')
    if (!depot) refuse(404, 'no such depot')
    const [parcel] = await tx.insert(parcels).values(values).returning()
    if (names.length > 0) {
      const rows = await tx
        .insert(tags)
        .values([...names].sort().map((name) => ({ name })))
        .onConflictDoUpdate({ target: tags.name, set: { name: sql`excluded.name` } })
        .returning()
      await tx.insert(parcelTags).values(rows.map(({ id }) => ({ parcelId: parcel!.id, tagId: id })))
    }
    return { ...parcel, tags: names }
  })
  return reply.code(201).send(made)
})

app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'nothing here' }))

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => app.close().then(() => pool.end()))
