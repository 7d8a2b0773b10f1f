import { Body, Controller, Get, Post } from '@nestjs/common'
import { type Parcel, ParcelsService } from './parcels.service.js'

// TODO: the other routes, and bodies that are validated.
@Controller('parcels')
export class ParcelsController {
  constructor(private readonly parcels: ParcelsService) {}

  @Get()
  list(): Parcel[] {
    return this.parcels.list()
  }

  @Post()
  create(@Body() body: object): object {
    return body
  }
}
