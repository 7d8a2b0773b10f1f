import * as views from '../views/parcels.ts'

class ParcelsController {
  model: any
  constructor(model: any) {
    this.model = model
  }
  index = async ({ query }: any) => {
    const status = ['waiting', 'delivered'].find((one) => one === query.status)
    const parcels = await this.model.list(status)
    return { status: 200, html: views.listPage({ parcels, status }) }
  }
  form = async () => ({ status: 200, html: views.formPage({ values: {}, errors: {} }) })
  create = async ({ body }: any) => {
    const values = { recipient: body.recipient ?? '', city: body.city ?? '', weight: body.weight ?? '' }
    return this.#seeing(this.model.create(values), (errors) => views.formPage({ values, errors }))
  }
  show = async ({ params }: any) => {
    const failed = await this.#failure(this.model.find(+params.id))
    return failed.reply ?? { status: 200, html: views.parcelPage({ parcel: failed.value }) }
  }
  deliver = async ({ params }: any) => this.#seeing(this.model.deliver(+params.id))

  async #seeing(promise: Promise<any>, form?: (errors: any) => string) {
    const { reply, value } = await this.#failure(promise, form)
    return reply ?? { status: 303, location: `/parcels/${value.id}` }
  }

  async #failure(promise: Promise<any>, form?: (errors: any) => string): Promise<{ reply?: any; value?: any }> {
    try {
      return { value: await promise }
    } catch (error: any) {
      const page = (status: number, title: string) => ({
        reply: { status, html: views.messagePage({ title, message: error.message }) },
      })
      switch (error.name) {
        case 'Invalid':
          if (form) return { reply: { status: 422, html: form(error.errors) } }
          throw error
        case 'NotFound':
          return page(404, 'Not found')
        case 'Conflict':
          return page(409, 'Conflict')
      }
      throw error
    }
  }
}

export const parcelsController = (model: any): any => new ParcelsController(model)
