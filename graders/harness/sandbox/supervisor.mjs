// The first program in a subject's container. The container has no network: all there is between it
// and the grader is one Unix socket, the relay. The supervisor connects to it, is told there what to
// start, starts it, and passes on
// - connections that the subject makes to its services, on the same ports of 127.0.0.1,
// - connections that the grader makes to the subject's PORT.
// It has the rights of the subject, and the subject may end it: that ends the container.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import { bridge } from './bridge.mjs'

const RELAY = process.argv[2]
const LOCAL = '127.0.0.1'

/** A connection to the grader that says first what it is for. */
function toGrader(what) {
  const pipe = net.connect(RELAY)
  pipe.on('error', () => {})
  // Whoever is given it is to read from it, nobody before.
  pipe.pause()
  return new Promise((resolve) => pipe.write(`${what}\n`, () => resolve(pipe)))
}

// ---------------------------------------------------------------- what the kernel tells

function firstOf(files) {
  for (const file of files) {
    try {
      return readFileSync(file, 'utf8')
    } catch {}
  }
  return ''
}

/** CPU time of everything in the container, in seconds; cgroups of either version. */
function cpuSeconds() {
  const micro = /usage_usec (\d+)/.exec(firstOf(['/sys/fs/cgroup/cpu.stat']))?.[1]
  if (micro) return Number(micro) / 1e6
  const files = ['cpuacct', 'cpu,cpuacct'].map((name) => `/sys/fs/cgroup/${name}/cpuacct.usage`)
  return Number(firstOf(files)) / 1e9
}

/** What the kernel had to refuse for want of memory or processes. */
function overLimit() {
  const memory = ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control']
  if (/^oom_kill [1-9]/m.test(firstOf(memory))) return 'memory'
  const processes = ['/sys/fs/cgroup/pids.events', '/sys/fs/cgroup/pids/pids.events']
  if (/^max [1-9]/m.test(firstOf(processes))) return 'processes'
  return undefined
}

const LISTEN = '0A'
const ANY_OR_LOCAL = [
  ['/proc/net/tcp', ['0100007F', '00000000']],
  ['/proc/net/tcp6', ['0'.repeat(32), '0000000000000000FFFF00000100007F']],
]

/** True while somebody listens on this port of 127.0.0.1; asked without a connection. */
function isListening(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return ANY_OR_LOCAL.some(([file, addresses]) =>
    firstOf([file])
      .split('\n')
      .some((line) => {
        const [, local, , state] = line.trim().split(/\s+/)
        return state === LISTEN && addresses.some((address) => local === `${address}:${hex}`)
      }),
  )
}

// ---------------------------------------------------------------- the relay

/** Listens where a service listens outside. */
function serve(port) {
  const server = net.createServer(
    { allowHalfOpen: true, noDelay: true, pauseOnConnect: true },
    (tcp) => {
      tcp.on('error', () => {})
      void toGrader(`to ${port}`).then((pipe) => bridge(tcp, pipe))
    },
  )
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, LOCAL, resolve)
  })
}

/** A connection from outside to the subject. */
async function open(id, port, look) {
  const tcp = net.connect({ port, host: LOCAL, allowHalfOpen: true, noDelay: true })
  tcp.on('error', () => {})
  tcp.pause()
  const refused = await new Promise((resolve) => {
    tcp.once('connect', () => resolve(false))
    tcp.once('error', () => resolve(true))
  })
  if (refused) {
    look()
    return tell({ refused: id })
  }
  bridge(tcp, await toGrader(`in ${id}`))
}

const lost = setTimeout(() => {
  process.stderr.write('the grader cannot be reached from inside a container\n')
  process.exit(1)
}, 10_000)
const control = await toGrader('control')
clearTimeout(lost)

function tell(message, done) {
  control.write(`${JSON.stringify(message)}\n`, done)
}

/**
 * Tells the grader when the subject begins to listen, and when it stops.
 * @returns looks at once
 */
function watchPort(port) {
  let listening = false
  const look = () => {
    if (isListening(port) === listening) return
    listening = !listening
    tell({ listening })
  }
  const again = () => {
    look()
    setTimeout(again, listening ? 50 : 10)
  }
  again()
  return look
}

// ---------------------------------------------------------------- the subject

async function start({ argv, cwd, env, port, services, channel }) {
  await Promise.all(services.map(serve))
  const streams = await Promise.all(
    ['out', 'err', ...(channel ? ['channel'] : [])].map((name) => toGrader(name)),
  )
  const child = spawn(argv[0], argv.slice(1), {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', ...streams],
  })
  let over
  const end = (exited) => {
    over ??= overLimit()
    tell({ exited, over }, () => {
      const { code, signal } = exited
      process.exit(signal ? 128 + os.constants.signals[signal] : code)
    })
  }
  child.once('error', (error) => {
    streams[1].write(`${error.message}\n`, () => end({ code: 127, signal: null }))
  })
  child.once('exit', (code, signal) => end({ code, signal }))
  if (child.pid !== undefined) for (const stream of streams) stream.destroy()
  const look = port ? watchPort(port) : () => {}
  setInterval(() => {
    if (over) return
    over = overLimit()
    if (over) tell({ over })
  }, 500)

  const pass = (signal) => child.kill(signal)
  process.on('SIGTERM', () => pass('SIGTERM')).on('SIGINT', () => pass('SIGINT'))
  return {
    pass,
    open: (id) => open(id, port, look),
    kill() {
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {}
    },
  }
}

let subject = Promise.resolve()
let kept = ''
control.setEncoding('utf8')
control.on('data', async (text) => {
  const lines = (kept + text).split('\n')
  kept = lines.pop()
  for (const line of lines) {
    const message = JSON.parse(line)
    if (message.start) {
      subject = start(message.start)
      subject.catch((error) => {
        tell({ failed: error.message }, () => process.exit(1))
      })
    }
    if (message.open) (await subject).open(message.open)
    if (message.signal) (await subject).pass(message.signal)
    if (message.usage) tell({ usage: message.usage, cpu: cpuSeconds() })
    if (message.kill) killAll()
  }
})
control.on('close', killAll)
control.resume()

/** Ends everything: what is not of the subject's process group ends with the container. */
async function killAll() {
  setTimeout(() => process.exit(137), 50)
  await subject.then((running) => running?.kill())
  process.exit(137)
}
