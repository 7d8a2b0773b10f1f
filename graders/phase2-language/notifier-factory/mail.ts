/** A message as a mail program shows it. */
export type Mail = { headers: [name: string, value: string][]; ascii: boolean; body: string[] }

/** Reads a message: unfolds and decodes its headers, decodes its body. */
export function readMail(message: Buffer): Mail {
  const text = message.toString('latin1')
  const [, head = text, , rest = ''] = /^([\s\S]*?)(\r?\n)\r?\n([\s\S]*)$/.exec(text) ?? []
  const headers = head
    .replace(/(?:\r?\n|\r)(?=[ \t])/g, '')
    // A carriage return alone ends a line for many a program.
    .split(/\r?\n|\r/)
    .map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).trim().toLowerCase(), decodeWords(line.slice(colon + 1).trim())]
    })
  const encoding = headers.find(([name]) => name === 'content-transfer-encoding')?.[1]
  const body = decodeBody(rest, encoding?.toLowerCase()).toString('utf8')
  return { headers, ascii: /^[\x00-\x7f]*$/.test(head), body: linesOf(body) }
}

/** The lines of a body; empty ones at its end are nobody's concern. */
export function linesOf(body: string): string[] {
  return body.replace(/(\r?\n)+$/, '').split(/\r?\n/)
}

/** Encoded words (RFC 2047); the blanks between two of them are not part of the text. */
function decodeWords(value: string): string {
  const joined = value.replace(/(\?=)[ \t]+(?==\?)/g, '$1')
  // Words that follow one another are put together as bytes: some cut a character in two.
  return joined.replace(/(?:=\?[^?]+\?[BbQq]\?[^?]*\?=)+/g, (run) => {
    const words = [...run.matchAll(/=\?([^?]+)\?([BbQq])\?([^?]*)\?=/g)]
    const bytes = words.map(([, , kind, text = '']) =>
      kind!.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64')
        : quotedPrintable(text.replaceAll('_', ' ')),
    )
    const charset = words[0]![1]!
    try {
      return new TextDecoder(charset).decode(Buffer.concat(bytes))
    } catch {
      return `(a charset that is not known: ${charset})`
    }
  })
}

function decodeBody(text: string, encoding: string | undefined): Buffer {
  if (encoding === 'base64') return Buffer.from(text, 'base64')
  if (encoding === 'quoted-printable') return quotedPrintable(text.replace(/=[ \t]*\r?\n/g, ''))
  return Buffer.from(text, 'latin1')
}

function quotedPrintable(text: string): Buffer {
  const bytes = text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1')
}
