import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** What keeps subjects from doing harm; `auto` is another user where the kit runs as root. */
export type SandboxMode = 'docker' | 'auto' | 'off'

/** Thrown for a word that names no sandbox. */
export class SandboxModeError extends Error {
  override name = 'SandboxModeError'
}

/**
 * Reads `ROADWORKS_SANDBOX`, or the word that was given in its place; `auto` by default.
 * @throws SandboxModeError for any other word than docker, auto, off
 */
export function sandboxMode(given?: string): SandboxMode {
  const value = given ?? process.env.ROADWORKS_SANDBOX
  if (!value) return 'auto'
  if (value === 'docker' || value === 'auto' || value === 'off') return value
  const name = given === undefined ? 'ROADWORKS_SANDBOX' : '--sandbox'
  throw new SandboxModeError(`${name} is "${value}"; it must be docker, auto or off.`)
}

/** What our own image is built from. */
export const DOCKERFILE = path.join(import.meta.dirname, '..', 'sandbox', 'Dockerfile')

/** The image that subjects run in: `ROADWORKS_SANDBOX_IMAGE`, or one of our own Dockerfile. */
export function sandboxImage(): string {
  if (process.env.ROADWORKS_SANDBOX_IMAGE) return process.env.ROADWORKS_SANDBOX_IMAGE
  const hash = createHash('sha256').update(readFileSync(DOCKERFILE)).digest('hex').slice(0, 12)
  return `roadworks-sandbox:${hash}`
}
