/** A record as dns-packet reads it. */
export type RecordOf = { name: string; type: string; ttl: number; data: unknown }

/** A name as names are compared. */
export const of = (name: unknown): string => String(name).toLowerCase()

/** A record's data as one text: names in small letters. */
export function dataOf({ type, data }: RecordOf): string {
  if (type === 'MX') {
    const { preference, exchange } = data as { preference: number; exchange: string }
    return `${preference} ${of(exchange)}`
  }
  if (type === 'NS' || type === 'CNAME') return of(data)
  if (type === 'TXT') return JSON.stringify(textOf(data))
  if (type === 'SOA' || type === 'CAA') return JSON.stringify(data)
  return String(data)
}

/** The strings of a TXT record are one text, as its readers put them together. */
const textOf = (data: unknown) => [data].flat().map(String).join('')

/** The texts of TXT records that are SPF rules. */
export function spfOf(records: RecordOf[]): string[] {
  return records.map(({ data }) => textOf(data)).filter((text) => /^v=spf1( |$)/i.test(text))
}

/** Who may issue certificates; '' for nobody. Parameters behind a semicolon are left out. */
export function caasOf(records: RecordOf[]): { issue: string[]; issuewild: string[] } {
  const valuesOf = (wanted: string) =>
    records
      .map(({ data }) => data as { tag: string; value: string })
      .filter(({ tag }) => of(tag) === wanted)
      .map(({ value }) => of(value).split(';')[0]!.trim())
  return { issue: valuesOf('issue'), issuewild: valuesOf('issuewild') }
}

/**
 * What BIND says of a file, each once, with the line of the file that it speaks of behind it.
 * @param messages such as "dns_master_load: pelican.test.zone:12: …"
 */
export function withLines(messages: string[], text: string): string[] {
  const lines = text.split('\n')
  const shown = messages.map((message) => {
    const said = message.replace(/^dns_master_load: /, '')
    const line = lines[Number(/\.zone:(\d+):/.exec(said)?.[1]) - 1]
    return line === undefined ? said : `${said}   ← ${line.trim()}`
  })
  return [...new Set(shown)]
}
