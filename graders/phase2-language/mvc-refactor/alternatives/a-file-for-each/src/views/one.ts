import { e, frame } from './frame.ts'

export function parcelPage({ parcel: { id, recipient, city, weightG, delivered } }: { parcel: any }): string {
  return frame(
    `Parcel ${id}`,
    `<p>To ${e(recipient)} in ${e(city)}, ${weightG} g</p>`,
    delivered ? '<p>Delivered.</p>' : `<form method="post" action="/parcels/${id}/deliver">\n<button>Deliver</button>\n</form>`,
  )
}

export function messagePage({ title, message }: { title: string; message: string }): string {
  return frame(title, `<p>${e(message)}</p>`)
}
