import { html, layout } from './html.ts'

export const listPage = ({ parcels, status }: any) => {
  const title = status ? `${status[0].toUpperCase()}${status.slice(1)} parcels` : 'All parcels'
  if (!parcels.length) return layout(title, html`<p>No parcels.</p>`)
  const items = parcels.map(
    (p: any) => html`<li><a href="/parcels/${p.id}">${p.recipient}, ${p.city}</a>${p.delivered ? ' (delivered)' : ''}</li>`,
  )
  return layout(title, html`<ul>${items}</ul>`)
}

export const formPage = ({ values, errors }: any) => {
  const fields = ['recipient', 'city', 'weight'].map((name) => {
    const error = errors[name] ? html` <strong>${errors[name]}</strong>` : ''
    return html`<p><label>${name} <input name="${name}" value="${values[name]}"></label>${error}</p>`
  })
  return layout(
    'New parcel',
    html`<form method="post" action="/parcels">
      ${fields}
      <button>Save</button>
    </form>`,
  )
}

export const parcelPage = ({ parcel }: any) =>
  layout(
    `Parcel ${parcel.id}`,
    html`<p>To ${parcel.recipient} in ${parcel.city}, ${parcel.weightG} g</p>
    ${
      parcel.delivered
        ? html`<p>Delivered.</p>`
        : html`<form method="post" action="/parcels/${parcel.id}/deliver"><button>Deliver</button></form>`
    }`,
  )

export const messagePage = ({ title, message }: any) => layout(title, html`<p>${message}</p>`)
