// Plain JavaScript without packages, for what imports it runs before there are any.

const LOOPBACK = ['localhost', '127.0.0.1', '::1', '[::1]']

/**
 * Keeps requests to this machine from going through a proxy: of this process and of those it starts. A
 * proxy, which `NODE_USE_ENV_PROXY=1` turns on for everything, does not reach a learner's program.
 */
export function reachLoopback() {
  for (const name of ['NO_PROXY', 'no_proxy']) {
    const named = (process.env[name] ?? '').split(/[\s,]+/).filter(Boolean)
    const missing = LOOPBACK.filter((host) => !named.includes(host))
    process.env[name] = [...named, ...missing].join(',')
  }
}
