import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { findProgram } from './native.ts'
import type { RunningService, ServiceDefinition } from './types.ts'

const run = promisify(execFile)

/** The image that promtool is run from. */
export const PROMETHEUS_IMAGE = process.env.ROADWORKS_PROMETHEUS_IMAGE ?? 'prom/prometheus:v3.5.0'

/** Where promtool stands on this machine. */
export const findPromtool = () =>
  findProgram(['promtool'], ['/usr/local/bin', '/opt/homebrew/bin', '/opt/prometheus'])

/** From "promtool, version 2.42.0+ds (branch: …": newer ones print it to standard output, older ones beside it. */
const versionIn = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
  /version (\d+(?:\.\d+)*)/.exec(stdout + stderr)?.[1] ?? 'unknown'

async function findNative(): Promise<RunningService | undefined> {
  const program = findPromtool()
  if (!program) return undefined
  const version = versionIn(await run(program, ['--version']))
  return { provider: 'native', url: pathToFileURL(program).href, version }
}

/** Gets the image, and sees whether promtool runs in it. */
async function findContainer(): Promise<RunningService> {
  const known = await run('docker', ['image', 'inspect', PROMETHEUS_IMAGE]).catch(() => undefined)
  if (!known) await run('docker', ['pull', '--quiet', PROMETHEUS_IMAGE], { timeout: 600_000 })
  const bare = ['run', '--rm', '--network', 'none', '--entrypoint', 'promtool', PROMETHEUS_IMAGE]
  const version = versionIn(await run('docker', [...bare, '--version'], { timeout: 120_000 }))
  return { provider: 'docker', url: 'docker:promtool', version }
}

/** Prometheus' `promtool`: it is run on files, and no server is ever started. */
export const prometheusService: ServiceDefinition = {
  name: 'prometheus',
  install:
    'Start Docker, or install promtool: sudo apt install prometheus (macOS: brew install prometheus).',
  // A program that was there a moment ago is there: each run of it says itself how it ended.
  connect: async (url) => ({ provider: 'url', url, version: 'unknown' }),
  container: findContainer,
  native: findNative,
}
