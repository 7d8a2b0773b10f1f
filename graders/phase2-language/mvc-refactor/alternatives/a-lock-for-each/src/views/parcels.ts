import type { NewParcel, Parcel, Status } from '../models/parcels.ts'
import { esc, layout } from './layout.ts'

export function listPage({ parcels, status }: { parcels: Parcel[]; status: Status }): string {
  let title = 'All parcels'
  if (status === 'waiting') title = 'Waiting parcels'
  if (status === 'delivered') title = 'Delivered parcels'
  if (parcels.length === 0) return layout(title, '<p>No parcels.</p>')
  let html = '<ul>'
  for (const parcel of parcels) {
    html += `<li><a href="/parcels/${parcel.id}">${esc(parcel.recipient)}, ${esc(parcel.city)}</a>`
    if (parcel.delivered) html += ' (delivered)'
    html += '</li>'
  }
  return layout(title, `${html}</ul>`)
}

export function formPage({ values, errors }: { values: Partial<NewParcel>; errors: Partial<NewParcel> }): string {
  let html = ''
  for (const name of ['recipient', 'city', 'weight'] as const) {
    html += `<p><label>${name} <input name="${name}" value="${esc(values[name] ?? '')}"></label>`
    const error = errors[name]
    if (error) html += ` <strong>${esc(error)}</strong>`
    html += '</p>'
  }
  return layout('New parcel', `<form method="post" action="/parcels">${html}<button>Save</button></form>`)
}

export function parcelPage({ parcel }: { parcel: Parcel }): string {
  let html = `<p>To ${esc(parcel.recipient)} in ${esc(parcel.city)}, ${parcel.weightG} g</p>`
  if (parcel.delivered) html += '<p>Delivered.</p>'
  else html += `<form method="post" action="/parcels/${parcel.id}/deliver"><button>Deliver</button></form>`
  return layout(`Parcel ${parcel.id}`, html)
}

export function messagePage({ title, message }: { title: string; message: string }): string {
  return layout(title, `<p>${esc(message)}</p>`)
}
