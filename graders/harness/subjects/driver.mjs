// Runs in the learner's process: loads the module and answers the grader's calls. It knows no
// expected value, so whatever the module does to this process cannot make a wrong answer right.
// Built-ins are taken before the module is loaded, for the module may replace them.
import { Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { deserialize, serialize } from 'node:v8'

const { onCall, send } = process.env.ROADWORKS_CHANNEL === 'socket' ? overSocket() : overIpc()
// biome-ignore lint/security/noGlobalEval: evaluating the grader's functions is what a driver is for
const indirectEval = eval
const functions = new Map()
let subject

onCall(async ({ id, load, source, argument }) => {
  try {
    if (load) {
      subject = await import(pathToFileURL(process.argv[2]).href)
      send({ id, ok: true, value: Object.keys(subject) })
      return
    }
    let fn = functions.get(source)
    if (!fn) {
      fn = indirectEval(`(${source})`)
      functions.set(source, fn)
    }
    send({ id, ok: true, value: await fn(subject, argument) })
  } catch (error) {
    const isError = error instanceof Error
    send({
      id,
      ok: false,
      error: {
        name: isError ? String(error.name) : 'a value',
        message: isError ? String(error.message) : String(error),
        stack: isError ? String(error.stack) : '',
      },
    })
  }
})

/** Node's own channel to the process that started this one. */
function overIpc() {
  process.on('disconnect', () => process.exit(0))
  return {
    onCall: (answer) => process.on('message', answer),
    send: process.send.bind(process),
  }
}

/** In a container: descriptor 3 leads to the grader. Four bytes of length, then a structured clone. */
function overSocket() {
  const MOST_MESSAGE = 64 * 1024 ** 2
  const { alloc, concat } = Buffer
  const { exit } = process
  const socket = new Socket({ fd: 3, readable: true, writable: true })
  const write = socket.write.bind(socket)
  socket.on('error', () => exit(0))
  socket.on('close', () => exit(0))
  return {
    onCall(answer) {
      let kept = alloc(0)
      socket.on('data', (chunk) => {
        kept = concat([kept, chunk])
        while (kept.length >= 4 && kept.length >= 4 + kept.readUInt32BE()) {
          const length = kept.readUInt32BE()
          const message = deserialize(kept.subarray(4, 4 + length))
          kept = kept.subarray(4 + length)
          answer(message)
        }
      })
    },
    send(message) {
      const bytes = serialize(message)
      if (bytes.length > MOST_MESSAGE) throw new RangeError('the result is larger than 64 MiB')
      const head = alloc(4)
      head.writeUInt32BE(bytes.length)
      write(concat([head, bytes]))
    },
  }
}
