import type { Fresh } from '../../harness/index.ts'
import { anyRequest, bodyBytes, missing, otherMethod } from './draw.ts'
import { echo, get, type Message, type Spec } from './requests.ts'
import type { Site } from './site.ts'
import type { Conversation } from './wire.ts'

const CLOSES = [
  'close',
  'Close',
  'CLOSE',
  'x-trace, close',
  'close, x-trace',
  'x-trace ,\tClose',
  'TE,close',
]
const OPEN = [
  'keep-alive',
  'Keep-Alive',
  'closed',
  'x-close',
  'not-close',
  'x-trace',
  'TE, x-trace',
  'close-later',
]
const KEEPS = [
  'keep-alive',
  'Keep-Alive',
  'KEEP-ALIVE',
  'x-trace, keep-alive',
  'keep-alive,TE',
  'x , Keep-Alive',
]
const ENDS = [undefined, 'x-trace', 'keep-alives', 'x-keep-alive', 'TE', 'close']

/** Requests of all statuses that stay open, or do not, and others behind them. */
export function changesOfMind(fresh: Fresh, site: Site): Conversation[] {
  const any = (parts: Partial<Spec>): Message =>
    fresh.pick([
      () => get(site.plain, parts),
      () => get(site.plain, { method: 'HEAD', ...parts }),
      () => missing(fresh.pick(site.missing), parts),
      () => otherMethod(fresh, site, parts),
      () => echo({ bytes: bodyBytes(fresh) }, parts),
    ])()
  const old = (parts: Partial<Spec>) =>
    any({ version: '1.0', host: fresh.oneIn() ? null : undefined, ...parts })
  const behind = () => fresh.list(fresh.int(0, 2), () => anyRequest(fresh, site))
  const stays = (): Message =>
    fresh.oneIn()
      ? any(fresh.oneIn() ? {} : { connection: fresh.pick(OPEN) })
      : old({ connection: fresh.pick(KEEPS) })
  const goes = [
    ...CLOSES.map((connection) => () => any({ connection })),
    ...ENDS.map((connection) => () => old({ connection })),
  ]
  const stay = [
    ...OPEN.map((connection) => () => any({ connection })),
    ...KEEPS.map((connection) => () => old({ connection })),
  ]
  return fresh.shuffle([
    // Each word by itself, then in company.
    ...goes.map((make): Conversation => ({ messages: [make(), ...behind()] })),
    ...stay.map(
      (make): Conversation => ({
        messages: [make(), any({ connection: 'close' })],
        waits: true,
      }),
    ),
    // Some servers count.
    { messages: [...fresh.list(120, () => get(site.plain)), any({ connection: 'close' })] },
    ...fresh.list(40, (): Conversation => {
      const waits = fresh.oneIn()
      const messages = [...fresh.list(fresh.int(0, 4), stays), fresh.pick(goes)()]
      return { messages: waits ? messages : [...messages, ...behind()], waits }
    }),
  ])
}
