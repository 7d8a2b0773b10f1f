import { h, page } from './base.ts'
const titles: any = { waiting: 'Waiting', delivered: 'Delivered' }
export const listPage = ({ parcels, status }: any) => page(`${titles[status] ?? 'All'} parcels`, parcels.length ? `
    <ul>
      ${parcels.map((p: any) => `<li><a href="/parcels/${p.id}">${h(p.recipient)}, ${h(p.city)}</a>${p.delivered ? ' (delivered)' : ''}</li>`).join(`
      `)}
    </ul>` : `<p>No parcels.</p>`)
const field = (name: string, value: any, error: any) => `
      <p>
        <label>${name} <input name="${name}" value="${h(value)}"></label>
        ${error ? `<strong>${h(error)}</strong>` : ''}
      </p>`
export const formPage = ({ values, errors }: any) => page('New parcel', `
    <form method="post" action="/parcels">
      ${field('recipient', values.recipient, errors.recipient)}
      ${field('city', values.city, errors.city)}
      ${field('weight', values.weight, errors.weight)}
      <button>Save</button>
    </form>`)
export const parcelPage = ({ parcel: p }: any) => page(`Parcel ${p.id}`, `
    <p>To ${h(p.recipient)} in ${h(p.city)}, ${p.weightG} g</p>
    ${p.delivered ? '<p>Delivered.</p>' : `
    <form method="post" action="/parcels/${p.id}/deliver">
      <button>Deliver</button>
    </form>`}`)
export const messagePage = ({ title, message }: any) => page(title, `<p>${h(message)}</p>`)
