import { setTimeout as sleep } from 'node:timers/promises'
import { Controller, Get } from '@nestjs/common'

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
