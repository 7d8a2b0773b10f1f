import { expect } from 'vitest'
import type { Transfer } from './world.ts'

/** What wallets hold after transfers that have all happened. */
export function ledgerOf(before: Map<number, number>, done: Transfer[]): Map<number, number> {
  const cents = new Map(before)
  for (const { from, to, cents: amount } of done) {
    cents.set(from, cents.get(from)! - amount)
    cents.set(to, cents.get(to)! + amount)
  }
  return cents
}

type Outcome = { statuses: number[]; cents: number[] }

/** The outcome of transfers that come in the given order; statuses are in the order of the list. */
function inTurn(before: Map<number, number>, transfers: Transfer[], order: number[]): Outcome {
  const statuses: number[] = []
  let cents = before
  for (const nth of order) {
    const transfer = transfers[nth]!
    const enough = cents.get(transfer.from)! >= transfer.cents
    statuses[nth] = enough ? 201 : 409
    if (enough) cents = ledgerOf(cents, [transfer])
  }
  return { statuses, cents: [...cents.values()] }
}

const inWords = ({ statuses, cents }: Outcome) =>
  `A answers ${statuses[0]}, B ${statuses[1]}, the wallets hold ${cents.join(', ')}`

/** Expects two transfers to have ended as if one had come after the other, whichever came first. */
export function expectSerial(
  before: Map<number, number>,
  transfers: [Transfer, Transfer],
  statuses: number[],
  cents: number[],
  when: string,
): void {
  const found = inWords({ statuses, cents })
  const orders = [
    [0, 1],
    [1, 0],
  ]
  const possible = new Set(orders.map((order) => inWords(inTurn(before, transfers, order))))
  if (possible.has(found)) return
  const ids = [...before.keys()]
  const place = (id: number) => `wallet ${ids.indexOf(id) + 1}`
  const asked = transfers.map(
    ({ from, to, cents: amount }, nth) =>
      `${'AB'[nth]} moves ${amount} from ${place(from)} to ${place(to)}`,
  )
  expect.fail(
    `${when}.\nThe wallets held ${[...before.values()].join(', ')}; ${asked.join(', ')}.\n` +
      `Right:  ${[...possible].join('\n   or:  ')}\nIt was: ${found}`,
  )
}
