// Installs the locked packages when they are missing or older than package-lock.json: before every
// command (see start.mjs) and, called by itself, in CI. It runs in whatever Node the machine has (20
// or newer). Nothing else may be imported here, for nothing else may be there yet.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const lockfile = path.join(root, 'package-lock.json')
const stamp = path.join(root, 'node_modules', '.roadworks-installed')
const turn = path.join(root, '.roadworks', 'installing')

function say(text) {
  process.stderr.write(`roadworks: ${text}\n`)
}

function wanted() {
  const hash = createHash('sha256').update(readFileSync(lockfile))
  return hash.update(`${process.platform} ${process.arch}`).digest('hex')
}

function installed() {
  if (!existsSync(stamp)) return false
  if (readFileSync(stamp, 'utf8') === wanted()) return true
  // A learner's own `npm i some-package` changes the lockfile, and has installed what stands there.
  if (!holdsAll()) return false
  writeFileSync(stamp, wanted())
  return true
}

/** True where every package of the lockfile is installed, as npm itself has written down. */
function holdsAll() {
  const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
  try {
    const there = packagesOf(path.join(root, 'node_modules', '.package-lock.json'))
    const locked = Object.entries(packagesOf(lockfile)).filter(([name]) => name !== '')
    // Optional ones may be for another system.
    return (
      locked.length > 0 &&
      locked.every(([name, { version, optional }]) => optional || there[name]?.version === version)
    )
  } catch {
    return false
  }
}

/** Characters of a path that Node or vite take for a part of a URL, or for two paths. */
const ODD = /[#?%:]/

/** Ends the process where the checkout lies at a path that tools cannot read. */
function refuseOddPath() {
  const own =
    process.platform === 'win32' ? root.replace(/^[a-z]:/i, '').replaceAll('\\', '/') : root
  const odd = ODD.exec(own)?.[0]
  if (!odd) return
  say(`move the checkout: its path has a ${odd}, which its tools cannot read. It is ${root}`)
  process.exit(3)
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** True where whoever has the turn is gone: stopped, or killed with its terminal. */
function isAbandoned() {
  let owner
  try {
    owner = Number(readFileSync(path.join(turn, 'owner'), 'utf8'))
    process.kill(owner, 0)
    return false
  } catch (error) {
    if (owner) return error.code === 'ESRCH'
    // Its name comes a moment after the folder.
    const made = statSync(turn, { throwIfNoEntry: false })
    return made !== undefined && Date.now() - made.mtimeMs > 10_000
  }
}

/** Two commands started at once must not install over each other. */
function takeTurn() {
  mkdirSync(path.dirname(turn), { recursive: true })
  for (let waited = 0; ; waited += 1) {
    try {
      mkdirSync(turn)
      writeFileSync(path.join(turn, 'owner'), String(process.pid))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (isAbandoned()) {
      rmSync(turn, { recursive: true, force: true })
      continue
    }
    if (waited === 0) say('another command is installing; waiting for it …')
    sleep(200)
    if (installed()) return
  }
}

/** The Node that everything is graded on. */
export const NODE = path.join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

/**
 * Installs the locked packages where they are missing or old. Ends the process where that fails.
 * @returns true where it installed them just now: this process may be another Node than the kit's
 */
export function installPackages() {
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20) {
    say(`Node ${process.versions.node} is too old to begin with; Node 20 or newer is needed.`)
    process.exit(3)
  }
  refuseOddPath()
  if (!existsSync(lockfile)) {
    say('package-lock.json is missing. git checkout package-lock.json brings it back.')
    process.exit(3)
  }
  if (installed()) return false
  takeTurn()
  const release = () => rmSync(turn, { recursive: true, force: true })
  process.on('exit', release)
  if (!installed()) install()
  release()
  process.off('exit', release)
  return true
}

function install() {
  say('installing the locked packages; this happens once and takes about a minute …')
  const begun = Date.now()
  const npm = process.env.npm_execpath
  const [program, first] = npm ? [process.execPath, [npm]] : ['npm', []]
  // `npm run` hands its own settings down; --json or --force of the outer call are not meant here.
  const env = { ...process.env, npm_config_force: '', npm_config_json: '' }
  const result = spawnSync(
    program,
    // All packages are devDependencies, which NODE_ENV=production and omit=dev leave out.
    [...first, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  if (result.signal) {
    say('stopped while installing; the next command begins again.')
    process.exit(130)
  }
  if (result.status !== 0) {
    say(
      'npm ci failed (see above). Is the network there, and is the disk not full? Then run the command again.',
    )
    process.exit(3)
  }
  writeFileSync(stamp, wanted())
  say(`installed in ${Math.round((Date.now() - begun) / 1000)} s.`)
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // After an `npm ci` or `npm install` of the user's own there is nothing left to install.
  if (process.argv.includes('--mark')) writeFileSync(stamp, wanted())
  else installPackages()
}
