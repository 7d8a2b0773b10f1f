import { Module } from '@nestjs/common'
import { ParcelsController } from './parcels.controller.js'
import { ParcelsService } from './parcels.service.js'

// TODO: the price is asked for by a provider, and PRICING_MODE says by which one.
@Module({ controllers: [ParcelsController], providers: [ParcelsService] })
export class AppModule {}
