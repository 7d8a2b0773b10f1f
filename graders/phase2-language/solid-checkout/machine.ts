/**
 * Replaces what belongs to the machine by what notes its use in `globalThis.usedOfMachine`, and throws.
 * Runs in the learner's process, so it uses nothing from here; that process is good for nothing else then.
 */
export function watchMachine(_module: unknown): void {
  const used: string[] = []
  Object.assign(globalThis, { usedOfMachine: used })
  let printing = false
  const denied = (name: string) => {
    used.push(name)
    throw new Error(`${name} is not for a Checkout`)
  }
  const put = (owner: any, key: string, value: unknown) => {
    Object.defineProperty(owner, key, { value, configurable: true, writable: true })
  }
  const deny = (name: string, owner: any, keys: string[]) => {
    for (const key of keys) if (owner[key]) put(owner, key, () => denied(`${key}(…) of ${name}`))
  }
  const RealDate = Date
  put(
    globalThis,
    'Date',
    new Proxy(RealDate, {
      construct: (target, given, newTarget) =>
        given.length === 0 ? denied('new Date()') : Reflect.construct(target, given, newTarget),
      apply: () => denied('Date()'),
      get: (target, key) =>
        key === 'now' ? () => denied('Date.now()') : Reflect.get(target, key, target),
    }),
  )
  deny('performance', performance, ['now'])
  deny('process', process, ['hrtime', 'uptime'])
  deny('globalThis', globalThis, ['fetch', 'WebSocket', 'EventSource'])
  const { env } = process
  // Node itself asks for this one, when it makes the stack of an error from a source map.
  const free = (key: string | symbol) => printing || key === 'NODE_V8_COVERAGE'
  put(
    process,
    'env',
    new Proxy(env, {
      get: (_, key) => (free(key) ? Reflect.get(env, key) : denied(`process.env.${String(key)}`)),
      has: (_, key) => (free(key) ? Reflect.has(env, key) : denied(`process.env.${String(key)}`)),
      ownKeys: () => (printing ? Reflect.ownKeys(env) : denied('process.env')),
    }),
  )
  // Who prints something reads no environment: Node does, to find out about colours.
  for (const name of ['log', 'error', 'warn', 'info', 'debug', 'dir', 'table', 'trace'] as const) {
    const print = console[name] as (...given: unknown[]) => void
    console[name] = (...given: unknown[]) => {
      printing = true
      print(...given)
      printing = false
    }
  }
  const writing = ['writeFile', 'appendFile', 'mkdir', 'rename', 'rm', 'copyFile']
  const sync = writing.map((name) => `${name}Sync`)
  deny('node:fs', process.getBuiltinModule('node:fs'), [...writing, ...sync, 'createWriteStream'])
  deny('node:fs/promises', process.getBuiltinModule('node:fs/promises'), writing)
  for (const name of ['node:http', 'node:https']) {
    deny(name, process.getBuiltinModule(name), ['request', 'get'])
  }
  deny('node:net', process.getBuiltinModule('node:net'), ['connect', 'createConnection'])
  process.getBuiltinModule('node:module').syncBuiltinESMExports()
}
