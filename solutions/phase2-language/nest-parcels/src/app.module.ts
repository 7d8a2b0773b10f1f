import { Module } from '@nestjs/common'
import { BoomController, ParcelsController } from './parcels.controller.js'
import { ParcelsService } from './parcels.service.js'
import { FixedPricing, HttpPricing, Pricing } from './pricing.js'

@Module({
  controllers: [ParcelsController, BoomController],
  providers: [
    ParcelsService,
    {
      provide: Pricing,
      useClass: process.env.PRICING_MODE === 'fixed' ? FixedPricing : HttpPricing,
    },
  ],
})
export class AppModule {}
