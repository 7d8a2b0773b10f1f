import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { namePrefix, type Run } from '../../graders/harness/run.ts'
import { definitions } from '../../graders/harness/services/definitions.ts'
import { isRunning } from '../../graders/harness/services/types.ts'

const execute = promisify(execFile)

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

/** How long what is being ended may take to be gone, in ms. */
const PATIENCE = 10_000

/**
 * What graders of this run left, while its services still run: every grader must clean up after
 * itself, and not lean on the end of the run.
 * @returns one line per thing
 */
export async function describeLeftovers(run: Run): Promise<string[]> {
  const deadline = performance.now() + PATIENCE
  for (;;) {
    const left = await findLeftovers(run)
    if (left.length === 0 || performance.now() > deadline) return left
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

async function findLeftovers(run: Run): Promise<string[]> {
  const { docker } = run.services
  const inServices = definitions.map(async ({ name, leftovers }) => {
    const service = run.services[name]
    return isRunning(service) ? ((await leftovers?.(service.url, namePrefix(run))) ?? []) : []
  })
  const files = readdirSync(run.dir).filter(
    (name) => !['registry', 'reaper', 'variants', 'view'].includes(name),
  )
  const views = path.join(run.dir, 'view')
  if (existsSync(views)) files.push(...readdirSync(views).map((name) => `view/${name}`))
  return [
    ...(await Promise.all(inServices)).flat(),
    ...(isRunning(docker) ? await leftInDocker(`roadworks.run=${run.id}`) : []),
    ...leftProcesses(run.dir),
    ...files.map((name) => `${path.basename(run.dir)}/${name}`),
  ]
}
