import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { listProcesses } from '../../graders/harness/processes.ts'

// What a run may have left behind. Linux only: other systems do not show so much of a process.

/** The command line of a process; empty where it has none or is gone. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return ''
  }
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

/** Processes that a copy's runs started: the command, its workers, subjects, reapers. */
export async function processesOf(root: string): Promise<string[]> {
  const rows = await listProcesses()
  return rows
    .filter(
      ({ pid }) => workingFolder(pid).startsWith(root) || environmentOf(pid).includes(`${root}/`),
    )
    .map(({ pid }) => `${pid} ${commandLine(pid).slice(0, 200)}`)
}

/** Processes whose command line holds this text. */
export async function processesNamed(text: string): Promise<string[]> {
  const rows = await listProcesses()
  return rows
    .filter(({ pid }) => pid !== process.pid)
    .map(({ pid }) => `${pid} ${commandLine(pid).slice(0, 200)}`)
    .filter((line) => line.includes(text))
}

/** What the runs keep in the copy and in the folder for temporary files. */
export function runFolders(root: string, temporary: string): string[] {
  const work = path.join(root, '.roadworks', 'work')
  return [...(existsSync(work) ? readdirSync(work) : []), ...readdirSync(temporary)]
}

/** Servers whose data is in this folder. */
export async function serversIn(temporary: string): Promise<string[]> {
  const rows = await listProcesses()
  return rows
    .map(({ pid }) => commandLine(pid))
    .filter((line) => /postgres|redis-server/.test(line) && line.includes(temporary))
}

/** Everything that is left of a copy's runs. */
export async function leftOf(root: string, temporary: string): Promise<string[]> {
  return [
    ...(await processesOf(root)),
    ...(await serversIn(temporary)),
    ...runFolders(root, temporary),
  ]
}
