import { test } from 'vitest'
import { openSubmission, sharedUntilFailure } from '../../harness/index.ts'
import { expectRight, type World } from './agree.ts'
import { refusedFraming, refusedRequests } from './bad.ts'
import {
  anyRequest,
  bodyBytes,
  chunkedBody,
  cutsOf,
  ended,
  everyPage,
  oddHeaders,
  spelling,
} from './draw.ts'
import { changesOfMind } from './ends.ts'
import { crowds, heads, lastWords, vanish } from './lives.ts'
import { withoutHttp } from './no-http.ts'
import { echo, get, type Message, request } from './requests.ts'
import { makeSite } from './site.ts'

const submission = openSubmission(import.meta)

const world = sharedUntilFailure(
  async (): Promise<World> => {
    const site = makeSite(submission.temporaryFolder('site'), submission.fresh)
    const guard = withoutHttp(submission.temporaryFolder('guard'))
    const server = await submission.startServer({ env: { DOCROOT: site.root, ...guard } })
    return { server, site }
  },
  ({ server }) => server.kill(),
)

test('C1 sends every file and folder byte for byte, with its length and type', async () => {
  const { site } = await world()
  await expectRight(await world(), everyPage(submission.fresh, site))
})

test('C2 reads requests that are cut anywhere', async () => {
  const { fresh } = submission
  const { site } = await world()
  const conversations = fresh.list(70, () => {
    const messages = ended(fresh, fresh.int(1, 2), (parts) => anyRequest(fresh, site, parts))
    return { messages, cuts: cutsOf(fresh, messages), waits: fresh.oneIn() }
  })
  await expectRight(await world(), conversations)
})

test('C2 reads bodies of up to 1 MiB', async () => {
  const { fresh } = submission
  const bytes = Buffer.concat(Array(16).fill(fresh.bytes(64 * 1024)))
  const sizes = [32, 33, 100, 1024].map((kib) => kib * 1024)
  await expectRight(
    await world(),
    sizes.map((size) => ({
      messages: [
        echo({ bytes: bytes.subarray(0, size) }),
        echo({ bytes: bodyBytes(fresh) }, { connection: 'close' }),
      ],
    })),
  )
})

test('C3 answers requests that arrive in one piece, in their order', async () => {
  const { fresh } = submission
  const { site } = await world()
  const conversations = fresh.list(70, (index) => {
    const messages = ended(fresh, fresh.int(2, 6), (parts) => anyRequest(fresh, site, parts))
    // What is large takes long, and must not be overtaken.
    if (index % 8 === 0) messages.unshift(get(site.large))
    return { messages }
  })
  await expectRight(await world(), conversations)
})

test('C4 reads headers in any case and with any blanks around values', async () => {
  const { fresh } = submission
  const { site } = await world()
  const conversations = fresh.list(70, () => ({
    messages: ended(fresh, fresh.int(1, 3), (parts) =>
      anyRequest(fresh, site, { more: oddHeaders(fresh), ...spelling(fresh), ...parts }),
    ),
    waits: fresh.oneIn(),
  }))
  await expectRight(await world(), conversations)
})

test('C5 keeps connections open or closes them, as each request asks', async () => {
  const { site } = await world()
  await expectRight(await world(), changesOfMind(submission.fresh, site))
})

test('C6 sends nothing that is outside of DOCROOT', async () => {
  const { fresh } = submission
  const { site } = await world()
  const rule = 'What leads out of `DOCROOT` gets `400`, `403` or `404`, and never a file'
  const refused = [400, 403, 404]
  const ask = (target: string, method: string, statuses: number[]): Message => {
    const wants = { rule, statuses, never: site.secret }
    return request({ method, target, version: '1.1', connection: 'close', wants })
  }
  await expectRight(
    await world(),
    fresh.shuffle([
      ...site.outside.map((target) => ({ messages: [ask(target, 'GET', refused)] })),
      ...site.outside.slice(0, 5).map((target) => ({ messages: [ask(target, 'HEAD', refused)] })),
      ...site.above.map((target) => ({
        messages: [ask(target, 'GET', [...refused, 200, 301, 302, 307, 308])],
      })),
    ]),
  )
})

test('C7 puts chunked bodies together', async () => {
  const { fresh } = submission
  const { site } = await world()
  const conversations = fresh.list(80, (index) => {
    const messages = ended(fresh, fresh.int(1, 3), (parts) =>
      fresh.oneIn(4)
        ? get(site.plain, { body: chunkedBody(fresh), ...parts })
        : echo(chunkedBody(fresh), parts),
    )
    if (index % 2 === 0) return { messages }
    return { messages, cuts: cutsOf(fresh, messages), waits: fresh.oneIn() }
  })
  await expectRight(await world(), conversations)
})

test('C7 reads chunked bodies of up to 1 MiB', async () => {
  const { fresh } = submission
  const block = fresh.bytes(64 * 1024 + 1)
  const large = Buffer.concat(Array(12).fill(block))
  const bodies = [[block], [large], fresh.list(200, () => block.subarray(0, fresh.int(1, 4000)))]
  await expectRight(
    await world(),
    bodies.map((chunks) => ({
      messages: [
        echo({ chunks: chunks.map((bytes) => ({ bytes })) }),
        echo(chunkedBody(fresh), { connection: 'close' }),
      ],
    })),
  )
})

test('C8 refuses what is no request, and other methods', async () => {
  const { site } = await world()
  await expectRight(await world(), refusedRequests(submission.fresh, site))
})

test('C9 refuses a body whose end could be read in two ways', async () => {
  const { site } = await world()
  await expectRight(await world(), refusedFraming(submission.fresh, site))
})

test('C10 reads heads of up to 32 KiB and refuses larger ones', async () => {
  await expectRight(await world(), heads(submission.fresh, (await world()).site))
})

test('C10 answers a client that has closed its sending side', async () => {
  await expectRight(await world(), lastWords(submission.fresh, (await world()).site))
})

test('C10 serves others while connections are silent or in the middle of a request', async () => {
  await crowds(await world(), submission.fresh)
})

test('C10 survives clients that hang up', async () => {
  await vanish(await world(), submission.fresh)
})
