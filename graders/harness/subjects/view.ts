import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
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
  if (process.getuid?.() === 0) {
    const { status } = spawnSync('unshare', ['--mount', 'setpriv', '--version'], {
      stdio: 'ignore',
    })
    return status === 0 ? 'root' : undefined
  }
  // Some systems refuse the mount, and not the namespace.
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

/** Becomes a subject's user, without any right to gain. */
const leaveAs = (uid: number) =>
  `setpriv --reuid ${uid} --regid ${uid} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all`

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
  const folders = outermost(
    [closed ?? ROOT, run.dir, ...SHARED]
      .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      .map((folder) => realpathSync(folder)),
  )
  const needed = NEEDED.map((name) => path.join(ROOT, name)).filter((file) => existsSync(file))
  const shown = outermost([
    ...needed,
    realpathSync(path.join(ROOT, 'node_modules')),
    path.dirname(realpathSync(process.execPath)),
    ...ownFolders(run, told),
  ])
  // The one that hides where the covers are built goes over its folder last.
  const last = (folder: string) => Number(isWithin(folder, run.dir))
  return folders
    .toSorted((a, b) => last(a) - last(b))
    .map((folder) => ({ folder, shown: shown.filter((file) => isWithin(folder, file)) }))
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * The script that builds the covers beside one another in a tmpfs, puts each over its folder, and runs
 * the program that it is given.
 */
function scriptFor(base: string, covers: Cover[], leave: string): string {
  const bind = (from: string, to: string) =>
    `mount -n --no-canonicalize --rbind ${quoted(from)} ${quoted(to)}`
  const build = ({ folder, shown }: Cover, index: number): string[] => {
    const own = path.join(base, String(index))
    const open = SHARED.includes(folder) ? '1777' : '755'
    const at = (file: string) => path.join(own, path.relative(folder, file))
    const isFolder = (file: string) => statSync(file).isDirectory()
    const folders = shown.map((file) => at(isFolder(file) ? file : path.dirname(file)))
    return [
      `mkdir -m ${open} ${quoted(own)}`,
      ...(folders.length > 0 ? [`mkdir -p ${folders.map(quoted).join(' ')}`] : []),
      ...shown.filter((file) => !isFolder(file)).map((file) => `: >${quoted(at(file))}`),
      ...shown.map((file) => bind(file, at(file))),
    ]
  }
  return [
    'set -e',
    'umask 022',
    'here=$(pwd)',
    `mount -n -t tmpfs -o mode=755,size=512m roadworks ${quoted(base)}`,
    ...covers.flatMap(build),
    ...covers.map(({ folder }, index) => bind(path.join(base, String(index)), folder)),
    'cd "$here"',
    `exec ${leave} "$@"`,
  ].join('\n')
}

/**
 * Returns what starts a program in a view of its own.
 * @param options.uid the user that it is to run as, where root makes the view
 */
export function inView(
  run: Pick<Run, 'dir'>,
  argv: string[],
  options: { view: View; closed?: string; uid?: number; told: string[] },
): { file: string; args: string[] } {
  const base = path.join(run.dir, 'view')
  mkdirSync(base, { recursive: true, mode: 0o711 })
  chmodSync(base, 0o711)
  const covers = coversFor(run, options.closed, options.told)
  const [namespace, leave] =
    options.view === 'root'
      ? [['--mount', '--propagation', 'private'], leaveAs(options.uid!)]
      : [USER_NAMESPACE, leaveAsUser()]
  const script = scriptFor(base, covers, leave)
  return { file: 'unshare', args: [...namespace, 'sh', '-c', script, 'sh', ...argv] }
}
