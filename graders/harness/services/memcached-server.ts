import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { findProgram } from './native.ts'
import type { RunningService, ServiceDefinition } from './types.ts'

// memcached keeps nobody's keys apart, and starts in milliseconds: who asks for one gets a server of their
// own. What the run finds out is which program or image to start it from; `url` is the program's address, or
// that of a server that somebody else runs.

/** The image that a container is started from. */
export const MEMCACHED_IMAGE = process.env.ROADWORKS_MEMCACHED_IMAGE ?? 'memcached:1'

/** Where memcached's program stands on this machine. */
export function findMemcached(): string | undefined {
  return findProgram(['memcached'], ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'])
}

/** From "memcached 1.6.18", and from the "VERSION 1.6.18" of a server. */
const versionIn = (text: string) => /(?:memcached|VERSION) (\S+)/.exec(text)?.[1] ?? 'unknown'

async function findNative(): Promise<RunningService | undefined> {
  const program = findMemcached()
  if (!program) return undefined
  const { stdout } = await promisify(execFile)(program, ['-V'])
  return { provider: 'native', url: pathToFileURL(program).href, version: versionIn(stdout) }
}

/** Gets the image, and sees whether it runs. */
async function tryContainer(owner: { id: string }): Promise<RunningService> {
  const { GenericContainer } = await import('testcontainers')
  const container = await new GenericContainer(MEMCACHED_IMAGE)
    .withLabels({ 'roadworks.run': owner.id, 'roadworks.service': 'memcached' })
    .withEntrypoint(['sleep'])
    .withCommand(['600'])
    .start()
  const { output } = await container.exec(['memcached', '-V'])
  await container.stop()
  return { provider: 'docker', url: 'docker:memcached', version: versionIn(output) }
}

/**
 * Sends one command on a connection of its own, and reads until its answer is complete.
 * @throws where no memcached answers at the address
 */
export function ask(
  address: URL,
  command: string | Buffer,
  isOver: (answer: Buffer) => boolean,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.hostname, port: Number(address.port) || 11_211 })
    let answer = Buffer.alloc(0)
    socket.setTimeout(10_000, () => socket.destroy(new Error('memcached did not answer')))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('memcached hung up')))
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk])
      if (!isOver(answer)) return
      resolve(answer)
      socket.destroy()
    })
    socket.write(command)
  })
}

/** Whether an answer of one line is complete. */
export const hasLine = (answer: Buffer) => answer.includes('\r\n')

/** @throws where no memcached answers at the address */
export async function versionAt(url: string): Promise<string> {
  const answer = (await ask(new URL(url), 'version\r\n', hasLine)).toString()
  if (!answer.startsWith('VERSION ')) {
    throw new Error(`it answers ${JSON.stringify(answer.slice(0, 60))}`)
  }
  return versionIn(answer)
}

/** The key that says which run has a server that goes on after it; other runs wait until it is given back. */
export const LOCK = 'roadworks:taken'

/** Whether a run that was killed still has the server. */
async function isTaken(url: string, prefix: string): Promise<boolean> {
  if (!isServer(url)) return false
  const answer = await ask(new URL(url), `get ${LOCK}\r\n`, (bytes) => bytes.includes('END\r\n'))
  return answer.includes(prefix)
}

/** Others are found by the address of a program or an image, and end with who has started them. */
const isServer = (url: string) => url.startsWith('memcached:')

/** Asked of a server that somebody else runs, and again when a test fails; others say themselves that they have ended. */
async function connectTo(url: string): Promise<RunningService> {
  const version = isServer(url) ? await versionAt(url) : 'unknown'
  return { provider: 'url', url, version }
}

export const memcachedService: ServiceDefinition = {
  name: 'memcached',
  variable: 'ROADWORKS_MEMCACHED_URL',
  install:
    'Start Docker, or install memcached: sudo apt install memcached (macOS: brew install memcached).',
  connect: connectTo,
  container: tryContainer,
  native: findNative,
  async release(url, prefix) {
    if (await isTaken(url, prefix)) await ask(new URL(url), 'flush_all\r\n', hasLine)
  },
  async leftovers(url, prefix) {
    return (await isTaken(url, prefix)) ? ['memcached, in use'] : []
  },
}
