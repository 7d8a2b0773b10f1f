import { FORBIDDEN } from './imports.ts'

/** Where the learner's files are, in the URL of one: the rest of the path differs from run to run. */
const OWN = '\\/mvc-refactor\\/(src\\/.+)$'

/**
 * What makes Node refuse the imports that a folder may not have, in the process of one module: NODE_OPTIONS
 * with a hook. Packages may import what they like.
 */
export function guardOf(folder: string): Record<string, string> {
  const { not, rule } = FORBIDDEN.find((one) => one.folder === folder)!
  return preloaded(`
import { registerHooks } from 'node:module'
const not = ${not}
registerHooks({
  resolve(name, context, next) {
    const found = next(name, context)
    const [, from] = /${OWN}/.exec(context.parentURL) ?? []
    const [, target = name] = /${OWN}/.exec(found.url) ?? []
    if (!from || !not.test(target)) return found
    const error = new Error(from + ' imports ' + target + ', which cannot be loaded here. ' + ${JSON.stringify(rule)})
    error.stack = 'Error: ' + error.message // and not where this text stands
    throw error
  },
})`)
}

/**
 * What puts the grader's handlers in the place of the learner's, in the process of a server: each asks the model
 * that it was given, and replies with its name, the request and what the model gave, as JSON.
 */
export function ownHandlers(): Record<string, string> {
  return preloaded(`
import { registerHooks } from 'node:module'
const mark = '?in-its-place'
registerHooks({
  resolve(name, context, next) {
    const found = next(name, context)
    const ours = context.parentURL?.endsWith(mark)
    return ours || !/\\/mvc-refactor\\/src\\/controllers\\/parcels\\.ts$/.test(found.url)
      ? found
      : { url: found.url + mark, format: 'module', shortCircuit: true }
  },
  load(url, context, next) {
    if (!url.endsWith(mark)) return next(url, context)
    const real = JSON.stringify(url.slice(0, -mark.length))
    return { format: 'module', shortCircuit: true, source: 'export * from ' + real + '\\n' + ${JSON.stringify(`export ${parcelsController}`)} }
  },
})`)
}

function parcelsController(model: any): unknown {
  const handler =
    (name: string, ask: (request: any) => Promise<unknown>) => async (request: any) => {
      const gives = await ask(request).catch((error) => ({ rejects: error?.name }))
      const { params, query, body } = request
      return { status: 200, html: JSON.stringify({ handler: name, params, query, body, gives }) }
    }
  return {
    index: handler('index', () => model.list(undefined)),
    form: handler('form', async () => null),
    create: handler('create', ({ body }) => model.create(body)),
    show: handler('show', ({ params }) => model.find(Number(params.id))),
    deliver: handler('deliver', ({ params }) => model.deliver(Number(params.id))),
  }
}

function preloaded(hook: string): Record<string, string> {
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}` }
}
