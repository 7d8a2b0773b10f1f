import { Eta } from 'eta'

const eta = new Eta({ autoEscape: true, autoTrim: false })
const layout = (title: string, body: string) =>
  eta.renderString(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title><%= it.title %></title></head><body><h1><%= it.title %></h1><%~ it.body %></body></html>',
    { title, body },
  )

const LIST = `<ul><% for (const p of it.parcels) { %>
  <li><a href="/parcels/<%= p.id %>"><%= p.recipient %>, <%= p.city %></a><% if (p.delivered) { %> (delivered)<% } %></li>
<% } %></ul>`

export function listPage({ parcels, status }: any) {
  const title = `${status === undefined ? 'All' : status === 'waiting' ? 'Waiting' : 'Delivered'} parcels`
  return layout(title, parcels.length ? eta.renderString(LIST, { parcels }) : '<p>No parcels.</p>')
}

const FIELD = `<p><label><%= it.name %> <input name="<%= it.name %>" value="<%= it.value %>"></label><% if (it.error) { %> <strong><%= it.error %></strong><% } %></p>`

export function formPage({ values, errors }: any) {
  const fields = ['recipient', 'city', 'weight'].map((name) =>
    eta.renderString(FIELD, { name, value: values[name] ?? '', error: errors[name] }),
  )
  return layout('New parcel', `<form method="post" action="/parcels">${fields.join('\n')}<button>Save</button></form>`)
}

const ONE = `<p>To <%= it.recipient %> in <%= it.city %>, <%= it.weightG %> g</p>
<% if (it.delivered) { %><p>Delivered.</p><% } else { %>
<form method="post" action="/parcels/<%= it.id %>/deliver"><button>Deliver</button></form><% } %>`

export const parcelPage = ({ parcel }: any) => layout(`Parcel ${parcel.id}`, eta.renderString(ONE, parcel))
export const messagePage = ({ title, message }: any) =>
  layout(title, eta.renderString('<p><%= it.message %></p>', { message }))
