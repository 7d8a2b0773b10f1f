import { spawnSync } from 'node:child_process'
import { lchownSync, readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { closedFolder, ROOT } from '../paths.ts'
import { killUser } from '../processes.ts'
import { type Run, register } from '../run.ts'
import type { Confinement, OnThisMachine } from './confinement.ts'
import { type SandboxMode, sandboxImage } from './sandbox-mode.ts'
import { claimUser, hasUser, returnUser, TRIAL_USER } from './users.ts'
import { findView, inView, removeViews } from './view.ts'

/** What a run with this sandbox keeps its subjects by; containers are made ready later. */
export function findConfinement(sandbox: SandboxMode = 'auto'): Confinement {
  if (sandbox === 'off') return { kind: 'none' }
  const beneath = findUser()
  return sandbox === 'docker' ? { kind: 'docker', image: sandboxImage(), beneath } : beneath
}

/** Finds out how subjects can be confined here. */
function findUser(): OnThisMachine {
  if (process.getuid?.() !== 0) return { kind: 'none', view: findView() }
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
  const view = findView()
  if (closed === undefined) return { kind: 'user', view }
  // What lies above the checkout can be covered; the checkout itself is what a subject needs.
  const shut = (statSync(ROOT).mode & 0o001) === 0
  if (!shut && view) return { kind: 'user', view, closed }
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

/** Gives the users back, once nothing runs as one of them any more, and removes their views. */
export function returnUsers(): void {
  for (const dir of viewed) removeViews({ dir })
  viewed.clear()
  for (const [dir, { uid, entry }] of lent) {
    // First out of the registry: the run must not kill what another has as this user by then.
    rmSync(entry, { force: true })
    returnUser(uid, dir)
  }
  lent.clear()
}

/** Folders of runs in which this process has made views. */
const viewed = new Set<string>()

type RunOf = Pick<Run, 'dir' | 'confinement'>

/** Returns what holds for programs that do not run in a container: the kit's own tools are in none. */
export function onThisMachine({ confinement }: RunOf): OnThisMachine {
  return confinement.kind === 'docker' ? confinement.beneath : confinement
}

/**
 * Returns what `spawn` needs in order to start a subject's program with no more rights than it may have,
 * and a view of the file system in which it finds its own files and nobody else's.
 * @param told where folders of the run that it needs are named: its working folder, its variables
 */
export function confined(
  run: RunOf,
  argv: string[],
  told: string[],
): { file: string; args: string[]; uid?: number; gid?: number } {
  const [file, ...args] = argv
  const confinement = onThisMachine(run)
  const uid = confinement.kind === 'user' ? subjectUser(run) : undefined
  const { view } = confinement
  if (!view) return { file: file!, args, uid, gid: uid }
  const closed = confinement.kind === 'user' ? confinement.closed : undefined
  viewed.add(run.dir)
  return inView(run, argv, { view, closed, uid, told: [...told, ...argv] })
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
