import { messagePage } from '../views/parcels.ts'
export abstract class Controller {
  protected redirect = (location: string) => ({ status: 303, location })
  protected page = (html: string, status = 200) => ({ status, html })
  protected failed(error: any) {
    const known: any = { NotFound: [404, 'Not found'], Conflict: [409, 'Conflict'] }
    const found = known[error.name]
    if (!found) throw error
    return this.page(messagePage({ title: found[1], message: error.message }), found[0])
  }
}
