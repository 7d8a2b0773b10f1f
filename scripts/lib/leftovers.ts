import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Run } from '../../graders/harness/run.ts'
import { isRunning } from '../../graders/harness/services/types.ts'

const execute = promisify(execFile)

async function leftInPostgres(url: string, prefix: string): Promise<string[]> {
  const { Client } = (await import('pg')).default
  const client = new Client({ connectionString: url })
  await client.connect()
  const like = `${prefix.replaceAll('_', '\\_')}%`
  const { rows } = await client.query(
    `select 'database ' || datname as thing from pg_database where datname like $1
     union all select 'role ' || rolname from pg_roles where rolname like $1`,
    [like],
  )
  await client.end()
  return rows.map(({ thing }) => thing as string)
}

async function leftInRedis(url: string, prefix: string): Promise<string[]> {
  const { Redis } = await import('ioredis')
  const redis = new Redis(url)
  const users = ((await redis.call('ACL', 'USERS')) as string[]).filter((name) =>
    name.startsWith(prefix),
  )
  const locks: string[] = []
  for (let index = 1; index < 16; index++) {
    const owner = await redis.get(`roadworks:database:${index}`)
    if (owner?.startsWith(prefix)) locks.push(`Redis database ${index}`)
  }
  redis.disconnect()
  return [...users.map((name) => `Redis user ${name}`), ...locks]
}

async function leftInDocker(label: string): Promise<string[]> {
  const list = async (what: string, args: string[]) => {
    const { stdout } = await execute('docker', [...args, '--filter', `label=${label}`])
    return stdout.split('\n').flatMap((line) => {
      const [id, service] = line.split(' ')
      // The services' own containers go at the end of the run.
      return id && !service ? [`Docker ${what} ${id}`] : []
    })
  }
  const format = '{{.ID}} {{.Label "roadworks.service"}}'
  return [
    ...(await list('container', ['ps', '-a', '--format', format])),
    ...(await list('image', ['images', '--format', '{{.ID}}'])),
  ]
}

function leftProcesses(dir: string): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
        return environment.includes('ROADWORKS_SUBJECT=') && environment.includes(dir)
      } catch {
        return false
      }
    })
    .map((pid) => `process ${pid}`)
}

/**
 * What graders of this run left, while its services still run: every grader must clean up after
 * itself, and not lean on the end of the run.
 * @returns one line per thing
 */
export async function describeLeftovers(run: Run): Promise<string[]> {
  const prefix = `rw_${run.id.replace('-', '_')}_`
  const { postgres, redis, docker } = run.services
  const files = readdirSync(run.dir).filter((name) => !['registry', 'variants'].includes(name))
  return [
    ...(isRunning(postgres) ? await leftInPostgres(postgres.url, prefix) : []),
    ...(isRunning(redis) ? await leftInRedis(redis.url, prefix) : []),
    ...(isRunning(docker) ? await leftInDocker(`roadworks.run=${run.id}`) : []),
    ...leftProcesses(run.dir),
    ...files.map((name) => `${path.basename(run.dir)}/${name}`),
  ]
}
