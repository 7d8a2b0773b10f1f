import type http from 'node:http'
import type { AddressInfo } from 'node:net'
import { cleanup, send, type Upstream, upstream } from '../../harness/index.ts'
import type { Container, Probe } from './kinds.ts'
import { portOf } from './pods.ts'
import { type Api, makeApi, readSettings } from './starter/app/api.ts'

/** What the app is in the midst of. */
export const STATES = ['starting', 'ready', 'without database', 'stopping'] as const
export type State = (typeof STATES)[number]

/** What a probe got. */
export type Outcome = { passes: boolean; said: string }

export type Rehearsal = {
  /** Brings the app into a state. They come in the order of `STATES`. */
  enter(state: State): Promise<void>
  /** Asks what a probe asks, as the kubelet does. */
  probe(probe: Probe, container: Container): Promise<Outcome>
  /** Asks the app for something at a port of the pod. */
  get(port: number, path: string): Promise<Outcome>
}

/**
 * Makes the app ready to be started with an environment. It listens at a free port of this machine, which
 * stands for `PORT` of the pod.
 * @throws Error with a line for each wrong setting, as the app would print
 */
export function rehearse(env: Record<string, string>, database: Upstream): Rehearsal {
  const settings = readSettings(env)
  const api: Api = makeApi(settings)
  /** Where the app listens really; undefined before it does. */
  let url: string | undefined

  const get = async (port: number, path: string): Promise<Outcome> => {
    if (url === undefined || port !== settings.port) {
      return { passes: false, said: `nothing listens at port ${port}` }
    }
    const { status } = await send({ url }, { path })
    return { passes: status >= 200 && status < 400, said: String(status) }
  }

  return {
    get,
    async enter(state) {
      if (state === 'ready') {
        await listen(api.server)
        cleanup(() => close(api.server))
        url = `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`
      } else if (state === 'without database') await database.stop()
      else if (state === 'stopping') {
        await database.restart()
        api.drain()
      }
    },
    async probe({ httpGet }, container) {
      const { path = '/', port, scheme = 'HTTP' } = httpGet!
      const number = portOf(port, container)
      if (number === undefined) {
        return { passes: false, said: `the container has no port named ${port}` }
      }
      if (scheme !== 'HTTP') return { passes: false, said: 'the app does not speak TLS' }
      const whole = `http://pod${path.startsWith('/') ? path : `/${path}`}`
      if (!URL.canParse(whole)) return { passes: false, said: `${path} is no path` }
      const { pathname, search } = new URL(whole)
      return get(number, `${pathname}${search}`)
    },
  }
}

const listen = (server: http.Server) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })

const close = (server: http.Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

/** A database that does no more than be there, which is all that the app asks of it in `/readyz`. */
export const openDatabase = () => upstream((_, response) => response.end())
