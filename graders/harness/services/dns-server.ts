import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { findProgram } from './native.ts'
import type { RunningService, ServiceDefinition } from './types.ts'

/** The image that a container is started from. */
export const DNS_IMAGE = process.env.ROADWORKS_DNS_IMAGE ?? 'internetsystemsconsortium/bind9:9.20'

/** Debian has `named` where only root looks. */
const FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/opt/homebrew/sbin',
  '/opt/homebrew/bin',
]

/** Where BIND's programs stand on this machine; undefined where one of the two is missing. */
export function findBind(): { named: string; checkzone: string } | undefined {
  const named = findProgram(['named'], FOLDERS)
  const checkzone = findProgram(['named-checkzone'], FOLDERS)
  return named && checkzone ? { named, checkzone } : undefined
}

/** From "BIND 9.18.49-1~deb12u3-Debian (Extended Support Version) <id:>". */
const versionIn = (text: string) => /BIND (\d+(?:\.\d+)*)/.exec(text)?.[1] ?? 'unknown'

async function findNative(): Promise<RunningService | undefined> {
  const bind = findBind()
  if (!bind) return undefined
  const { stdout } = await promisify(execFile)(bind.named, ['-v'])
  return { provider: 'native', url: pathToFileURL(bind.named).href, version: versionIn(stdout) }
}

/** Gets the image, and sees whether it runs. Zones get containers of their own: see `serveZone`. */
async function tryContainer(owner: { id: string }): Promise<RunningService> {
  const { GenericContainer } = await import('testcontainers')
  const container = await new GenericContainer(DNS_IMAGE)
    .withLabels({ 'roadworks.run': owner.id, 'roadworks.service': 'dns' })
    .withEntrypoint(['sleep'])
    .withCommand(['600'])
    .start()
  const { output } = await container.exec(['named', '-v'])
  await container.stop()
  return { provider: 'docker', url: 'docker:bind', version: versionIn(output) }
}

/** BIND's `named` and `named-checkzone`: nothing runs until a zone is served. */
export const dnsService: ServiceDefinition = {
  name: 'dns',
  install:
    'Start Docker, or install BIND: sudo apt install bind9 bind9-utils (macOS: brew install bind).',
  // Each zone has a server of its own, which says itself when it has ended.
  connect: async (url) => ({ provider: 'url', url, version: 'unknown' }),
  container: tryContainer,
  native: findNative,
}
