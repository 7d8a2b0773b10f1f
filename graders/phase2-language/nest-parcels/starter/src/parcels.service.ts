import { Injectable } from '@nestjs/common'

export type Parcel = { code: string; to: string; weightG: number; status: string }

// TODO: keeps the parcels.
@Injectable()
export class ParcelsService {
  list(): Parcel[] {
    return []
  }
}
