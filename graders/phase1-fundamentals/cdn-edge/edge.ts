import http from 'node:http'
import { type Answer, type Submission, send } from '../../harness/index.ts'
import { curl } from '../../harness/model/curl.ts'
import type { ModelRequest } from '../../harness/model/step.ts'
import { type Nginx, newPrefix, startNginx } from '../../harness/subjects/nginx.ts'
import { type Given, Origin } from './origin.ts'

/** A request to the edge. */
export type Asked = ModelRequest & { host?: string }

/** What the edge answered, and what the origin answered to it meanwhile. */
export type Seen = { answer: Answer; given: Given[]; xCache: string }

/** A running nginx with the learner's file, and the origin behind it. */
export class Edge {
  readonly origin: Origin
  readonly #nginx: Nginx
  readonly #agent = new http.Agent({ keepAlive: true })

  constructor(nginx: Nginx, origin: Origin) {
    this.#nginx = nginx
    this.origin = origin
  }

  /** Sends a request and waits for the answer. Nobody else may ask below the same first part of the path. */
  async ask(asked: Asked): Promise<Seen> {
    const before = this.origin.given.length
    const { method, path, body } = asked
    const target = { url: `http://127.0.0.1:${this.#nginx.ports.EDGE_PORT}` }
    const headers = headersOf(asked)
    const sending = { method, path, body, headers, agent: this.#agent, againIfClosed: true }
    const answer = await send(target, sending)
    const xCache = String(answer.headers['x-cache'] ?? '(none)')
    const given = this.origin.given.slice(before)
    return { answer, given: given.filter((one) => isBelow(one.request.path, path)), xCache }
  }
}

/** True where two paths begin with the same part; each test, and each program, has one of its own. */
const isBelow = (one: string, other: string) => partOf(one) === partOf(other)
const partOf = (path: string) => /^\/*([\w-]*)/.exec(path)![1]

const headersOf = ({ host = 'a.test', headers }: Asked) => ({ Host: host, ...headers })

/** The same request for a learner's shell: `$URL` is the address of `try.ts`. */
export function shown(asked: Asked): string {
  return curl({ ...asked, headers: headersOf(asked) })
}

/** Starts an origin, and nginx with the learner's file before it. */
export async function openEdge(submission: Submission): Promise<Edge> {
  const origin = await Origin.open()
  const folder = await newPrefix(submission)
  const nginx = await startNginx({
    file: 'edge.conf.template',
    template: submission.readText('edge.conf.template'),
    folder,
    ports: ['EDGE_PORT'],
    folders: ['CACHE_DIR'],
    values: { ORIGIN_PORT: origin.port },
  })
  return new Edge(nginx, origin)
}
