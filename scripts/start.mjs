// Starts a command: `node scripts/start.mjs check sql-joins`, which is what `npm run check sql-joins`
// calls. One process in place of two, for each costs a learner a tenth of a second: it sees to the
// locked packages, then becomes the command. Plain JavaScript, for it begins in whatever Node the
// machine has.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { forgetClientOptions } from '../graders/harness/client-options.mjs'
import { keepCompiled } from '../graders/harness/kept.mjs'
import { reachLoopback } from '../graders/harness/loopback.mjs'
import { installPackages, NODE } from './install.mjs'

const [name, ...rest] = process.argv.slice(2)
const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url))

/** Runs the command in the Node that was installed, and ends as it does. */
function handOver() {
  if (!existsSync(NODE)) {
    process.stderr.write(
      "roadworks: Node 26, which everything is graded on, is not installed: npm's setting ignore-scripts keeps it out. Run once: npm ci --ignore-scripts=false\n",
    )
    process.exit(3)
  }
  const child = spawn(NODE, [script, ...rest], { stdio: 'inherit' })
  // Ctrl-C reaches both; this one waits for the other to have cleaned up.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.once('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 3)))
}

const fresh = installPackages()
keepCompiled()
reachLoopback()
forgetClientOptions()
// By `node --run` or without scripts of packages, this may be any Node.
const own = existsSync(NODE) && realpathSync(process.execPath) === realpathSync(NODE)
if (fresh || !own) {
  handOver()
} else {
  process.argv.splice(1, 2, script)
  await import(pathToFileURL(script).href)
}
