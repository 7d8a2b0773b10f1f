import { formPage, listPage, parcelPage } from '../views/parcels.ts'
import { ok, redirect, sorry } from './replies.ts'

export function parcelsController(model: any): any {
  return {
    index({ query: { status } }: any) {
      const known = /^(waiting|delivered)$/.test(status ?? '') ? status : undefined
      return model.list(known).then((parcels: any[]) => ok(listPage({ parcels, status: known })))
    },
    form: () => Promise.resolve(ok(formPage({ values: {}, errors: {} }))),
    show: ({ params }: any) =>
      model.find(Number.parseInt(params.id, 10)).then((parcel: any) => ok(parcelPage({ parcel })), sorry),
    deliver: ({ params }: any) =>
      model.deliver(Number.parseInt(params.id, 10)).then((parcel: any) => redirect(parcel.id), sorry),
    create({ body }: any) {
      const values = { ...{ recipient: '', city: '', weight: '' } }
      for (const name of ['recipient', 'city', 'weight'] as const) if (body[name]) values[name] = body[name]
      return model.create(values).then(
        (parcel: any) => redirect(parcel.id),
        (error: any) => {
          if (error.name === 'Invalid') return { status: 422, html: formPage({ values, errors: error.errors }) }
          throw error
        },
      )
    },
  }
}
