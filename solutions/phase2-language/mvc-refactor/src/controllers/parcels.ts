import type { NewParcel, Parcel, Status } from '../models/parcels.ts'
import { formPage, listPage, messagePage, parcelPage } from '../views/parcels.ts'

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
type Handler = (request: Request) => Promise<Reply>
export type Controller = Record<'index' | 'show' | 'form' | 'create' | 'deliver', Handler>

/** Returns the handlers of parcels, on any model. */
export function parcelsController(model: Model): Controller {
  return {
    async index({ query }) {
      const asked = query.status
      const status = asked === 'waiting' || asked === 'delivered' ? asked : undefined
      return { status: 200, html: listPage({ parcels: await model.list(status), status }) }
    },
    async form() {
      return { status: 200, html: formPage({ values: {}, errors: {} }) }
    },
    async create({ body }) {
      const { recipient = '', city = '', weight = '' } = body
      const values = { recipient, city, weight }
      try {
        const { id } = await model.create(values)
        return { status: 303, location: `/parcels/${id}` }
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'Invalid') throw error
        const { errors } = error as Error & { errors: Partial<NewParcel> }
        return { status: 422, html: formPage({ values, errors }) }
      }
    },
    show: explained(async ({ params }) => {
      const parcel = await model.find(Number(params.id))
      return { status: 200, html: parcelPage({ parcel }) }
    }),
    deliver: explained(async ({ params }) => {
      const { id } = await model.deliver(Number(params.id))
      return { status: 303, location: `/parcels/${id}` }
    }),
  }
}

/** Answers with a page where the model has no such parcel, or it is in the wrong state. */
function explained(handler: Handler): Handler {
  return async (request) => {
    try {
      return await handler(request)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const { name, message } = error
      if (name === 'NotFound') {
        return { status: 404, html: messagePage({ title: 'Not found', message }) }
      }
      if (name === 'Conflict') {
        return { status: 409, html: messagePage({ title: 'Conflict', message }) }
      }
      throw error
    }
  }
}
