import type { NewParcel, Parcel, Status } from '../models/parcels.ts'

// TODO: the rules are in README.md. Each takes data, and returns the text of a whole page.

export function listPage(_data: { parcels: Parcel[]; status: Status }): string {
  return ''
}

export function formPage(_data: {
  values: Partial<NewParcel>
  errors: Partial<NewParcel>
}): string {
  return ''
}

export function parcelPage(_data: { parcel: Parcel }): string {
  return ''
}

export function messagePage(_data: { title: string; message: string }): string {
  return ''
}
