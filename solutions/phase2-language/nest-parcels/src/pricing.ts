import { BadGatewayException, GatewayTimeoutException, Injectable } from '@nestjs/common'

const PATIENCE_MS = 1000

/** What a parcel costs. An abstract class, for it is also the token it is injected by. */
export abstract class Pricing {
  abstract centsFor(weightG: number): Promise<number>
}

@Injectable()
export class FixedPricing extends Pricing {
  async centsFor(): Promise<number> {
    return 999
  }
}

@Injectable()
export class HttpPricing extends Pricing {
  async centsFor(weightG: number): Promise<number> {
    // One clock for the whole exchange, reading the body included; when it runs out, fetch closes the socket.
    const signal = AbortSignal.timeout(PATIENCE_MS)
    try {
      const url = `${process.env.PRICING_URL}/quote?weight=${weightG}`
      const reply = await fetch(url, { signal })
      if (!reply.ok) {
        await reply.body?.cancel()
        throw new Error(`pricing answered ${reply.status}`)
      }
      const { cents } = (await reply.json()) as { cents: unknown }
      if (!Number.isInteger(cents)) throw new Error('pricing named no price')
      return cents as number
    } catch (cause) {
      if (signal.aborted) {
        throw new GatewayTimeoutException('the pricing service took too long', { cause })
      }
      throw new BadGatewayException('the pricing service gave no usable answer', { cause })
    }
  }
}
