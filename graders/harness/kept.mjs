// Plain JavaScript without packages, for what imports it runs before there are any.
import { chmodSync, mkdirSync } from 'node:fs'
import module from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What runs keep for later ones to start sooner: compiled code, data folders of servers. All of it
 * can be made again; `rm -r .roadworks/cache` costs a second once.
 */
export const KEPT = fileURLToPath(new URL('../../.roadworks/cache', import.meta.url))

/**
 * Makes a folder below `KEPT`. No subject's user may enter it, wherever subjects have one: what is
 * in there runs in the kit's own processes, and a grader that was compiled shows what it expects.
 * @param {string} name
 * @returns {string} its absolute path
 * @throws where the checkout may not be written to
 */
export function keptFolder(name) {
  const folder = path.join(KEPT, name)
  // Subjects pass through the one above, to their own copies: the mode is for this one alone.
  mkdirSync(path.dirname(KEPT), { recursive: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(KEPT, 0o700)
  return folder
}

/**
 * Has Node keep what it has compiled, and the TypeScript that it has stripped: of this process, and
 * of those it starts with its environment, such as vitest's workers and the run's reaper. Subjects
 * get theirs from an allow-list.
 */
export function keepCompiled() {
  try {
    const folder = keptFolder('node')
    // There since Node 22.8.
    module.enableCompileCache?.(folder)
    process.env.NODE_COMPILE_CACHE ??= folder
  } catch {} // a checkout that may not be written to: the command says so where it matters
}
