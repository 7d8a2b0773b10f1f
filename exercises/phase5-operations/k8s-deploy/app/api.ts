import http from 'node:http'
import net from 'node:net'

export type Settings = { port: number; logLevel: string; databaseUrl: URL; redisUrl: URL }

type Env = Record<string, string | undefined>

const LEVELS = ['debug', 'info', 'warn', 'error']

/** Reads the settings; throws an Error with one line per wrong setting. */
export function readSettings(env: Env): Settings {
  const wrong: string[] = []
  const read = (name: string, isRight: (value: string) => boolean, must: string): string => {
    const value = env[name] ?? ''
    if (value === '') wrong.push(`setting ${name} is missing`)
    else if (!isRight(value)) wrong.push(`setting ${name} must be ${must}`)
    return value
  }
  const isPort = (text: string) =>
    /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536
  const port = read('PORT', isPort, 'a number from 1 to 65535')
  const logLevel = read('LOG_LEVEL', (text) => LEVELS.includes(text), `one of ${LEVELS.join(', ')}`)
  const databaseUrl = readUrl(read, 'DATABASE_URL', ['postgres:', 'postgresql:'])
  const redisUrl = readUrl(read, 'REDIS_URL', ['redis:', 'rediss:'])
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return {
    port: Number(port),
    logLevel,
    databaseUrl: new URL(databaseUrl),
    redisUrl: new URL(redisUrl),
  }
}

/** Reads what the migration needs. */
export function readDatabaseUrl(env: Env): URL {
  const text = env.DATABASE_URL ?? ''
  if (text === '') throw new Error('setting DATABASE_URL is missing')
  return new URL(text)
}

function readUrl(
  read: (name: string, isRight: (value: string) => boolean, must: string) => string,
  name: string,
  protocols: string[],
): string {
  const isUrl = (text: string) => URL.canParse(text) && protocols.includes(new URL(text).protocol)
  return read(name, isUrl, `a URL that begins with ${protocols[0]}//`)
}

/** Whether somebody listens at the database's address, within a second. */
function databaseAnswers({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port || 5432) })
    const end = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.setTimeout(1000, () => end(false))
  })
}

export type Api = {
  server: http.Server
  /** From now on it says that it is not ready, and serves all the same. */
  drain(): void
}

/** Makes the API, which listens nowhere yet. */
export function makeApi(settings: Settings): Api {
  let draining = false
  const server = http.createServer(async (request, response) => {
    const say = (status: number, body: unknown) => {
      response.writeHead(status, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    const pathname = request.url?.split('?')[0] ?? ''
    if (pathname === '/livez') return say(200, { status: 'alive' })
    if (pathname === '/readyz') {
      if (draining) return say(503, { error: 'stopping' })
      const answers = await databaseAnswers(settings.databaseUrl)
      return answers ? say(200, { status: 'ready' }) : say(503, { error: 'no database' })
    }
    if (pathname === '/') return say(200, { service: 'Pelican Post API' })
    const code = /^\/parcels\/([\w-]+)$/.exec(pathname)?.[1]
    if (code) return say(200, { code, status: 'on its way' })
    return say(404, { error: 'not found' })
  })
  return {
    server,
    drain() {
      draining = true
    },
  }
}
