import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { proxy } from '../probes/proxy.ts'
import { cleanup, currentRun, shared } from '../submission.ts'
import { mongodb } from './mongodb.ts'
import { mongodbService } from './mongodb-server.ts'
import { startServices } from './start.ts'

// In CI a service that cannot start is a failure; on a contributor's machine there may be no MongoDB.
const started = shared(async () => {
  const run = currentRun()
  const { mongodb } = await startServices(['mongodb'], run)
  if (process.env.CI) expect(mongodb).not.toHaveProperty('missing')
  run.services.mongodb = mongodb
})
beforeAll(() => started(), 600_000)
// A run that is cleaned up while it still starts would leave its folder behind.
afterAll(() => started())

/** A connection as a program would open it. */
async function connected(url: string) {
  const client = await new MongoClient(url).connect()
  cleanup(() => client.close())
  return client
}

test('each database has a user of its own, and the URL names the database', async () => {
  const [mine, theirs] = [await mongodb(), await mongodb()]
  await theirs.db.collection('secrets').insertOne({ text: 'canary' })
  const client = await connected(mine.url)
  expect(client.db().databaseName).toBe(mine.name)
  await client
    .db()
    .collection('parcels')
    .insertOne({ at: new Date(0) })
  expect(await mine.db.collection('parcels').countDocuments({ at: { $type: 'date' } })).toBe(1)
  mine.requireReal('rights of users')
  await expect(client.db(theirs.name).collection('secrets').findOne()).rejects.toThrow(/authorized/)
})

test('the proxy tells commands by name and collection, and holds them', async () => {
  const own = await mongodb()
  const between = await proxy(own.url)
  const timelines = (await connected(between.url)).db().collection('timelines')
  const seen = await between.during(() => timelines.insertOne({ code: 'A' }))
  expect(seen.map(({ text }) => text)).toEqual(['insert timelines'])
  const held = between.hold(({ text }) => text === 'update timelines')
  const done = timelines.updateOne({ code: 'A' }, { $set: { seen: true } })
  await held.caught()
  expect(await own.db.collection('timelines').countDocuments({ seen: true })).toBe(0)
  held.release()
  await done
  expect(await own.db.collection('timelines').countDocuments({ seen: true })).toBe(1)
})

test('the profiler shows what a program asked for', async () => {
  const own = await mongodb()
  own.requireReal('the profiler')
  const timelines = (await connected(own.url)).db().collection('timelines')
  await timelines.insertMany([{ code: 'A' }, { code: 'B' }])
  const profile = await own.profile(() => timelines.find({ code: 'A' }).toArray())
  expect(profile).toMatchObject([{ op: 'query', docsExamined: 2, nreturned: 1 }])
})

test('what a run leaves on a server that goes on is found, and removed', async () => {
  const own = await mongodb()
  await own.db.collection('a').insertOne({})
  const { url } = currentRun().services.mongodb as { url: string }
  expect(await mongodbService.leftovers!(url, own.name)).toEqual([`MongoDB database ${own.name}`])
  await mongodbService.release!(url, own.name)
  expect(await mongodbService.leftovers!(url, own.name)).toEqual([])
})
