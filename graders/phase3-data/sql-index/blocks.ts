import type pg from 'pg'
import { expect } from 'vitest'
import { z } from 'zod'
import { note, type PostgresDatabase } from '../../harness/index.ts'
import { explainSql } from '../../harness/subjects/sql.ts'
import { connectedAs, isRefusal } from './connection.ts'

const MOST_LINES = 25

/** What of EXPLAIN's answer is looked at: which plan it is, is the planner's affair. */
const explained = z.tuple([
  z.object({
    Plan: z.object({
      'Actual Rows': z.number(),
      'Shared Hit Blocks': z.number(),
      'Shared Read Blocks': z.number(),
    }),
  }),
])

/** What a statement cost: how many blocks it touched, in the cache or not, and how many rows came. */
export type Cost = { blocks: number; rows: number }

async function explain(client: pg.Client, sql: string): Promise<Cost> {
  const query: pg.QueryConfig & { queryMode: 'extended' } = {
    text: `explain (analyze, buffers, format json) ${sql}`,
    // That protocol takes one statement only.
    queryMode: 'extended',
  }
  const { rows } = await client.query(query)
  const answer = explained.safeParse(rows?.[0]?.['QUERY PLAN'])
  if (!answer.success) expect.fail(`EXPLAIN shows no plan for: ${sql.trim()}`)
  const { Plan: plan } = answer.data[0]
  return {
    blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    rows: plan['Actual Rows'],
  }
}

/** Runs a query as the role that may only read. @throws SubjectError where PostgreSQL refuses it */
export function costOfQuery(db: PostgresDatabase, file: string, sql: string): Promise<Cost> {
  return connectedAs('reader', db, async (client) => {
    try {
      // The first time also pays for what comes once, such as marking entries that are dead.
      await explain(client, sql)
      return await explain(client, sql)
    } catch (error) {
      throw isRefusal(error) ? explainSql(file, sql, 20, error) : error
    }
  })
}

/** Shows the plan of a query below the failure. */
export function notePlan(db: PostgresDatabase, title: string, sql: string): Promise<void> {
  return connectedAs('reader', db, async (client) => {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers, costs off, timing off, summary off) ${sql}`,
    )
    const lines = rows.map((row) => row['QUERY PLAN'])
    const cut = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), '…'] : lines
    note(title, cut.join('\n'))
  })
}

/** What a change costs the owner of the tables; it is undone. */
export function costOfChange(db: PostgresDatabase, sql: string): Promise<Cost> {
  return connectedAs('owner', db, async (client) => {
    await client.query('begin')
    const cost = await explain(client, sql)
    await client.query('rollback')
    return cost
  })
}
