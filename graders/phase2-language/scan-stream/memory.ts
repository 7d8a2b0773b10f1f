import { processTree } from '../../harness/processes.ts'

/** How often memory is looked at, in ms. */
const EVERY_MS = 150

export type MemoryWatch = {
  /** The most that was seen so far, in MiB; 0 where memory cannot be seen on this machine. */
  peak(): number
  stop(): void
}

/**
 * Watches the memory of a program and of what it has started: the sum of what is resident.
 * @param marker `NAME=value` that the program was given in its environment. Where there is no /proc it
 *   cannot be found, and only the kit's own limit holds
 */
export async function watchMemory(marker: string): Promise<MemoryWatch> {
  const found = await processTree(-1, marker)
  // Reading every environment each time would cost more than the program itself.
  const root = found.find(({ ppid }) => !found.some(({ pid }) => pid === ppid))?.pid
  let peak = 0
  let timer: NodeJS.Timeout | undefined
  let isStopped = root === undefined
  const look = async (): Promise<void> => {
    if (root === undefined) return
    const rows = await processTree(root)
    const bytes = rows.reduce((sum, { rssBytes }) => sum + rssBytes, 0)
    peak = Math.max(peak, Math.round(bytes / 1024 ** 2))
    if (!isStopped) timer = setTimeout(() => void look().catch(() => {}), EVERY_MS)
  }
  await look().catch(() => {})
  return {
    peak: () => peak,
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
