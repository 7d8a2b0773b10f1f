import type { NewParcel, Parcel, Status } from '../models/parcels.ts'

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Returns a text as HTML, for an element or an attribute in quotes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}

/** Returns a whole page. @param title a text @param body HTML */
function page(title: string, body: string): string {
  const text = escaped(title)
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${text}</title></head><body><h1>${text}</h1>${body}</body></html>`
}

/** Returns the page of several parcels. */
export function listPage({ parcels, status }: { parcels: Parcel[]; status: Status }): string {
  const titles = { waiting: 'Waiting parcels', delivered: 'Delivered parcels' }
  const items = parcels.map(({ id, recipient, city, delivered }) => {
    const text = `${escaped(recipient)}, ${escaped(city)}`
    return `<li><a href="/parcels/${id}">${text}</a>${delivered ? ' (delivered)' : ''}</li>`
  })
  const body = items.length === 0 ? '<p>No parcels.</p>' : `<ul>${items.join('')}</ul>`
  return page(status ? titles[status] : 'All parcels', body)
}

/** Returns the form, with what was typed and what is wrong with it. */
export function formPage({
  values,
  errors,
}: {
  values: Partial<NewParcel>
  errors: Partial<NewParcel>
}): string {
  const fields = (['recipient', 'city', 'weight'] as const).map((name) => {
    const input = `<input name="${name}" value="${escaped(values[name] ?? '')}">`
    const error = errors[name] ? ` <strong>${escaped(errors[name])}</strong>` : ''
    return `<p><label>${name} ${input}</label>${error}</p>`
  })
  const form = `<form method="post" action="/parcels">${fields.join('')}<button>Save</button></form>`
  return page('New parcel', form)
}

/** Returns the page of one parcel. */
export function parcelPage({ parcel }: { parcel: Parcel }): string {
  const { id, recipient, city, weightG, delivered } = parcel
  const about = `<p>To ${escaped(recipient)} in ${escaped(city)}, ${weightG} g</p>`
  const form = `<form method="post" action="/parcels/${id}/deliver"><button>Deliver</button></form>`
  return page(`Parcel ${id}`, about + (delivered ? '<p>Delivered.</p>' : form))
}

/** Returns a page that says one thing. */
export function messagePage({ title, message }: { title: string; message: string }): string {
  return page(title, `<p>${escaped(message)}</p>`)
}
