/** The columns of shipments_raw, in the order of schema.sql. */
export const COLUMNS = [
  'code',
  'customer_name',
  'customer_email',
  'customer_city',
  'phone1',
  'phone2',
  'from_depot',
  'to_depot',
  'tags_csv',
  'price',
  'created',
] as const

type Column = (typeof COLUMNS)[number]

/** A row as it stands in a table, every value as PostgreSQL prints it. */
export type RawRow = Record<Column, string | null>

export type Customer = { name: string; email: string; city: string; phones: string[] }

/** What a row says, however it is spelled: lists sorted, e-mails and depots in lower case. */
export type Shipment = {
  code: string
  customer: Customer | null
  from: string
  to: string
  tags: string[]
  cents: number
  created: string
}

/** A text without the spaces at its ends; undefined where nothing is left. */
export function tidy(text: string | null): string | undefined {
  return text?.replace(/^ +| +$/g, '') || undefined
}

const listOf = (texts: (string | null)[]): string[] => texts.flatMap((text) => tidy(text) ?? [])

/** Cents of a price as the README writes it; undefined for any other text. */
export function centsOf(price: string | null): number | undefined {
  const match = /^(\d+)(?:,(\d{1,2}))?$/.exec(tidy(price) ?? '')
  return match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : undefined
}

export function priceOf(cents: number): string {
  return `${Math.floor(cents / 100)},${String(cents % 100).padStart(2, '0')}`
}

/** The parts of a row, with nothing put right but spaces and case; undefined where one is wrong. */
function partsOf(row: RawRow): Shipment | undefined {
  const [code, from, to] = [tidy(row.code), tidy(row.from_depot), tidy(row.to_depot)]
  const cents = centsOf(row.price)
  const phones = listOf([row.phone1, row.phone2])
  const [name, email, city] = [row.customer_name, row.customer_email, row.customer_city].map(tidy)
  const ofCustomer = [name, email, city, ...phones].filter((text) => text !== undefined)
  if (!code || !from || !to || cents === undefined || row.created === null) return undefined
  if (ofCustomer.length > 0 && !/^[^@]+@[^@]+$/.test(email ?? '')) return undefined
  return {
    code,
    customer: email
      ? { name: name ?? '', email: email.toLowerCase(), city: city ?? '', phones: phones.sort() }
      : null,
    from: from.toLowerCase(),
    to: to.toLowerCase(),
    tags: listOf((row.tags_csv ?? '').split(',')).sort(),
    cents,
    created: row.created,
  }
}

const unique = (texts: string[]): string[] => [...new Set(texts)]

/** What becomes of the rows of shipments_raw: shipments, in which nothing is twice, and rejects. */
export function sortOut(rows: RawRow[]): { good: Shipment[]; rejects: RawRow[] } {
  const sorted = rows.map((row) => ({ row, parts: partsOf(row) }))
  return {
    good: sorted.flatMap(({ parts }) => {
      if (!parts) return []
      const { customer } = parts
      return {
        ...parts,
        customer: customer && { ...customer, phones: unique(customer.phones) },
        tags: unique(parts.tags),
      }
    }),
    rejects: sorted.filter(({ parts }) => !parts).map(({ row }) => row),
  }
}

/** The customers of these shipments, each once. */
export function customersOf(shipments: Shipment[]): Customer[] {
  const all = shipments.flatMap(({ customer }) => customer ?? [])
  return [...new Map(all.map((customer) => [customer.email, customer])).values()]
}

/** A shipment as a line of a message, in the columns of the view. */
export function lineOf({ code, customer, from, to, tags, cents, created }: Shipment): string {
  return JSON.stringify({
    code,
    customer_name: customer?.name ?? null,
    customer_email: customer?.email ?? null,
    customer_city: customer?.city ?? null,
    phones: customer?.phones ?? [],
    from_depot: from,
    to_depot: to,
    tags: tags.join(','),
    price: priceOf(cents),
    created,
  })
}

/** The same for a row of the view: each phone and tag must be there once, so nothing is left out. */
export function lineOfView(row: RawRow): string {
  const created = row.created?.replace(/ 00:00:00(\+00(:00)?)?$/, '') ?? null
  const parts = partsOf({ ...row, created })
  return parts ? lineOf(parts) : JSON.stringify(row)
}
