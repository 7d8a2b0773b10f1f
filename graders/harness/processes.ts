import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { promisify } from 'node:util'

/** One process of this machine. CPU time is user and system time together. */
export type ProcessRow = {
  pid: number
  ppid: number
  pgid: number
  cpuSeconds: number
  rssBytes: number
}

const run = promisify(execFile)
const TICKS_PER_SECOND = 100 // USER_HZ, which Linux fixes for /proc
const PAGE_BYTES = 4096

function readLinuxRow(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is a name in parentheses that may hold anything, spaces and ")" too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return undefined
    return {
      pid,
      ppid: Number(fields[1]),
      pgid: Number(fields[2]),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      rssBytes: Number(fields[21]) * PAGE_BYTES,
    }
  } catch {
    return undefined // it ended meanwhile
  }
}

function parsePsTime(text: string): number {
  const [days, clock] = text.includes('-') ? text.split('-') : ['0', text]
  const seconds = clock!.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return Number(days) * 86_400 + seconds
}

/** Every process that this user may see; zombies are left out. */
export async function listProcesses(): Promise<ProcessRow[]> {
  if (process.platform === 'linux') {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => readLinuxRow(Number(name)))
      .filter((row) => row !== undefined)
  }
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,pgid=,time=,rss='])
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, ppid, pgid, time, rss]) => ({
      pid: Number(pid),
      ppid: Number(ppid),
      pgid: Number(pgid),
      cpuSeconds: parsePsTime(time!),
      rssBytes: Number(rss) * 1024,
    }))
}

function carriesMarker(pid: number, marker: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(marker)
  } catch {
    return false
  }
}

/**
 * A process with all its descendants, also those that left its group or were orphaned.
 * @param root the pid of a process that leads its own process group
 * @param marker `NAME=value` from the environment the process was started with; on Linux it finds
 *   daemons that forked twice
 */
export async function processTree(root: number, marker?: string): Promise<ProcessRow[]> {
  const rows = await listProcesses()
  const members = new Set(
    rows
      .filter(
        (row) =>
          row.pid === root ||
          row.pgid === root ||
          (marker !== undefined && process.platform === 'linux' && carriesMarker(row.pid, marker)),
      )
      .map((row) => row.pid),
  )
  let grew = true
  while (grew) {
    grew = false
    for (const row of rows) {
      if (!members.has(row.pid) && members.has(row.ppid)) {
        members.add(row.pid)
        grew = true
      }
    }
  }
  members.delete(process.pid)
  return rows.filter((row) => members.has(row.pid))
}

/** Sends a signal; a process that is gone or not ours is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {}
}

/** True while a process with this pid exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Kills what is found, again and again until nothing is, for processes that fork while dying. */
async function killAll(find: () => Promise<ProcessRow[]>): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const rows = await find()
    if (rows.length === 0) return
    for (const { pid } of rows) signalProcess(pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 5 * (round + 1)))
  }
}

/** Kills a process tree for good. */
export async function killTree(root: number, marker?: string): Promise<void> {
  signalProcess(-root, 'SIGKILL')
  await killAll(() => processTree(root, marker))
}

/** Kills every process that was started with this `NAME=value` in its environment. Linux only. */
export async function killMarked(marker: string): Promise<void> {
  if (process.platform !== 'linux') return
  const marked = ({ pid }: ProcessRow) => pid !== process.pid && carriesMarker(pid, marker)
  await killAll(async () => (await listProcesses()).filter(marked))
}

/** Kills every process of a user, however it was started. Linux only. */
export async function killUser(uid: number): Promise<void> {
  if (process.platform !== 'linux' || uid === process.getuid?.()) return
  const owned = ({ pid }: ProcessRow): boolean => {
    try {
      return statSync(`/proc/${pid}`).uid === uid
    } catch {
      return false
    }
  }
  await killAll(async () => (await listProcesses()).filter(owned))
}
