import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Fresh, findLeaks, openSubmission, requireService, shared } from '../../harness/index.ts'
import {
  type Container,
  docker,
  dockerOk,
  startContainer,
  untilAnswering,
} from '../../harness/subjects/docker.ts'
import { ignoredBy, taken } from './context.ts'
import { argumentsOf, contextSources, installsPackages, readDockerfile } from './dockerfile.ts'
import {
  build,
  buildBase,
  buildContext,
  checkOut,
  expectBuilt,
  givenFiles,
  junk,
  removeStages,
} from './image.ts'
import { isNodeItself, layersOf, readLayers } from './layers.ts'

const submission = openSubmission(import.meta)

/** The first test that needs the image waits for its build. */
const BUILDS = { timeout: 600_000 }

const dockerfile = () => readDockerfile(submission.readText('Dockerfile'))

const app = (name: string) => path.join(submission.exercise.folder, name)

/** What must not get into the image; as fresh as the seed. */
const secrets = () => {
  const fresh = new Fresh(submission.seed, 'docker-image:secrets')
  const secret = () => fresh.string(32)
  return { env: secret(), npmrc: secret(), git: secret(), token: secret() }
}

/** The files of the checkout that hold the secrets. */
const HOLDS_SECRET = /^(\.env|\.npmrc|\.git\/.*)$/

const namedSecrets = () => {
  const { env, npmrc, git, token } = secrets()
  return {
    'LABEL_SECRET of .env': env,
    'the token of .npmrc': npmrc,
    'the password in .git/config': git,
    'the build argument NPM_TOKEN': token,
  }
}

/** A checkout as a developer's machine has it, with the learner's Dockerfile and .dockerignore. */
const checkout = shared(async () => {
  const folder = submission.temporaryFolder('checkout')
  const files = {
    Dockerfile: submission.readText('Dockerfile'),
    '.dockerignore': submission.readText('.dockerignore'),
  }
  checkOut(folder, { app: submission.exercise.folder, files, junk: junk(secrets()) })
  return folder
})

/** The learner's image, built once for all tests. */
const firstBuild = shared(async () => build(await checkout(), { NPM_TOKEN: secrets().token }))

async function builtImage(): Promise<string> {
  requireService('docker')
  const first = await firstBuild()
  expectBuilt(first)
  return first.tag
}

/** The files in the layers that the build added to its base image. */
const layers = shared(async () => {
  const { tag } = await firstBuild()
  const base = await buildBase(dockerfile())
  const inherited = base ? await layersOf(base) : []
  const own = (await layersOf(tag)).findIndex((digest, at) => digest !== inherited[at])
  return readLayers(tag, {
    base: own < 0 ? inherited.length : own,
    secrets: namedSecrets(),
    file: path.join(submission.temporaryFolder('saved'), 'image.tar'),
  })
})

/** Every path in the checkout that is sent to the builder, as the engine reads .dockerignore. */
const sentFiles = shared(async () => {
  const tag = await buildContext(await checkout())
  const file = path.join(submission.temporaryFolder('context'), 'image.tar')
  const { files } = await readLayers(tag, { base: 0, secrets: {}, file })
  return files.map((one) => one.path.slice(1)).sort()
})

/** More would only fill the disk: the image is saved to a file to be read. */
const MOST_BYTES = 4 * 1024 ** 3

async function addedLayers() {
  const size = await dockerOk(['image', 'inspect', '--format', '{{.Size}}', await builtImage()])
  expect(Number(size), 'the bytes of the whole image').toBeLessThanOrEqual(MOST_BYTES)
  return layers()
}

/** Settings that the app accepts. */
function settings(): { PORT: string; LABEL_SECRET: string } {
  const { fresh } = submission
  return { PORT: String(fresh.int(2000, 60_000)), LABEL_SECRET: fresh.string(24) }
}

/** Waits until a container has ended, for up to 30 s. */
async function untilEnded(container: Container, message: string): Promise<void> {
  const status = () => container.inspect('{{.State.Status}}')
  await expect.poll(status, { timeout: 30_000, message }).toBe('exited')
}

/** Every path in the checkout that the learner's .dockerignore lets through. */
function visibleFiles(): string[] {
  const ignored = ignoredBy(submission.readText('.dockerignore'))
  const given = givenFiles(submission.exercise.folder)
  const all = [...given, 'Dockerfile', '.dockerignore', ...Object.keys(junk(secrets()))]
  return all.filter((file) => !ignored(file))
}

test('C1 has a Dockerfile that can be read, and copies files that are there', () => {
  const { stages, unknown } = dockerfile()
  expect(unknown, 'instructions that Docker does not know').toEqual([])
  expect(stages.length, 'the number of FROM lines').toBeGreaterThan(0)
  const files = visibleFiles()
  for (const instruction of stages.flatMap((stage) => stage.instructions)) {
    for (const source of contextSources(instruction)) {
      const what = `${instruction.getKeyword()} ${argumentsOf(instruction)}: files named ${source} that .dockerignore leaves in`
      expect(taken(source, files).length, what).toBeGreaterThan(0)
    }
  }
})

test('C1 builds from a checkout full of host junk, and the app answers', BUILDS, async () => {
  const image = await builtImage()
  const container = await startContainer(image, { env: settings() })
  await untilAnswering(container)
  const answer = await container.send({
    method: 'POST',
    path: '/labels',
    json: { parcel: submission.fresh.unique(), depot: 'ZRH' },
  })
  expect(answer).toHaveStatus(201)
})

test('C1 sends no node_modules of the host to the builder', async () => {
  requireService('docker')
  const packages = (await sentFiles()).filter((file) => file.startsWith('node_modules/'))
  expect(packages, 'files in node_modules that .dockerignore lets through to the builder').toEqual(
    [],
  )
})

test('C2 does not leave the final stage to root', () => {
  const { final } = dockerfile()
  expect(final, 'a Dockerfile with a FROM line').toBeDefined()
  const users = final!.instructions.filter((one) => one.getKeyword() === 'USER').map(argumentsOf)
  // Images that run as root unless told otherwise; of others we cannot know without a look.
  const rootImages = /^(docker\.io\/)?(library\/)?(node|debian|ubuntu|alpine|scratch)([:@]|$)/
  const user = users.at(-1) ?? (rootImages.test(final!.baseImage) ? 'root' : 'unknown')
  expect(
    user.split(':')[0],
    `the user of the final stage (USER, or that of ${final!.baseImage})`,
  ).not.toMatch(/^(root|0)$/)
})

test('C2 runs as another user than root', BUILDS, async () => {
  const image = await builtImage()
  const user = await dockerOk(['image', 'inspect', '--format', '{{.Config.User}}', image])
  expect(user.split(':')[0], 'the user in the image’s configuration').not.toMatch(/^(|root|0)$/)
  const container = await startContainer(image, { env: settings() })
  await untilAnswering(container)
  const rows = await dockerOk(['top', container.id, '-eo', 'uid,pid,args'])
  for (const row of rows.split('\n').slice(1)) {
    expect(row.trim().split(/\s+/)[0], `the uid of a process in the container: ${row}`).not.toBe(
      '0',
    )
  }
})

test('C2 prints and keeps labels with a read-only root and no rights', BUILDS, async () => {
  const image = await builtImage()
  const hardened = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL']
  const flags = [...hardened, '--security-opt', 'no-new-privileges']
  const container = await startContainer(image, { env: settings(), flags })
  await untilAnswering(container)
  const json = { parcel: submission.fresh.unique(), depot: 'OPO' }
  const made = await container.send({ method: 'POST', path: '/labels', json })
  expect(made).toHaveStatus(201)
  const found = await container.send({ path: `/labels/${made.body?.id}` })
  expect(found).toHaveStatus(200)
  expect(found.body).toMatchObject({ parcel: json.parcel, depot: { name: 'Porto Campanhã' } })
})

test('C3 finishes the running request on docker stop, then ends by itself', BUILDS, async () => {
  const image = await builtImage()
  const container = await startContainer(image, { env: settings() })
  await untilAnswering(container)
  const running = container.send({ path: '/batch?ms=1500' })
  running.catch(() => {}) // awaited below, after the stop
  await expect
    .poll(async () => (await container.send({ path: '/healthz' })).body?.printing, {
      timeout: 15_000,
    })
    .toBe(1)
  await dockerOk(['stop', '-t', '8', container.id])
  const code = await container.inspect('{{.State.ExitCode}}')
  const killed = code === '137' ? ', for it had to be killed after 8 s' : ''
  const printed = (await container.logs()).slice(-800)
  expect(
    ['0', '143'],
    `the container ended with ${code} after docker stop${killed}. It printed:\n${printed}\nIts exit code`,
  ).toContain(code)
  expect(await running).toHaveStatus(200)
})

test('C4 copies no secret of the checkout into the final stage', () => {
  const { final } = dockerfile()
  const files = visibleFiles()
  for (const instruction of final?.instructions ?? []) {
    const line = `${instruction.getKeyword()} ${argumentsOf(instruction)}`
    const copied = contextSources(instruction).flatMap((source) => taken(source, files))
    const secret = copied.filter((file) => HOLDS_SECRET.test(file))
    expect(secret, `what "${line}" takes along`).toEqual([])
    expect(line, 'a secret in an ENV line').not.toMatch(/^ENV .*\bNPM_TOKEN[= ]\s*["']?[^\s"']/)
  }
})

test('C4 sends no secret of the checkout to the builder', async () => {
  requireService('docker')
  const secret = (await sentFiles()).filter((file) => HOLDS_SECRET.test(file))
  expect(secret, 'files with secrets that .dockerignore lets through to the builder').toEqual([])
})

test('C4 holds no secret of the checkout in any layer', BUILDS, async () => {
  const { leaks } = await addedLayers()
  expect(leaks, `secrets found in files of the image:\n${leaks.join('\n')}\n`).toEqual([])
})

test('C4 names no secret in its history or configuration', BUILDS, async () => {
  const image = await builtImage()
  const history = await dockerOk(['history', '--no-trunc', '--format', '{{.CreatedBy}}', image])
  const config = await dockerOk(['image', 'inspect', image])
  const places = [
    { place: 'docker history', content: history },
    { place: 'docker inspect', content: config },
  ]
  const leaks = findLeaks(namedSecrets(), places)
  expect(leaks, `secrets found:\n${leaks.join('\n')}\n`).toEqual([])
})

test('C5 ships no TypeScript of the app, neither sources nor tests', BUILDS, async () => {
  const { files } = await addedLayers()
  const sources = files
    .map((file) => file.path)
    .filter((file) => /\.[cm]?ts$/.test(file) && !/\.d\.[cm]?ts$|\/node_modules\//.test(file))
  expect(sources, 'TypeScript files in layers of the image').toEqual([])
})

test('C5 ships no dev dependencies', BUILDS, async () => {
  const { files } = await addedLayers()
  const lock = JSON.parse(readFileSync(app('package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>
  }
  const nameOf = (place: string) => place.split('node_modules/').at(-1)!
  const dev = Object.keys(lock.packages).filter((place) => lock.packages[place]!.dev)
  const found = dev.map(nameOf).filter((name) => {
    return files.some((file) => file.path.endsWith(`/node_modules/${name}/package.json`))
  })
  expect(found, 'dev dependencies in layers of the image').toEqual([])
})

test('C5 adds at most 40 MiB to its base image', BUILDS, async () => {
  const { files } = await addedLayers()
  const counted = files.filter((file) => !isNodeItself(file)).sort((a, b) => b.bytes - a.bytes)
  const mebibytes = counted.reduce((sum, file) => sum + file.bytes, 0) / 1024 ** 2
  const largest = counted
    .slice(0, 5)
    .map((file) => `${(file.bytes / 1024 ** 2).toFixed(1)} MiB ${file.path}`)
  expect(
    mebibytes,
    `MiB in layers that the build added, Node itself left out. The largest files:\n${largest.join('\n')}\nMiB`,
  ).toBeLessThanOrEqual(40)
})

test('C6 installs packages before it copies any source', () => {
  const { stages } = dockerfile()
  const sources = visibleFiles().filter((file) => file.startsWith('src/'))
  expect(stages.length, 'the number of FROM lines').toBeGreaterThan(0)
  for (const { instructions } of stages) {
    const copies = instructions.findIndex((one) =>
      contextSources(one).some((source) => taken(source, sources).length > 0),
    )
    if (copies < 0) continue
    const late = instructions
      .slice(copies)
      .filter((one) => one.getKeyword() === 'RUN' && installsPackages(argumentsOf(one)))
      .map((one) => `RUN ${argumentsOf(one)}`)
    expect(
      late,
      `after "${instructions[copies]!.getKeyword()} ${argumentsOf(instructions[copies]!)}"`,
    ).toEqual([])
  }
})

test('C6 rebuilds after a change of one source without installing again', BUILDS, async () => {
  const { files } = await addedLayers()
  const folder = submission.temporaryFolder('changed')
  cpSync(await checkout(), folder, { recursive: true })
  const source = path.join(folder, 'src/server.ts')
  const greeting = `label desk ${submission.fresh.word()}:`
  writeFileSync(source, readFileSync(source, 'utf8').replace('label desk:', greeting))

  const again = await build(folder, { NPM_TOKEN: secrets().token })
  expectBuilt(again)
  const installed = again.steps
    .filter(({ instruction, cached }) => /^RUN\s/.test(instruction) && !cached)
    .map(({ instruction }) => instruction)
    .filter(installsPackages)
  const kept = new Set(await layersOf(again.tag))
  const container = await startContainer(again.tag, { env: {} })
  await untilEnded(container, 'the rebuilt app without settings')
  const printed = await container.logs()
  await docker(['rm', '-fv', container.id])
  await docker(['rmi', '-f', again.tag])
  await removeStages(again, await firstBuild())

  expect(installed, 'steps that ran again after a change in src/server.ts').toEqual([])
  expect(printed, 'what the rebuilt app prints without settings').toContain(greeting)
  const changed = files
    .filter(
      (file) => /\/node_modules\/[^/]+\/package\.json$/.test(file.path) && !isNodeItself(file),
    )
    .filter((file) => !kept.has(file.layer))
    .map((file) => file.path)
  expect(
    changed.slice(0, 3),
    'packages in a layer that is another one after a change in src/server.ts',
  ).toEqual([])
})

test('C7 declares a HEALTHCHECK', () => {
  const { final } = dockerfile()
  const checks = final?.instructions.filter((one) => one.getKeyword() === 'HEALTHCHECK') ?? []
  expect(checks.length, 'HEALTHCHECK lines in the final stage').toBeGreaterThan(0)
  expect(argumentsOf(checks.at(-1)!), 'the last HEALTHCHECK').not.toMatch(/^NONE$/i)
})

test('C7 becomes healthy, and unhealthy when the app hangs', BUILDS, async () => {
  const image = await builtImage()
  const container = await startContainer(image, {
    env: { ...settings(), DEBUG_HANG: '1' },
    flags: ['--health-interval=1s', '--health-timeout=5s', '--health-retries=2'],
  })
  await untilAnswering(container)
  const health = () =>
    container.inspect('{{if .State.Health}}{{.State.Health.Status}}{{else}}no HEALTHCHECK{{end}}')
  const log = () => container.inspect('{{if .State.Health}}{{json .State.Health.Log}}{{end}}')
  const becomes = async (wanted: string, milliseconds: number): Promise<void> => {
    const deadline = Date.now() + milliseconds
    let seen = await health()
    while (seen !== wanted && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      seen = await health()
    }
    expect(
      seen,
      `the health after ${milliseconds / 1000} s; the last probes: ${(await log()).slice(-600)}`,
    ).toBe(wanted)
  }
  await becomes('healthy', 90_000)
  expect(await container.send({ method: 'POST', path: '/debug/hang' })).toHaveStatus(202)
  await becomes('unhealthy', 120_000)
})

/** Runs the app with settings that are wrong; it must end and say which. */
async function expectRefusal(env: Record<string, string>, name: string): Promise<void> {
  const container = await startContainer(await builtImage(), { env })
  const given = JSON.stringify(env)
  await untilEnded(container, `the container with ${given}`)
  expect(await container.inspect('{{.State.ExitCode}}'), `the exit code with ${given}`).not.toBe(
    '0',
  )
  expect(await container.logs(), `what the container printed with ${given}`).toContain(name)
}

test('C8 exits with a message when PORT is wrong', BUILDS, async () => {
  await expectRefusal({ ...settings(), PORT: submission.fresh.word() }, 'PORT')
  await expectRefusal({ ...settings(), PORT: '70000' }, 'PORT')
})

test('C8 exits with a message when LABEL_SECRET is missing or too short', BUILDS, async () => {
  const { PORT } = settings()
  await expectRefusal({ PORT }, 'LABEL_SECRET')
  await expectRefusal({ PORT, LABEL_SECRET: 'short' }, 'LABEL_SECRET')
})

test('C9 notices a hang within a minute by its own settings', BUILDS, async () => {
  const image = await builtImage()
  const text = await dockerOk([
    'image',
    'inspect',
    '--format',
    '{{json .Config.Healthcheck}}',
    image,
  ])
  const check = JSON.parse(text) as {
    Test?: string[]
    Interval?: number
    Timeout?: number
    Retries?: number
  } | null
  expect(check?.Test?.[0] ?? 'NONE', 'the kind of HEALTHCHECK').not.toBe('NONE')
  const seconds = (nanoseconds: number | undefined) => (nanoseconds || 30e9) / 1e9
  const interval = seconds(check!.Interval)
  const timeout = seconds(check!.Timeout)
  const retries = check!.Retries || 3
  expect(interval, 'the interval, in seconds (30 where none is given)').toBeLessThanOrEqual(30)
  expect(
    (interval + timeout) * retries,
    `(interval + timeout) × retries = (${interval} s + ${timeout} s) × ${retries}, in seconds`,
  ).toBeLessThanOrEqual(60)
})
