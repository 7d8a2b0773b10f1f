import { randomUUID } from 'node:crypto'
import { Injectable, NotFoundException } from '@nestjs/common'
import type { NewParcel, ParcelChanges, Status } from './parcels.dto.js'

export type Parcel = { code: string; to: string; weightG: number; status: Status }

@Injectable()
export class ParcelsService {
  private readonly parcels = new Map<string, Parcel>()

  create({ to, weightG }: NewParcel): Parcel {
    const parcel: Parcel = { code: randomUUID(), to, weightG, status: 'new' }
    this.parcels.set(parcel.code, parcel)
    return parcel
  }

  list(status?: Status, limit = Infinity): Parcel[] {
    return this.parcels
      .values()
      .filter((parcel) => status === undefined || parcel.status === status)
      .take(limit)
      .toArray()
  }

  /** One after the other, so that no more than a few are in memory as text. */
  all(): Iterable<Parcel> {
    return this.parcels.values()
  }

  find(code: string): Parcel {
    const parcel = this.parcels.get(code)
    if (!parcel) throw new NotFoundException('no such parcel')
    return parcel
  }

  change(code: string, changes: ParcelChanges): Parcel {
    const changed = { ...this.find(code), ...changes }
    this.parcels.set(code, changed)
    return changed
  }

  delete(code: string): void {
    this.parcels.delete(this.find(code).code)
  }
}
