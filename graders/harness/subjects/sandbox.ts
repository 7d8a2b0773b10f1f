import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../exercise.ts'
import type { Run } from '../run.ts'
import { dockerEngine } from '../services/docker.ts'
import { giveToSubject } from './confine.ts'
import type { Confinement } from './confinement.ts'
import { callDocker, forgetContainers, lastLine, spawnContained } from './container.ts'
import { DOCKERFILE } from './sandbox-mode.ts'

/** Builds or pulls the image where it is not there. @returns why it cannot be had */
async function missingImage(
  image: string,
  onProgress: (text: string) => void,
): Promise<string | undefined> {
  if ((await callDocker(['image', 'inspect', image])).code === 0) return undefined
  if (process.env.ROADWORKS_SANDBOX_IMAGE) {
    onProgress(`pulling ${image} for the sandbox …`)
    const { code, stderr } = await callDocker(['pull', '--quiet', image], { seconds: 600 })
    if (code === 0) return undefined
    return `cannot be run in a container: the image in ROADWORKS_SANDBOX_IMAGE, ${image}, is not to be had: ${lastLine(stderr)}`
  }
  onProgress(`building ${image}, the image that programs run in; this is done once …`)
  const { code, stdout, stderr } = await callDocker(['build', '--tag', image, '-'], {
    seconds: 600,
    input: readFileSync(DOCKERFILE, 'utf8'),
  })
  if (code === 0) return undefined
  return `cannot be run in a container: its image could not be built: ${lastLine(stderr || stdout)}. ROADWORKS_SANDBOX_IMAGE=<image> names another one, with node, git, bash and python3 in it.`
}

/** What a container must be able to do: run Node, and write to the subject's folder. */
const TRIAL = `
  if (Number(process.versions.node.split('.')[0]) < 24) throw Error('Node ' + process.version + ' is too old')
  fs.writeFileSync('written', '')
`

/** Runs a small program the way a subject is run. @returns why that does not work */
async function trial(run: Run): Promise<string | undefined> {
  const folder = path.join(run.dir, `trial-${process.pid}`)
  mkdirSync(folder)
  giveToSubject(run, folder)
  const argv = ['node', '--eval', TRIAL]
  const program = spawnContained(run, { argv, cwd: folder })
  const late = setTimeout(() => void program.kill(), 60_000)
  const exit = await program.exited
  clearTimeout(late)
  await program.kill()
  const written = existsSync(path.join(folder, 'written'))
  rmSync(folder, { recursive: true, force: true })
  if (exit.code === 0 && written) return undefined
  const said = /Error: (.*)/.exec(program.output())?.[1]
  const why = program.fault ?? said ?? 'the grader cannot be reached from it'
  return `cannot be run in a container: ${why}`
}

/** True where grading an exercise starts a program of the learner's outside a service. */
export function runsSubjects({ kind }: Pick<Exercise, 'kind'>): boolean {
  return kind === 'server' || kind === 'module' || kind === 'script'
}

/**
 * Makes containers ready where a run is to use them: asks the engine, builds the image and tries it.
 * Once per run, before anything is graded.
 * @returns the run's confinement, with `missing` where containers cannot be had
 */
export async function readySandbox(
  run: Run,
  onProgress: (text: string) => void = () => {},
): Promise<Confinement> {
  const { confinement } = run
  if (confinement.kind !== 'docker' || confinement.ready || confinement.missing) return confinement
  const missing = (reason: string): Confinement => ({ ...confinement, missing: reason })
  if (confinement.beneath.kind === 'none' && confinement.beneath.why) {
    return missing(`cannot be run in a container: ${confinement.beneath.why}`)
  }
  const engine = await dockerEngine()
  if ('missing' in engine) return missing(`needs Docker for --sandbox=docker. ${engine.missing}`)
  const noImage = await missingImage(confinement.image, onProgress)
  if (noImage) return missing(noImage)
  const info = await callDocker(['info', '--format', '{{.SecurityOptions}}'])
  const found = { ...confinement, ready: true, rootless: /name=rootless/.test(info.stdout) }
  // The kit's Node is for this machine; where it does not run in the image, the image's own does.
  const choices = process.platform === 'linux' ? [process.execPath, undefined] : [undefined]
  let failure: string | undefined
  for (const node of choices) {
    const tried = { ...found, node }
    failure = await trial({ ...run, confinement: tried })
    await forgetContainers()
    if (!failure) return tried
  }
  return missing(failure!)
}
