import * as views from '../views/parcels.ts'
import { Controller } from './base.ts'
class ParcelsController extends Controller {
  constructor(private readonly model: any) {
    super()
  }
  async index(req: any) {
    const status = ['waiting', 'delivered'].includes(req.query.status) ? req.query.status : undefined
    return this.page(views.listPage({ parcels: await this.model.list(status), status }))
  }
  async form(_req: any) {
    return this.page(views.formPage({ values: {}, errors: {} }))
  }
  async create(req: any) {
    const { recipient = '', city = '', weight = '' } = req.body
    try {
      return this.redirect(`/parcels/${(await this.model.create({ recipient, city, weight })).id}`)
    } catch (error: any) {
      if (error.name !== 'Invalid') throw error
      return this.page(views.formPage({ values: { recipient, city, weight }, errors: error.errors }), 422)
    }
  }
  async show(req: any) {
    return this.model.find(parseInt(req.params.id, 10)).then((parcel: any) => this.page(views.parcelPage({ parcel })), (e: any) => this.failed(e))
  }
  async deliver(req: any) {
    return this.model.deliver(parseInt(req.params.id, 10)).then((parcel: any) => this.redirect(`/parcels/${parcel.id}`), (e: any) => this.failed(e))
  }
}
export const parcelsController = (model: any) => new ParcelsController(model)
