import { mkdir, writeFile } from 'node:fs/promises'
import {
  type Clock,
  Declined,
  type Gateway,
  GatewayDown,
  type Receipt,
  type ReceiptSink,
} from './ports.ts'

// Complete as it is: what a Checkout is given in production. No check runs it.

export class SystemClock implements Clock {
  now(): Date {
    return new Date()
  }
}

export class HttpGateway implements Gateway {
  #url: string

  constructor(url = process.env.GATEWAY_URL) {
    if (!url) throw new Error('GATEWAY_URL is not set')
    this.#url = url
  }

  async charge(cents: number, token: string): Promise<{ id: string }> {
    const body = JSON.stringify({ cents, token })
    const headers = { 'Content-Type': 'application/json' }
    const answer = await fetch(this.#url, { method: 'POST', headers, body }).catch((cause) => {
      throw new GatewayDown('the gateway does not answer', { cause })
    })
    if (answer.status === 402) throw new Declined('the card was declined')
    if (!answer.ok) throw new GatewayDown(`the gateway answered ${answer.status}`)
    return (await answer.json()) as { id: string }
  }
}

export class FileReceipts implements ReceiptSink {
  async save(receipt: Receipt): Promise<void> {
    await mkdir('receipts', { recursive: true })
    await writeFile(`receipts/${receipt.cartId}.json`, JSON.stringify(receipt))
  }
}
