import { watch } from 'chokidar'
import { submissionHash } from '../content.ts'

/** Editors write a file in several steps; these belong to one save. In ms. */
const SETTLE_MS = 80

/** How often files are looked at where the system does not tell of changes, in ms. */
const POLL_MS = 300

/** What an editor leaves beside a file while it works on it. */
const NOT_THEIRS = /(^|[\\/])(\.[^\\/]*|[^\\/]*~|[^\\/]*\.sw[a-z]|4913)$/

/**
 * Watches the files of an exercise.
 * @param folder the exercise's folder
 * @param poll looks again and again, for network drives and WSL, where nothing tells of changes
 * @param onSave told of the file's name once what is in the folder is another than before
 * @returns ends it
 */
export async function watchFiles(
  folder: string,
  poll: boolean,
  onSave: (file: string) => void,
): Promise<() => Promise<void>> {
  let before = submissionHash(folder)
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(folder, {
    cwd: folder,
    ignoreInitial: true,
    usePolling: poll,
    interval: POLL_MS,
    ignored: (file) => file !== folder && NOT_THEIRS.test(file),
  })
  watcher.on('all', (_event, file) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const now = submissionHash(folder)
      if (now === before) return
      before = now
      onSave(file)
    }, SETTLE_MS)
  })
  await new Promise<void>((resolve) => {
    watcher.once('ready', () => resolve())
  })
  return async () => {
    clearTimeout(timer)
    await watcher.close()
  }
}
