import { execFile } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isAlive, killMarked, killTree, killUser, signalProcess } from './processes.ts'
import { MEMORY, type Registered, registered, serviceFolderPrefix } from './run.ts'
import { hasUser, returnUser } from './subjects/users.ts'

const run = promisify(execFile)

async function removeDocker(label: string): Promise<void> {
  const ids = async (args: string[]) =>
    (await run('docker', args)).stdout.split(/\s+/).filter(Boolean)
  const filter = ['--filter', `label=${label}`]
  const containers = await ids(['ps', '-aq', ...filter])
  if (containers.length > 0) await run('docker', ['rm', '-fv', ...containers])
  const images = new Set(await ids(['images', '-q', ...filter]))
  for (const image of images) await run('docker', ['rmi', '-f', image]).catch(() => {})
  const networks = await ids(['network', 'ls', '-q', ...filter])
  if (networks.length > 0) await run('docker', ['network', 'rm', ...networks])
}

async function remove(thing: Registered, dir: string): Promise<void> {
  if (thing.type === 'process') {
    // Postgres frees its shared memory when it is told to go; SIGKILL would leave the segment.
    if (thing.marker === undefined) {
      signalProcess(thing.pid, 'SIGQUIT')
      for (let waited = 0; waited < 50 && isAlive(thing.pid); waited += 5) await pause(5)
    }
    return killTree(thing.pid, thing.marker)
  }
  if (thing.type === 'user') {
    if (hasUser(thing.uid, dir)) await killUser(thing.uid)
    return
  }
  if (thing.type === 'service') {
    // Loaded where it is used: most runs start their own servers, which take all with them.
    const { definitions } = await import('./services/definitions.ts')
    const definition = definitions.find(({ name }) => name === thing.name)
    return definition?.release?.(thing.adminUrl, thing.prefix)
  }
  return removeDocker(thing.label)
}

/** Data of the servers that the run started: see `serviceFolder`. */
function removeServiceFolders(runId: string): void {
  const prefix = serviceFolderPrefix(runId)
  for (const base of new Set([os.tmpdir(), '/tmp', MEMORY])) {
    if (!existsSync(base)) continue
    for (const name of readdirSync(base).filter((one) => one.startsWith(prefix))) {
      try {
        rmSync(path.join(base, name), { recursive: true, force: true, maxRetries: 5 })
      } catch {} // still being written to; the reaper's second look has it
    }
  }
}

/**
 * Removes everything a run made, from its registry: subjects first, then what they used, then the
 * run's folders. Called at the end of a run and, when the run was killed, by the reaper.
 * @param options.again keep what a second call needs to remove things that are still being made
 */
export async function cleanRun(dir: string, options: { again?: boolean } = {}): Promise<void> {
  const id = path.basename(dir)
  const entries = registered(dir)
  const order: Registered['type'][] = ['process', 'user', 'service', 'docker']
  // Subjects carry a marker; servers the run started do not, and go after the databases in them.
  const place = (thing: Registered) =>
    thing.type === 'process' && thing.marker === undefined
      ? order.length
      : order.indexOf(thing.type)
  for (const { thing, file } of entries.sort((a, b) => place(a.thing) - place(b.thing))) {
    // What cannot be removed any more, because its server is gone, must not keep the rest.
    await remove(thing, dir).catch(() => {})
    // The engine may be at work on a container that it does not list yet, and a grader that is about
    // to end may start another program as its user.
    if (thing.type !== 'docker' && thing.type !== 'user') rmSync(file, { force: true })
  }
  // Between the start of a process and its entry in the registry the run may have been killed.
  await killMarked(`ROADWORKS_RUN=${id}`)
  removeServiceFolders(id)
  if (options.again) return
  for (const { thing } of entries) if (thing.type === 'user') returnUser(thing.uid, dir)
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
}
