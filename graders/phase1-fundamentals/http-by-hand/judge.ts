import { STATUS_CODES } from 'node:http'
import { type Answer, optionsOf } from './answers.ts'
import type { Message } from './requests.ts'
import {
  ANNOUNCED,
  BEHIND,
  HEAD,
  KEEP_ALIVE,
  LAST_WORD,
  LENGTH,
  OPEN,
  OPEN_1_0,
  ORDER,
  OUTSIDE,
  PIECES,
  REFUSED,
  TYPES,
} from './rules.ts'
import { indented, showBytes } from './show.ts'
import { type Conversation, type Heard, piecesOf } from './wire.ts'

/** What is wrong with what came back. */
export type Complaint = {
  text: string
  rule: string
  /** Of what kind: the search for the shortest failure stays with one. */
  kind: 'answer' | 'missing' | 'form' | 'connection' | 'behind'
}

type Finding = Pick<Complaint, 'text' | 'rule'>

const isReadable = ({ bytes }: Message) =>
  /^[A-Z]+ \S+ HTTP\/1\.[01]\r\n/i.test(bytes.toString('latin1', 0, 200))

/** How many of the messages must be answered: those up to the first that closes. */
export function wantedAnswers({ messages }: Conversation): number {
  const closing = messages.findIndex(({ wants }) => wants.after === 'close')
  return closing < 0 ? messages.length : closing + 1
}

const nth = (index: number, { messages }: Conversation) =>
  messages.length === 1 ? 'the request' : `request ${index + 1} of ${messages.length}`
const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1)
const status = (code: number) => `${code} ${STATUS_CODES[code] ?? ''}`.trim()

/** The rule by which a connection stays open, or closes, behind a message. */
const ruleOfEnd = ({ bytes, wants }: Message) => {
  const first = bytes.toString('latin1', 0, bytes.indexOf('\r\n'))
  if (wants.after === 'open') return first.endsWith('HTTP/1.0') ? OPEN_1_0 : OPEN
  const says = /\r\nconnection[ \t]*:.*close/i.test(bytes.toString('latin1'))
  return first.endsWith('HTTP/1.1') && says ? OPEN : first.endsWith('HTTP/1.0') ? OPEN_1_0 : REFUSED
}

function aboutAnswer(answer: Answer, { method, wants }: Message): Finding | undefined {
  const { rule } = wants
  const location = answer.headers.get('location')?.[0] ?? ''
  const redirected =
    wants.redirect !== undefined &&
    [301, 302, 307, 308].includes(answer.status) &&
    new URL(location, 'http://depot.test').pathname === wants.redirect
  if (!redirected && !wants.statuses.includes(answer.status)) {
    return {
      rule,
      text: `was answered with ${status(answer.status)}, expected ${wants.statuses.map(status).join(' or ')}`,
    }
  }
  if (redirected) return undefined
  const type = answer.headers.get('content-type')?.[0]
  const essence = (type ?? '').split(';', 1).join('').trim().toLowerCase()
  if (wants.types && !wants.types.includes(essence)) {
    const came = type === undefined ? 'without a Content-Type' : `with Content-Type: ${type}`
    return {
      rule: method === 'HEAD' ? HEAD : TYPES,
      text: `was answered ${came}, expected ${wants.types.join(' or ')}`,
    }
  }
  if (!wants.body) return undefined
  if (answer.length !== wants.body.length) {
    const text = `was answered with Content-Length: ${answer.length}, expected ${wants.body.length}`
    if (method === 'HEAD') return { rule: HEAD, text }
    return {
      rule: answer.body.subarray(0, wants.body.length).equals(wants.body) ? LENGTH : rule,
      text,
    }
  }
  if (method === 'HEAD' || answer.body.equals(wants.body)) return undefined
  const at = answer.body.findIndex((byte, index) => byte !== wants.body![index])
  const around = (bytes: Buffer) => bytes.toString('hex', at, at + 8).replaceAll(/..(?=.)/g, '$& ')
  return {
    rule,
    text: `was answered with another body: byte ${at + 1} and those behind it are ${around(answer.body)}, expected ${around(wants.body)}`,
  }
}

/** What is wrong with the connection behind an answer, by what the answer says. */
function aboutOptions(answer: Answer, message: Message, name: string): Finding | undefined {
  const { wants } = message
  const options = optionsOf(answer)
  if (wants.after === 'close' && !options.includes('close')) {
    const text = `The answer to ${name} does not say Connection: close`
    const stays = options.includes('keep-alive')
    return { rule: stays ? (wants.odd ?? ruleOfEnd(message)) : ANNOUNCED, text }
  }
  if (wants.after === 'open' && options.includes('close')) {
    const text = `The answer to ${name} says Connection: close, but the connection must stay open`
    return { rule: wants.odd ?? ruleOfEnd(message), text }
  }
  if (wants.saysKeepAlive && !options.includes('keep-alive')) {
    return { rule: KEEP_ALIVE, text: `The answer to ${name} does not say Connection: keep-alive` }
  }
  return undefined
}

/** The rule that is likely broken where a request is answered wrongly, or not at all. */
function ruleOf(conversation: Conversation, index: number, own: string): string {
  const { messages, cuts = [], lastWord } = conversation
  // What is left of a conversation has been tried without this, and went well.
  if (lastWord) return LAST_WORD
  if (cuts.length > 0) return PIECES
  const [before, at] = [messages[index - 1]?.wants, messages[index]!.wants]
  return at.odd ?? before?.odd ?? before?.framing ?? own
}

function missing(conversation: Conversation, heard: Heard, index: number): Complaint {
  const { messages, waits } = conversation
  const { end, rest, wrong } = heard
  const name = nth(index, conversation)
  if (wrong) {
    return { kind: 'form', rule: wrong.rule, text: `The answer to ${name}: ${wrong.text}` }
  }
  const begun = rest.length > 0 ? 'got no whole answer' : 'got no answer'
  const how = end === 'silent' ? 'nothing more came' : 'the server closed the connection'
  const before = messages[index - 1]
  const own =
    rest.length > 0
      ? LENGTH
      : before && end !== 'silent'
        ? ruleOfEnd(before)
        : before && !waits && isReadable(messages[index]!)
          ? ORDER
          : messages[index]!.wants.rule
  return {
    kind: 'missing',
    rule: ruleOf(conversation, index, own),
    text: `${capital(name)} ${begun}: ${how}`,
  }
}

/** What is wrong behind the last answer that had to come. */
function aboutEnd(conversation: Conversation, heard: Heard, wanted: number): Complaint | undefined {
  const { messages } = conversation
  const { answers, end, rest, wrong } = heard
  const last = messages[wanted - 1]!
  const name = nth(wanted - 1, conversation)
  const another = rest.toString('latin1', 0, 5) === 'HTTP/'
  if (answers.length > wanted || another || (wrong && wanted < messages.length)) {
    return {
      kind: 'behind',
      rule: isReadable(last) && !last.wants.statuses.includes(400) ? BEHIND : REFUSED,
      text: `What came behind ${name} was answered, although the connection had to be closed`,
    }
  }
  if (rest.length > 0 || wrong) {
    const text = `Behind the answer to ${name} came ${rest.length} more bytes`
    return last.method === 'HEAD'
      ? { kind: 'form', rule: HEAD, text: `${text}: a body?` }
      : { kind: 'form', rule: LENGTH, text }
  }
  if (end === 'silent') {
    const text = `The connection is still open behind the answer to ${name}`
    return { kind: 'connection', rule: ruleOfEnd(last), text }
  }
  return undefined
}

/** Compares what came back with what had to come. */
export function complaintOf(conversation: Conversation, heard: Heard): Complaint | undefined {
  const wanted = wantedAnswers(conversation)
  for (const [index, message] of conversation.messages.slice(0, wanted).entries()) {
    const { wants } = message
    const name = nth(index, conversation)
    const answer = heard.answers[index]
    if (wants.never && heard.bytes.includes(wants.never)) {
      const text = `${capital(name)} was answered with what is in a file outside of DOCROOT`
      return { kind: 'answer', rule: OUTSIDE, text }
    }
    if (!answer) {
      if (wants.mayReset && heard.end === 'reset') return undefined
      return missing(conversation, heard, index)
    }
    const about = aboutAnswer(answer, message)
    if (about) {
      const rule = ruleOf(conversation, index, about.rule)
      return { kind: 'answer', rule, text: `${capital(name)} ${about.text}` }
    }
    const options = aboutOptions(answer, message, name)
    if (options) return { kind: 'connection', ...options }
  }
  return aboutEnd(conversation, heard, wanted)
}

function howSent({ waits, lastWord }: Conversation, pieces: number): string {
  const side = lastWord ? ', and then the sending side was closed' : ''
  if (waits) return `each request after the answer to the one before${side}`
  return `${pieces === 1 ? 'all in one piece' : `in ${pieces} pieces`}${side}`
}

const MOST_PIECES = 6

/** The conversation as it went. */
export function transcript(conversation: Conversation, heard: Heard): string {
  const pieces = piecesOf(conversation)
  const shown = pieces.slice(0, MOST_PIECES).map(({ bytes }) => indented(showBytes(bytes)))
  if (pieces.length > MOST_PIECES) {
    const left = Buffer.concat(pieces.slice(MOST_PIECES).map(({ bytes }) => bytes))
    shown.push(
      `${indented(showBytes(left))}\n  [these bytes in ${pieces.length - MOST_PIECES} pieces]`,
    )
  }
  const between = conversation.waits ? '\n  -- after the answer --\n' : '\n  -- next piece --\n'
  const ends = {
    closed: '[the server closed the connection]',
    reset: '[the connection was reset]',
    silent: '[nothing more, and the connection stayed open]',
    open: '',
  }
  const came = [
    heard.bytes.length > 0 ? indented(showBytes(heard.bytes)) : '',
    ends[heard.end] && `  ${ends[heard.end]}`,
  ]
  return `Sent on one connection, ${howSent(conversation, pieces.length)}:\n\n${shown.join(between)}\n\nCame back:\n\n${came.filter(Boolean).join('\n')}`
}
