import * as show from '../views/parcels.ts'

export const parcelsController = (model: any): any => {
  const page = (status: number, title: string, error: any) => ({
    status,
    html: show.messagePage({ title, message: error.message }),
    location: undefined,
  })
  const guarded = (work: (request: any) => Promise<any>) => async (request: any) => {
    try {
      return await work(request)
    } catch (error: any) {
      if (error.name === 'NotFound') return page(404, 'Not found', error)
      if (error.name === 'Conflict') return page(409, 'Conflict', error)
      throw error
    }
  }
  return {
    index: guarded(async ({ query }) => {
      const status = new Set(['waiting', 'delivered']).has(query.status) ? query.status : undefined
      return { status: 200, html: show.listPage({ status, parcels: await model.list(status) }) }
    }),
    form: guarded(async () => ({ status: 200, html: show.formPage({ values: {}, errors: {} }) })),
    create: guarded(async ({ body }) => {
      const values = Object.assign({ recipient: '', city: '', weight: '' }, ...['recipient', 'city', 'weight'].map((n) => n in body && { [n]: body[n] }))
      let made: any
      try {
        made = await model.create(values)
      } catch (error: any) {
        if (error.name !== 'Invalid') throw error
        return { status: 422, html: show.formPage({ values, errors: error.errors }) }
      }
      return { status: 303, location: '/parcels/' + made.id }
    }),
    show: guarded(async ({ params }) => {
      const parcel = await model.find(~~params.id)
      return { status: 200, html: show.parcelPage({ parcel }) }
    }),
    deliver: guarded(async ({ params }) => {
      const { id } = await model.deliver(~~params.id)
      return { status: 303, location: '/parcels/' + id }
    }),
  }
}
