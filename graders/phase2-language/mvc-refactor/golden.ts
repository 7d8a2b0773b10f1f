import fc from 'fast-check'

// What the old server answers, written down once more.

export type Parcel = {
  id: number
  recipient: string
  city: string
  weightG: number
  delivered: boolean
}
export type Fields = Partial<Record<'recipient' | 'city' | 'weight', string>>

export function escaped(text: string): string {
  const entities: [string, string][] = [
    ['&', '&amp;'],
    ['<', '&lt;'],
    ['>', '&gt;'],
    ['"', '&quot;'],
    ["'", '&#39;'],
  ]
  return entities.reduce((all, [character, entity]) => all.replaceAll(character, entity), text)
}

function page(title: string, body: string): string {
  const text = escaped(title)
  const head = `<head><meta charset="utf-8"><title>${text}</title></head>`
  return `<!doctype html><html lang="en">${head}<body><h1>${text}</h1>${body}</body></html>`
}

export function listPage(parcels: Parcel[], status: string | undefined): string {
  const item = ({ id, recipient, city, delivered }: Parcel) =>
    `<li><a href="/parcels/${id}">${escaped(recipient)}, ${escaped(city)}</a>${delivered ? ' (delivered)' : ''}</li>`
  const word = status === 'waiting' ? 'Waiting' : status === 'delivered' ? 'Delivered' : 'All'
  const none = '<p>No parcels.</p>'
  return page(`${word} parcels`, parcels.length ? `<ul>${parcels.map(item).join('')}</ul>` : none)
}

export function formPage(values: Fields, errors: Fields): string {
  const field = (name: keyof Fields) => {
    const error = errors[name] ? ` <strong>${escaped(errors[name])}</strong>` : ''
    const value = escaped(values[name] ?? '')
    return `<p><label>${name} <input name="${name}" value="${value}"></label>${error}</p>`
  }
  const fields = [field('recipient'), field('city'), field('weight')].join('')
  const form = `<form method="post" action="/parcels">${fields}<button>Save</button></form>`
  return page('New parcel', form)
}

export function parcelPage({ id, recipient, city, weightG, delivered }: Parcel): string {
  const button = `<form method="post" action="/parcels/${id}/deliver"><button>Deliver</button></form>`
  const about = `<p>To ${escaped(recipient)} in ${escaped(city)}, ${weightG} g</p>`
  return page(`Parcel ${id}`, about + (delivered ? '<p>Delivered.</p>' : button))
}

export function messagePage(title: string, message: string): string {
  return page(title, `<p>${escaped(message)}</p>`)
}

/**
 * A tag a line, without the white space between tags, and with each other run of it as one blank. What is escaped
 * in another way, such as `&#x27;`, is escaped as the old server does.
 */
export function normal(html: string): string {
  const same = html.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|apos);/gi, (all, decimal, hex) => {
    const point = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : 39
    return point > 0x10ffff ? all : escaped(String.fromCodePoint(point))
  })
  return same.trim().replace(/\s+/g, ' ').replace(/> ?</g, '>\n<')
}

export const MESSAGES = {
  recipient: 'Who gets it?',
  city: 'Where to?',
  weight: 'From 1 to 30000 grams.',
  unknown: (id: number) => `There is no parcel ${id}.`,
  twice: (id: number) => `Parcel ${id} is delivered already.`,
}

/** What is wrong with the fields of a form. */
export function errorsOf({ recipient = '', city = '', weight = '' }: Fields): Fields {
  const grams = /^[0-9]+$/.test(weight) ? Number(weight) : 0
  return {
    ...(recipient.trim() === '' && { recipient: MESSAGES.recipient }),
    ...(city.trim() === '' && { city: MESSAGES.city }),
    ...((grams < 1 || grams > 30_000) && { weight: MESSAGES.weight }),
  }
}

/** The old server's parcels. Ids begin with 1. */
export class Depot {
  readonly parcels: Parcel[] = []

  create(fields: Fields): Parcel {
    const parcel = {
      id: this.parcels.length + 1,
      recipient: fields.recipient!.trim(),
      city: fields.city!.trim(),
      weightG: Number(fields.weight),
      delivered: false,
    }
    this.parcels.push(parcel)
    return parcel
  }

  list(status?: string): Parcel[] {
    const wanted = ({ delivered }: Parcel) =>
      status === 'waiting' ? !delivered : status === 'delivered' ? delivered : true
    return this.parcels.filter(wanted).toReversed()
  }

  find(id: number): Parcel | undefined {
    return this.parcels[id - 1]
  }
}

export const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus='alert(1)",
  '&amp; &lt;b&gt;',
  '</title><h1>',
  '$& $1 $`',
]

/** Texts as they are typed. */
export const typed = fc.oneof(
  fc.constantFrom('Ann', ' Bo ', 'Łucja', 'São Bento', '📦', 'constructor', '0', 'a, b', 'x  y'),
  fc.constantFrom(...HOSTILE),
)
export const nothing = fc.constantFrom('', ' ', '\t\n')
export const weight = fc.constantFrom('1', '30000', '250', '007')
export const wrongWeight = fc.constantFrom('0', '30001', '', '-5', '1.5', '1e3', 'x', '5 ', '٣')

export const goodFields = fc.record({ recipient: typed, city: typed, weight })
export const anyFields = fc.record(
  {
    recipient: fc.oneof({ weight: 2, arbitrary: typed }, { weight: 1, arbitrary: nothing }),
    city: fc.oneof({ weight: 2, arbitrary: typed }, { weight: 1, arbitrary: nothing }),
    weight: fc.oneof(weight, wrongWeight),
  },
  { requiredKeys: [], noNullPrototype: true },
)
