import type { NewParcel, Parcel, Status } from '../models/parcels.ts'

export type Model = {
  create(values: NewParcel): Promise<Parcel>
  find(id: number): Promise<Parcel>
  list(status: Status): Promise<Parcel[]>
  deliver(id: number): Promise<Parcel>
}
export type Request = {
  params: { id?: string }
  query: Record<string, string>
  body: Record<string, string>
}
export type Reply = { status: number; html: string } | { status: number; location: string }

// TODO: the rules are in README.md. Nothing here knows of SQL, or of node:http.
export function parcelsController(
  _model: Model,
): Record<'index' | 'show' | 'form' | 'create' | 'deliver', (request: Request) => Promise<Reply>> {
  const todo = async () => ({ status: 501, html: '' })
  return { index: todo, show: todo, form: todo, create: todo, deliver: todo }
}
