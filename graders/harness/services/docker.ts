import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Engine = { version: string } | { missing: string }

let asked: Promise<Engine> | undefined

function explain(text: string): string {
  if (/ENOENT/.test(text)) {
    return 'Docker is not installed. Install Docker Desktop or docker.io, or open the devcontainer.'
  }
  if (/permission denied/i.test(text)) {
    return 'Docker answers, but you may not use it. Run: sudo usermod -aG docker $USER, then log in again.'
  }
  if (
    /cannot connect|failed to connect|connection refused|no such file|is the docker daemon running/i.test(
      text,
    )
  ) {
    return 'Docker is installed but its engine does not run. Start Docker Desktop, or: sudo systemctl start docker'
  }
  const line = text.trim().split('\n').at(-1) ?? ''
  return `Docker does not answer (${line.slice(0, 160)}). Try: docker info`
}

/**
 * Asks the Docker engine for its version, through the `docker` program, so that contexts, rootless
 * engines and Podman's stand-in all count. Asked once per process, unless `again` is set.
 */
export function dockerEngine({ again = false } = {}): Promise<Engine> {
  if (again) asked = undefined
  asked ??= run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 }).then(
    ({ stdout }) => ({ version: stdout.trim() }),
    (error: Error & { stderr?: string; code?: unknown; killed?: boolean }) => ({
      missing: error.killed
        ? 'Docker did not answer within 10 s. Restart it, then try: docker info'
        : explain(`${error.code}\n${error.message}\n${error.stderr ?? ''}`),
    }),
  )
  return asked
}
