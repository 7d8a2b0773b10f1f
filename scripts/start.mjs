// Starts a command: `node scripts/start.mjs check sql-joins`, which is what `npm run check sql-joins`
// calls. One process in place of two, for each costs a learner a tenth of a second: it sees to the
// locked packages, then becomes the command. Plain JavaScript, for it begins in whatever Node the
// machine has.
import { spawn } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { keepCompiled } from '../graders/harness/kept.mjs'
import { installPackages } from './install.mjs'

const [name, ...rest] = process.argv.slice(2)
const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url))

/** Runs the command in the Node that was installed just now, and ends as it does. */
function handOver() {
  const child = spawn('node', [script, ...rest], { stdio: 'inherit' })
  // Ctrl-C reaches both; this one waits for the other to have cleaned up.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.once('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 3)))
}

const fresh = installPackages()
keepCompiled()
if (fresh) {
  handOver()
} else {
  process.argv.splice(1, 2, script)
  await import(pathToFileURL(script).href)
}
