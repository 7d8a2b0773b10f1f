import type { NewParcel, Parcel, Status } from '../models/parcels.ts'
import { formPage, listPage, messagePage, parcelPage } from '../views/parcels.ts'

export type Model = {
  create(values: NewParcel): Promise<Parcel>
  find(id: number): Promise<Parcel>
  list(status: Status): Promise<Parcel[]>
  deliver(id: number): Promise<Parcel>
}
export type Request = { params: { id?: string }; query: Record<string, string>; body: Record<string, string> }
export type Reply = { status: number; html: string } | { status: number; location: string }

function errorReply(error: any): Reply {
  if (error.name === 'NotFound') return { status: 404, html: messagePage({ title: 'Not found', message: error.message }) }
  if (error.name === 'Conflict') return { status: 409, html: messagePage({ title: 'Conflict', message: error.message }) }
  throw error
}

export function parcelsController(model: Model) {
  return {
    async index({ query }: Request): Promise<Reply> {
      let status: Status
      if (query.status === 'waiting' || query.status === 'delivered') status = query.status
      const parcels = await model.list(status)
      return { status: 200, html: listPage({ parcels, status }) }
    },
    async form(_: Request): Promise<Reply> {
      return { status: 200, html: formPage({ values: {}, errors: {} }) }
    },
    async create({ body }: Request): Promise<Reply> {
      const values = { recipient: body.recipient ?? '', city: body.city ?? '', weight: body.weight ?? '' }
      try {
        const parcel = await model.create(values)
        return { status: 303, location: `/parcels/${parcel.id}` }
      } catch (error: any) {
        if (error.name === 'Invalid') return { status: 422, html: formPage({ values, errors: error.errors }) }
        throw error
      }
    },
    async show({ params }: Request): Promise<Reply> {
      try {
        const parcel = await model.find(Number(params.id))
        return { status: 200, html: parcelPage({ parcel }) }
      } catch (error) {
        return errorReply(error)
      }
    },
    async deliver({ params }: Request): Promise<Reply> {
      try {
        await model.deliver(Number(params.id))
        return { status: 303, location: `/parcels/${params.id}` }
      } catch (error) {
        return errorReply(error)
      }
    },
  }
}
