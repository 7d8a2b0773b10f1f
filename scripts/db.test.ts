import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findProgram } from '../graders/harness/services/native.ts'
import { type Checkout, makeCheckout, startCommand } from './test/checkout.ts'
import { leftOf } from './test/leftovers.ts'

// `npm run db` as it is called.

let checkout: Checkout
let temporary: string
/** A PATH with no client of a service on it, and one with a psql that tells what it was given. */
let bare: string
let withClient: string

beforeAll(() => {
  checkout = makeCheckout()
  temporary = mkdtempSync(path.join(os.tmpdir(), 'db-'))
  chmodSync(temporary, 0o755)
  bare = checkout.file('bare')
  const clients = checkout.file('clients')
  for (const folder of [bare, clients]) mkdirSync(folder)
  const psql = path.join(clients, 'psql')
  writeFileSync(
    psql,
    '#!/bin/sh\necho "psql with $1, zone $PGTZ, password $PGPASSWORD"\nexec /bin/cat\n',
  )
  chmodSync(psql, 0o755)
  withClient = clients
})
afterAll(() => {
  checkout.remove()
  rmSync(temporary, { recursive: true, force: true })
})

const env = (programs: string) => ({
  ROADWORKS_SERVICES: 'native',
  TMPDIR: temporary,
  // This and nothing else: a psql of the machine must not be found.
  PATH: programs,
})

test('without a client: the database stays up with the published rows until Ctrl-D', async () => {
  const running = startCommand(checkout, 'db', ['sql-joins'], env(bare), { open: true })
  await expect.poll(running.printed, { timeout: 30_000 }).toMatch(/until you press Ctrl-D/)
  const url = /postgres:\/\/\S+/.exec(running.printed())![0]
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query('select count(*)::int as parcels from parcels')
  expect(rows[0].parcels).toBeGreaterThan(5)
  const refused = client.query("copy parcels to program 'id'")
  await expect(refused).rejects.toThrow(/permission denied|must be superuser/)
  running.child.stdin!.end()
  const { code } = await running.ended
  expect(code).toBe(0)
  await client.end().catch(() => {})
  await expect.poll(() => leftOf(checkout.root, temporary), { timeout: 10_000 }).toEqual([])
})

test('a client on PATH is started, gets standard input, and the password only in its environment', async () => {
  const { ended } = startCommand(checkout, 'db', ['sql-joins'], env(withClient), 'select 1;\n')
  const { code, stdout } = await ended
  expect(stdout).toMatch(/psql with postgres:\/\/\w+@127\.0\.0\.1:\d+\/\S+, zone UTC, password \w+/)
  expect(stdout).toContain('select 1;')
  expect(code).toBe(0)
})

test.for([
  [['psql'], 'sql-joins', 'select count(*) as parcels from parcels;\n', /parcels\s[\s-]*\b12\b/],
  [['mariadb', 'mysql'], 'mariadb-port', 'select concat("in_", database());\n', /in_rw_\w+/],
  [['redis-cli', 'valkey-cli'], 'redis-board', 'acl whoami\nclient pause 1\n', /\brw_\w+\nOK\n/],
  [['mongosh'], 'mongo-events', 'db.getName()\n', /\brw_\w+/],
] as const)('%j logs in to %s', async ([programs, slug, input, answer], { skip }) => {
  const program = findProgram([...programs])
  if (!program) return skip('there is no such program here')
  const alone = checkout.file(`only-${path.basename(program)}`)
  mkdirSync(alone)
  symlinkSync(program, path.join(alone, path.basename(program)))
  // The servers are found on the rest of it; a client before this one is not.
  const { code, stdout, stderr } = await startCommand(
    checkout,
    'db',
    [slug],
    { ...env(''), PATH: `${alone}:${process.env.PATH}` },
    input,
  ).ended
  expect(stdout).toMatch(answer)
  expect(stdout + stderr).not.toMatch(/denied|NOAUTH|WRONGPASS|failed/)
  expect(code).toBe(0)
})

test('Ctrl-C ends it and leaves nothing', async () => {
  const running = startCommand(checkout, 'db', ['sql-joins'], env(bare), { open: true })
  await expect.poll(running.printed, { timeout: 30_000 }).toMatch(/until you press Ctrl-D/)
  running.child.kill('SIGINT')
  await running.ended
  await expect.poll(() => leftOf(checkout.root, temporary), { timeout: 10_000 }).toEqual([])
})

test('Redis: the URL that is printed works', async () => {
  const running = startCommand(
    checkout,
    'db',
    ['redis-board'],
    { ...env(bare), PATH: `${bare}:${process.env.PATH}` },
    { open: true },
  )
  await expect.poll(running.printed, { timeout: 30_000 }).toMatch(/redis:\/\/\S+/)
  const redis = new Redis(/redis:\/\/\S+/.exec(running.printed())![0])
  expect(await redis.set('pelican:x', '1')).toBe('OK')
  const monitor = await redis.monitor()
  monitor.disconnect()
  redis.disconnect()
  running.child.stdin!.end()
  expect((await running.ended).code).toBe(0)
})

test('wrong usage is one sentence: no database, no rows of a seed, no such exercise', async () => {
  const ask = async (...args: string[]) => {
    const { code, stderr } = await startCommand(checkout, 'db', args, env(bare)).ended
    expect(code).toBe(2)
    return stderr
  }
  expect(await ask('http-verbs')).toMatch(/http-verbs needs no database/)
  expect(await ask('cache-redis', '--seed', '3')).toMatch(/Leave --seed out/)
  expect(await ask('sql-jions')).toMatch(/Did you mean sql-joins/)
})
