import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { ROOT } from '../paths.ts'
import type { Run } from '../run.ts'
import type { View } from './confinement.ts'
import { ownFolders } from './own-folders.ts'

// A view is what a subject sees of the file system: the machine as it is, but of the checkout only
// what its program needs, and empty folders where programs leave files for one another. It is a mount
// namespace, which the kernel gives to root, and on most machines to every user in a user namespace.

const SHARED = ['/tmp', '/var/tmp', '/dev/shm']

/** What of the checkout a program needs beside its own folders. */
const NEEDED = [
  'node_modules',
  // It says how Node is to read the submission's files.
  'package.json',
  'graders/harness/subjects/driver.mjs',
]

/** Returns which way a view can be made here; undefined where there is none. */
export function findView(): View | undefined {
  if (process.platform !== 'linux') return undefined
  // Some systems refuse the mounts, and not the namespace.
  if (process.getuid?.() === 0) {
    const trial = 'mount -n --rbind /tmp /tmp && setpriv --version'
    const argv = ['--mount', '--propagation', 'private', 'sh', '-c', trial]
    return spawnSync('unshare', argv, { stdio: 'ignore' }).status === 0 ? 'root' : undefined
  }
  const trial = `mount -n -t tmpfs roadworks /tmp && ${leaveAsUser()} true`
  const { status } = spawnSync('unshare', [...USER_NAMESPACE, 'sh', '-c', trial], {
    stdio: 'ignore',
  })
  return status === 0 ? 'user' : undefined
}

const USER_NAMESPACE = ['--user', '--map-root-user', '--mount', '--propagation', 'private']

/** In a namespace of the user's own: becomes the user again, with no rights over what was mounted. */
function leaveAsUser(): string {
  const [uid, gid] = [process.getuid!(), process.getgid!()]
  return `setpriv --no-new-privs unshare --user --map-user=${uid} --map-group=${gid} --`
}

/**
 * Becomes a subject's user, without any right to gain. What setpriv starts it still looks up with all of
 * root's rights, so that is `env`, which finds on PATH what the user may run.
 */
const leaveAs = (uid: number) =>
  `setpriv --reuid ${uid} --regid ${uid} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all env`

/** A folder that something else stands over, and the files and folders of it that can be seen. */
type Cover = { folder: string; shown: string[] }

const isWithin = (folder: string, file: string) =>
  file === folder || file.startsWith(folder === '/' ? '/' : folder + path.sep)

/** Leaves out what lies within another one. */
const outermost = (folders: string[]) =>
  [...new Set(folders)].filter(
    (one) => !folders.some((other) => other !== one && isWithin(other, one)),
  )

/**
 * Returns what is covered for a subject, and what it sees there.
 * @param closed the topmost folder above the checkout that only root may enter, if there is one
 * @param told texts that may name folders of the run: arguments, variables, the working folder
 */
function coversFor(run: Pick<Run, 'dir'>, closed: string | undefined, told: string[]): Cover[] {
  const packages = realpathSync(path.join(ROOT, 'node_modules'))
  // Packages may be another checkout's, with its own references beside them.
  const beside = path.dirname(packages)
  const other = existsSync(path.join(beside, 'solutions')) ? [beside] : []
  const folders = outermost(
    [closed ?? ROOT, ...other, run.dir, ...SHARED]
      .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      .map((folder) => realpathSync(folder)),
  )
  const needed = NEEDED.map((name) => path.join(ROOT, name)).filter((file) => existsSync(file))
  const shown = outermost([
    ...needed,
    packages,
    path.dirname(realpathSync(process.execPath)),
    ...ownFolders(run, told),
  ])
  // The one that hides what the covers are made of goes over its folder last.
  const last = (folder: string) => Number(isWithin(folder, run.dir))
  return folders
    .toSorted((a, b) => last(a) - last(b))
    .map((folder) => ({ folder, shown: shown.filter((file) => isWithin(folder, file)) }))
}

/** Where this process makes its views. */
const viewsOf = ({ dir }: Pick<Run, 'dir'>) => path.join(dir, 'view', String(process.pid))

/** Removes what views were made of. Nothing may run in one any more. */
export function removeViews(run: Pick<Run, 'dir'>): void {
  rmSync(viewsOf(run), { recursive: true, force: true, maxRetries: 3 })
}

/** Makes a folder that everybody may pass through, whatever the umask. */
function makeOpen(folder: string, mode = 0o755): string {
  if (existsSync(folder)) return folder
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, mode)
  return folder
}

/** Makes an empty file or folder for something of that kind to be bound to, with the folders above. */
function makeMountPoint(below: string, relative: string, isFolder: boolean): string {
  let at = below
  const names = relative.split(path.sep).filter(Boolean)
  for (const name of isFolder ? names : names.slice(0, -1)) at = makeOpen(path.join(at, name))
  if (isFolder) return at
  const file = path.join(at, names.at(-1)!)
  writeFileSync(file, '')
  return file
}

/** A line of an fstab(5) that binds one file or folder to another. */
function bind(from: string, to: string): string {
  const field = (text: string) =>
    text.replaceAll(/[\\\s#]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `${field(from)} ${field(to)} none rbind 0 0`
}

/**
 * Makes the mount points of a view, and the table of its mounts: what is shown is bound beside one
 * another, and then each cover over its folder. Views with the same contents share them.
 * @returns the table's file
 */
function makeTable(run: Pick<Run, 'dir'>, covers: Cover[], uid: number | undefined): string {
  const views = viewsOf(run)
  const hash = createHash('sha256').update(JSON.stringify(covers)).digest('hex').slice(0, 16)
  const table = path.join(views, `${hash}.fstab`)
  if (existsSync(table)) return table
  makeOpen(path.dirname(views), 0o711)
  makeOpen(views, 0o711)
  // What programs of one submission leave in /tmp they find there again.
  const temporary = makeOpen(path.join(views, 'tmp'), 0o700)
  if (uid !== undefined) chownSync(temporary, uid, uid)
  const below = makeOpen(path.join(views, hash))
  const lines: string[] = []
  covers.forEach(({ folder, shown }, index) => {
    if (shown.length === 0) return
    const own = makeOpen(path.join(below, String(index)), SHARED.includes(folder) ? 0o1777 : 0o755)
    for (const file of shown) {
      const isFolder = statSync(file).isDirectory()
      lines.push(bind(file, makeMountPoint(own, path.relative(folder, file), isFolder)))
    }
  })
  covers.forEach(({ folder, shown }, index) => {
    lines.push(bind(shown.length === 0 ? temporary : path.join(below, String(index)), folder))
  })
  // Under a name of its own: `mount -a` leaves out what is mounted already.
  if (uid !== undefined && mayHideProcesses()) {
    lines.push('roadworks /proc proc hidepid=invisible 0 0')
  }
  writeFileSync(table, `${lines.join('\n')}\n`)
  return table
}

let hides: boolean | undefined

/** True where root may show a subject its own processes alone: others' command lines name checkouts. */
function mayHideProcesses(): boolean {
  const trial = `mount -n ${OWN_PROCESSES}`
  const argv = ['--mount', '--propagation', 'private', 'sh', '-c', trial]
  hides ??= spawnSync('unshare', argv, { stdio: 'ignore' }).status === 0
  return hides
}

const OWN_PROCESSES = '-t proc -o hidepid=invisible proc /proc'

/** Mounts what the table says, and runs the program in the same folder as it will be seen then. */
const ENTER = 'here=$(pwd) && mount -n -a -T "$1" && cd "$here" && shift && exec'

/**
 * Returns what starts a program in a view of its own.
 * @param options.uid the user that it is to run as, where root makes the view
 */
export function inView(
  run: Pick<Run, 'dir'>,
  argv: string[],
  options: { view: View; closed?: string; uid?: number; told: string[] },
): { file: string; args: string[] } {
  const table = makeTable(run, coversFor(run, options.closed, options.told), options.uid)
  const [namespace, leave] =
    options.view === 'root'
      ? [['--mount', '--propagation', 'private'], leaveAs(options.uid!)]
      : [USER_NAMESPACE, leaveAsUser()]
  const script = `${ENTER} ${leave} "$@"`
  return { file: 'unshare', args: [...namespace, 'sh', '-c', script, 'sh', table, ...argv] }
}
