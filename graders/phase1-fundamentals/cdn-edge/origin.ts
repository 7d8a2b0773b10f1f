import type { ServerResponse } from 'node:http'
import { type Arrived, type Upstream, upstream } from '../../harness/index.ts'

/** How the origin answers a request. */
export type Policy = {
  status: number
  headers: Record<string, string>
  /** What it takes for a version that the client has already. */
  etag?: string
  lastModified?: string
}

/** An answer that the origin gave. */
export type Given = {
  status: number
  headers: Record<string, string>
  body: string
  request: Arrived
}

/** Headers that the query of a request may ask for, as `try.ts` has it. */
const ASKED = ['cache-control', 'set-cookie', 'vary', 'last-modified'] as const

/** Reads from a path's query how it is answered. */
export function policyOf(path: string): Policy {
  const asked = new URL(path, 'http://origin').searchParams
  const headers: Record<string, string> = { 'content-type': 'text/plain' }
  for (const name of ASKED) {
    const value = asked.get(name)
    if (value !== null) headers[name] = value
  }
  const seconds = asked.get('expires')
  if (seconds !== null) {
    headers.expires = new Date(Date.now() + Number(seconds) * 1000).toUTCString()
  }
  const tag = asked.get('etag')
  if (tag !== null) headers.etag = `"${tag}"`
  return {
    status: Number(asked.get('status') ?? 200),
    headers,
    etag: headers.etag,
    lastModified: headers['last-modified'],
  }
}

/** Makes the query of a path whose answers have these headers. */
export function query(asked: Record<string, string | number>): string {
  const text = Object.entries(asked)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%2C', ',')}`)
    .join('&')
  return text === '' ? '' : `?${text}`
}

/** The origin of several hosts, which counts its answers. */
export class Origin {
  /** All its answers, oldest first. */
  readonly given: Given[] = []
  readonly #changes = new Map<string, Partial<Policy>>()
  #held: Promise<void> | undefined
  #upstream!: Upstream

  static async open(): Promise<Origin> {
    const origin = new Origin()
    origin.#upstream = await upstream((request, response) => origin.#answer(request, response))
    return origin
  }

  get port(): number {
    return this.#upstream.port
  }

  async #answer(request: Arrived, response: ServerResponse): Promise<void> {
    const change = this.#changes.get(pathOf(request.path))
    const answer = answerTo(request, change, this.asked(pathOf(request.path)).length + 1)
    this.given.push(answer)
    if (request.path.startsWith('/slow')) await this.#held
    const isBare = request.method === 'HEAD' || answer.status === 304
    const length = isBare ? {} : { 'content-length': Buffer.byteLength(answer.body) }
    response.writeHead(answer.status, { ...answer.headers, ...length })
    response.end(isBare ? undefined : answer.body)
  }

  /** From now on, requests for a path (whatever their query) are answered otherwise. */
  change(path: string, change: Partial<Policy>): void {
    this.#changes.set(path, change)
  }

  /** Holds back answers to paths that begin with `/slow`. @returns what lets them go */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    return resolve
  }

  /** What it has answered to requests for a path, whatever their query. */
  asked(path: string): Given[] {
    return this.given.filter(({ request }) => pathOf(request.path) === path)
  }

  stop(): Promise<void> {
    return this.#upstream.stop()
  }
}

const pathOf = (path: string) => path.split('?')[0]!

function answerTo(request: Arrived, change: Partial<Policy> = {}, count: number): Given {
  const { status, headers, etag, lastModified } = { ...policyOf(request.path), ...change }
  const tags = String(request.headers['if-none-match'] ?? '')
  const since = request.headers['if-modified-since']
  const isKnown = tags ? tags === etag : since !== undefined && since === lastModified
  // Names who asked, so that it can be seen who reads what was made for whom.
  const who = request.headers.authorization ? ` for ${request.headers.authorization}` : ''
  return {
    status: isKnown && status === 200 ? 304 : status,
    headers,
    body: `answer ${count}${who}: ${request.headers.host} ${request.path}\n`,
    request,
  }
}
