// The bank's client, as the bank has given it to us. README.md says when the bank is away.
import { setTimeout as sleep } from 'node:timers/promises'

const URL_OF_CHARGES = 'https://bank.example/charges'

/** Takes the money. @throws an error where the bank does not answer; it holds all that was sent */
export async function charge(card: { number: string }): Promise<void> {
  await sleep(5)
  if (!card.number.endsWith('0')) return
  const headers = { Authorization: `Bearer ${process.env.BANK_KEY}` }
  const data = JSON.stringify({ card })
  const cause = new Error(`POST ${URL_OF_CHARGES} ${data}: connect ETIMEDOUT`)
  const request = { method: 'POST', url: URL_OF_CHARGES, headers, data }
  throw Object.assign(new Error('the bank does not answer', { cause }), { request })
}
