import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
  StreamableFile,
  ValidationPipe,
} from '@nestjs/common'
import type { Response } from 'express'
import { FlatPipe, NewParcel, ParcelChanges, ParcelFilter } from './parcels.dto.js'
import { type Parcel, ParcelsService } from './parcels.service.js'
import { Pricing } from './pricing.js'

/** Bodies may hold what is named, and nothing else; the message names each field that is wrong. */
const strict = [FlatPipe, new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true })]
/** Parameters are texts, and those that nobody knows are ignored. */
const query = [FlatPipe, new ValidationPipe({ transform: true, whitelist: true })]

@Controller('parcels')
export class ParcelsController {
  constructor(
    private readonly parcels: ParcelsService,
    private readonly pricing: Pricing,
  ) {}

  @Post()
  create(@Body(...strict) body: NewParcel, @Res({ passthrough: true }) response: Response): Parcel {
    const parcel = this.parcels.create(body)
    response.location(`/parcels/${parcel.code}`)
    return parcel
  }

  @Get()
  list(@Query(...query) { status, limit }: ParcelFilter): Parcel[] {
    return this.parcels.list(status, limit)
  }

  // Before :code, which would take it for a parcel.
  @Get('export')
  export(): StreamableFile {
    const parcels = this.parcels.all()
    const lines = function* () {
      for (const parcel of parcels) yield `${JSON.stringify(parcel)}\n`
    }
    return new StreamableFile(Readable.from(lines(), { objectMode: false }), {
      type: 'application/x-ndjson',
    })
  }

  @Get(':code')
  find(@Param('code') code: string): Parcel {
    return this.parcels.find(code)
  }

  @Patch(':code')
  change(@Param('code') code: string, @Body(...strict) body: ParcelChanges): Parcel {
    return this.parcels.change(code, body)
  }

  @Delete(':code')
  @HttpCode(204)
  delete(@Param('code') code: string): void {
    this.parcels.delete(code)
  }

  @Get(':code/quote')
  async quote(@Param('code') code: string): Promise<{ cents: number }> {
    const { weightG } = this.parcels.find(code)
    return { cents: await this.pricing.centsFor(weightG) }
  }
}

@Controller()
export class BoomController {
  @Get('boom')
  boom(): never {
    throw new Error('boom')
  }

  @Get('boom-async')
  async boomLater(): Promise<never> {
    await sleep(5)
    throw new Error('boom, a moment later')
  }
}
