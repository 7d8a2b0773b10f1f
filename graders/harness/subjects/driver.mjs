// Runs in the learner's process: loads the module and answers the grader's calls. It knows no
// expected value, so whatever the module does to this process cannot make a wrong answer right.
// Built-ins are taken before the module is loaded, for the module may replace them.
import { pathToFileURL } from 'node:url'

const send = process.send.bind(process)
// biome-ignore lint/security/noGlobalEval: evaluating the grader's functions is what a driver is for
const indirectEval = eval
const functions = new Map()
let subject

process.on('disconnect', () => process.exit(0))
process.on('message', async ({ id, load, source, argument }) => {
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
