// Reads answers as they stand on the wire, strictly: what this cannot read, no client must.

/** One answer of the server. Header names are in lower case. */
export type Answer = {
  status: number
  headers: Map<string, string[]>
  body: Buffer
  /** What `Content-Length` says, which for HEAD is not the length of the body. */
  length: number
}

/** What became of reading: an answer, a need for more bytes, or a complaint with the rule that is broken. */
export type Reading =
  | { answer: Answer; used: number }
  | { more: true }
  | { wrong: string; rule: string }

const FORM =
  'A status line such as `HTTP/1.1 200 OK`, header lines, an empty line, the body. Every line of the head ends with `\\r\\n`.'
const LENGTH =
  'Every answer has one `Content-Length`, the number of *bytes* in its body; none is chunked.'
const NO_BODY = 'The status, `Content-Length` and `Content-Type` of `GET`, and no body.'

/** More than any head that a server has reason to send. */
const MOST_HEAD = 64 * 1024

/**
 * Reads the next answer.
 * @param methods of the request that it answers, and of the one before
 */
export function readAnswer(bytes: Buffer, method: string, before?: string): Reading {
  const begin = bytes.toString('latin1', 0, 5)
  if (!'HTTP/'.startsWith(begin.slice(0, 5))) {
    if (before === 'HEAD')
      return { wrong: 'behind the head of the answer to HEAD came a body', rule: NO_BODY }
    const what = before
      ? 'what came behind the answer before is no status line'
      : 'what came does not begin with a status line'
    return {
      wrong: `${what}: ${JSON.stringify(bytes.toString('latin1', 0, 40))}`,
      rule: before ? LENGTH : FORM,
    }
  }
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) {
    if (bytes.indexOf('\n\n') >= 0 || bytes.length > MOST_HEAD) {
      return { wrong: 'the head does not end with \\r\\n\\r\\n', rule: FORM }
    }
    return { more: true }
  }
  const [first, ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = /^HTTP\/1\.[01] ([1-5]\d\d)( .*)?$/.exec(first!)?.[1]
  if (!status || first!.includes('\n')) {
    return { wrong: `the status line is ${JSON.stringify(first)}`, rule: FORM }
  }
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const [, name, value] =
      /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined) {
      return { wrong: `${JSON.stringify(line)} is no header line`, rule: FORM }
    }
    const key = name.toLowerCase()
    headers.set(key, [...(headers.get(key) ?? []), value!])
  }
  const lengths = headers.get('content-length') ?? []
  if (headers.has('transfer-encoding')) {
    return { wrong: 'the answer has a Transfer-Encoding', rule: LENGTH }
  }
  if (lengths.length !== 1) {
    const many = lengths.length === 0 ? 'no' : lengths.length
    return { wrong: `the answer has ${many} Content-Length`, rule: LENGTH }
  }
  if (!/^\d{1,12}$/.test(lengths[0]!)) {
    return { wrong: `Content-Length is ${JSON.stringify(lengths[0])}`, rule: LENGTH }
  }
  const length = Number(lengths[0])
  const begins = end + 4
  const ends = method === 'HEAD' ? begins : begins + length
  if (bytes.length < ends) return { more: true }
  return {
    answer: { status: Number(status), headers, body: bytes.subarray(begins, ends), length },
    used: ends,
  }
}

/** The words of the answer's `Connection` header. */
export const optionsOf = ({ headers }: Answer): string[] =>
  (headers.get('connection') ?? []).flatMap((value) => value.toLowerCase().split(/[ \t]*,[ \t]*/))
