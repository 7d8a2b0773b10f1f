import { spawnSync } from 'node:child_process'
import { lchownSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { closedFolder, ROOT } from '../paths.ts'
import { killUser } from '../processes.ts'
import { type Run, register } from '../run.ts'
import type { Confinement, OnThisMachine } from './confinement.ts'
import { type SandboxMode, sandboxImage } from './sandbox-mode.ts'
import { claimUser, hasUser, returnUser, TRIAL_USER } from './users.ts'

/** True where this process may make a view of the file system for a subject alone. */
function mayUnshare(): boolean {
  const { status } = spawnSync('unshare', ['--mount', 'setpriv', '--version'], { stdio: 'ignore' })
  return status === 0
}

/** What a run with this sandbox keeps its subjects by; containers are made ready later. */
export function findConfinement(sandbox: SandboxMode = 'auto'): Confinement {
  if (sandbox === 'off') return { kind: 'none' }
  const beneath = findUser()
  return sandbox === 'docker' ? { kind: 'docker', image: sandboxImage(), beneath } : beneath
}

/** Finds out how subjects can be confined here. */
function findUser(): OnThisMachine {
  if (process.getuid?.() !== 0) return { kind: 'none' }
  if (process.platform !== 'linux') {
    return { kind: 'none', why: 'the kit runs as root. Run it as another user.' }
  }
  if (spawnSync('true', { uid: TRIAL_USER, gid: TRIAL_USER }).status !== 0) {
    return {
      kind: 'none',
      why: 'the kit runs as root, but may not lend another user. Run it as another user.',
    }
  }
  const closed = closedFolder(ROOT)
  if (closed === undefined) return { kind: 'user' }
  // What lies above the checkout can be covered; the checkout itself is what a subject needs.
  const shut = (statSync(ROOT).mode & 0o001) === 0
  if (!shut && mayUnshare()) return { kind: 'user', closed }
  const where = shut ? ROOT : closed
  return {
    kind: 'none',
    why: `the kit runs as root, and only root may enter ${where}. Run it as another user, or: chmod o+x ${where}`,
  }
}

/** The users that this process has, by the run's folder, and where the run's registry names each. */
const lent = new Map<string, { uid: number; entry: string }>()

/**
 * Returns the user that this grader lends its subjects: a number that nobody has, and no grader that
 * runs at the same time, so that all its processes can be ended by it.
 */
export function subjectUser(run: Pick<Run, 'dir'>): number {
  let user = lent.get(run.dir)
  if (!user) {
    const uid = claimUser(run.dir)
    user = { uid, entry: register(run, { type: 'user', uid }) }
    lent.set(run.dir, user)
  }
  return user.uid
}

/** Ends what a grader's subjects have left running, however well it hid. */
export async function endSubjects(): Promise<void> {
  for (const [dir, { uid }] of lent) if (hasUser(uid, dir)) await killUser(uid)
}

/** Gives the users back, once nothing runs as one of them any more. */
export function returnUsers(): void {
  for (const [dir, { uid, entry }] of lent) {
    // First out of the registry: the run must not kill what another has as this user by then.
    rmSync(entry, { force: true })
    returnUser(uid, dir)
  }
  lent.clear()
}

/**
 * Covers a folder that only root may enter with an empty one, shows in it what a subject needs, and
 * becomes the subject's user. Descriptors keep hold of what the cover hides; those from 3 on may be
 * the subject's own.
 */
const ENTER = `
set -e
uid=$1 closed=$2 here=$(pwd)
exec 9<"$3" 8<"$4" 7<"$5"
mount -t tmpfs -o mode=755,size=1m roadworks "$closed"
show() {
  [ -e "$2" ] && return
  mkdir -p "$2"
  mount --rbind --no-canonicalize "/proc/self/fd/$1" "$2"
}
show 9 "$3"
show 8 "$4"
show 7 "$5"
exec 9<&- 8<&- 7<&-
shift 5
cd "$here"
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
`

type RunOf = Pick<Run, 'dir' | 'confinement'>

/** What holds for programs that do not run in a container. */
function onThisMachine({ confinement }: RunOf): OnThisMachine {
  return confinement.kind === 'docker' ? confinement.beneath : confinement
}

/** What `spawn` needs in order to start a subject's program with no more rights than it may have. */
export function confined(
  run: RunOf,
  argv: string[],
): { file: string; args: string[]; uid?: number; gid?: number } {
  const [file, ...args] = argv
  const confinement = onThisMachine(run)
  if (confinement.kind === 'none') return { file: file!, args }
  const { closed } = confinement
  const uid = subjectUser(run)
  if (closed === undefined) return { file: file!, args, uid, gid: uid }
  const packages = realpathSync(path.join(ROOT, 'node_modules'))
  const shown = [ROOT, packages, path.dirname(realpathSync(process.execPath))]
  const enter = ['--mount', '--propagation', 'private', 'sh', '-c', ENTER, 'sh']
  return { file: 'unshare', args: [...enter, String(uid), closed, ...shown, ...argv] }
}

/** Gives a folder with all in it to the subject, where that has another user than the grader. */
export function giveToSubject(run: RunOf, folder: string): void {
  if (onThisMachine(run).kind === 'none') return
  const uid = subjectUser(run)
  lchownSync(folder, uid, uid)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    lchownSync(path.join(entry.parentPath, entry.name), uid, uid)
  }
}
