import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import mariadbDriver from 'mariadb'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openRun } from '../open-run.ts'
import { proxy } from '../probes/proxy.ts'
import { cleanup, currentRun, shared } from '../submission.ts'
import { mariadb } from './mariadb.ts'
import { mariadbService } from './mariadb-server.ts'
import { postgres } from './postgres.ts'
import { startServices } from './start.ts'

// They come up while the first tests are collected; each test that needs one waits for it.
const started = shared(async () => {
  const run = currentRun()
  const services = await startServices(['postgres', 'mariadb'], run)
  // Without its service a test would be skipped, and say nothing.
  for (const state of Object.values(services)) expect(state).not.toHaveProperty('missing')
  Object.assign(run.services, services)
})
beforeAll(() => started())
// A run that is cleaned up while they still start would leave their folders behind.
afterAll(() => started())

/** A connection as a program would open it. */
async function connected(url: string) {
  const client = await mysql2.createConnection(url.replace('mariadb:', 'mysql:'))
  cleanup(() => client.end())
  return client
}

test('servers start where the path of a socket would be too long, as on macOS', async () => {
  const base = mkdtempSync(path.join('/tmp', `rw-${'long-'.repeat(20)}`))
  chmodSync(base, 0o777)
  cleanup(() => rmSync(base, { recursive: true, force: true }))
  const run = openRun({ seed: 1 })
  cleanup(() => run.close())
  vi.stubEnv('TMPDIR', base)
  vi.stubEnv('ROADWORKS_SERVICES', 'native')
  try {
    const services = await startServices(['postgres', 'mariadb'], run)
    for (const state of Object.values(services)) expect(state).not.toHaveProperty('missing')
  } finally {
    vi.unstubAllEnvs()
  }
})

describe('MariaDB', () => {
  test('each database has a user of its own, who sees nothing of the others', async () => {
    const [mine, theirs] = [await mariadb(), await mariadb()]
    await theirs.query('create table secrets (text varchar(40))')
    const client = await connected(mine.url)
    await client.query('create table parcels (id int)')
    await expect(client.query(`select * from ${theirs.name}.secrets`)).rejects.toThrow(/denied/)
    // In a grant an underscore stands for any letter, unless it is escaped.
    const alike = theirs.name.replaceAll('_', 'x')
    await expect(client.query(`create database ${alike}`)).rejects.toThrow(/denied/)
    await expect(client.query('set global max_connections = 1')).rejects.toThrow(/denied/)
    expect(await mine.query('show tables')).toHaveLength(1)
  })

  test('text of any language, times and numbers of 64 bits come back as they were', async () => {
    const { query } = await mariadb()
    await query('create table t (text varchar(40), at datetime(3), big bigint, small bigint)')
    const at = '2026-03-29 01:30:00.123'
    await query('insert into t values (?, ?, ?, ?)', ['Łódź 📦', at, '9007199254740993', 7])
    expect(await query('select * from t')).toEqual([
      { text: 'Łódź 📦', at, big: '9007199254740993', small: 7 },
    ])
  })

  test('what is too long or no number is refused, not cut', async () => {
    const { query } = await mariadb()
    await query('create table t (text varchar(3), n int)')
    await expect(query("insert into t (text) values ('abcd')")).rejects.toThrow(/too long/i)
    await expect(query("insert into t (n) values ('x')")).rejects.toThrow(/incorrect integer/i)
  })

  test('the dump shows rows of every table', async () => {
    const db = await mariadb()
    await db.query('create table a (b varchar(20), n bigint)')
    await db.query("insert into a values ('canary', 9007199254740993)")
    expect(await db.dump()).toMatch(/^a\n.*"canary".*9007199254740993/)
  })

  test('the proxy reads queries, and statements that were prepared, by both drivers', async () => {
    const between = await proxy((await mariadb()).url)
    const client = await connected(between.url)
    const texts = async (action: () => Promise<unknown>) =>
      (await between.during(action)).map(({ text }) => text)
    expect(await texts(() => client.query('select 1'))).toEqual(['select 1'])
    await client.execute('select ? + 1', [1])
    await client.execute('select ? + 2', [1])
    expect(await texts(() => client.execute('select ? + 1', [1]))).toEqual(['select ? + 1'])
    const other = await mariadbDriver.createConnection(between.url)
    cleanup(() => other.end())
    expect(await texts(() => other.query('select ? + 3', [1]))).toEqual(['select 1 + 3'])
    const run = () => other.execute('select ? + 4', [1])
    expect(await texts(run)).toEqual(['select ? + 4'])
    expect(await texts(run)).toEqual(['select ? + 4'])
  })

  test('the proxy holds a statement, and what follows it', async () => {
    const db = await mariadb()
    await db.query('create table t (n int)')
    const between = await proxy(db.url)
    const client = await connected(between.url)
    const held = between.hold(({ text }) => text.startsWith('insert'))
    const done = client.query('insert into t values (1)')
    await held.caught()
    expect(await db.query('select * from t')).toEqual([])
    held.release()
    await done
    expect(await db.query('select * from t')).toEqual([{ n: 1 }])
  })

  test('what a run leaves on a server that goes on is found, and removed', async () => {
    const db = await mariadb()
    const service = currentRun().services.mariadb as { url: string }
    const found = await mariadbService.leftovers!(service.url, db.name)
    expect(found).toEqual([`MariaDB database ${db.name}`, `MariaDB user ${db.name}`])
    const client = await connected(db.url)
    client.on('error', () => {})
    await mariadbService.release!(service.url, db.name)
    expect(await mariadbService.leftovers!(service.url, db.name)).toEqual([])
  })
})

describe('PostgreSQL', () => {
  test('it tells how many connections wait for a lock', async () => {
    const db = await postgres()
    await db.query('create table t (n int)')
    const [holds, waits] = [db.url, db.url].map(
      (connectionString) => new pg.Client({ connectionString }),
    )
    for (const client of [holds!, waits!]) {
      await client.connect()
      cleanup(() => client.end())
    }
    await holds!.query('begin; lock table t')
    expect(await db.waiting()).toBe(0)
    const waiting = waits!.query('select from t')
    await expect.poll(() => db.waiting(), { timeout: 15_000, interval: 5 }).toBe(1)
    await holds!.query('commit')
    await waiting
    expect(await db.waiting()).toBe(0)
  })

  test('one role may change rows, and nothing else; another may only read them', async () => {
    const db = await postgres()
    await db.query('create table t (id serial, text text)')
    const [writer, reader] = [db.writerUrl, db.readerUrl].map(
      (connectionString) => new pg.Client({ connectionString }),
    )
    for (const client of [writer!, reader!]) {
      await client.connect()
      cleanup(() => client.end())
    }
    await writer!.query("insert into t (text) values ('a'), ('b')")
    await writer!.query("update t set text = 'c' where text = 'a'")
    await writer!.query("delete from t where text = 'b'")
    await writer!.query('create temporary table mine as select * from t')
    expect((await reader!.query('select text from t')).rows).toEqual([{ text: 'c' }])
    const refused = /permission denied|must be owner/
    for (const sql of [
      'create table u (n int)',
      'drop table t',
      'truncate t',
      'alter table t add n int',
    ]) {
      await expect(writer!.query(sql), sql).rejects.toThrow(refused)
    }
    await expect(reader!.query("insert into t (text) values ('d')")).rejects.toThrow(refused)
  })
})
