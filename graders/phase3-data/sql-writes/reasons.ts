import { type Difference, showValue } from './compare.ts'
import { scansOf, type World } from './oracle.ts'

type Owned = { customer_id: number | null }

/** What a learner would look up next, to see why the first wrong row must be as it must be. */
export function reasonFor({ table, keys }: Difference, before: World, after: World): string {
  const [key] = keys
  if (table === 'customers') {
    const customer = before.customers.find(({ id }) => String(id) === key)
    return customer ? ofCustomer(customer.id, before) : ''
  }
  if (table !== 'parcels') return ''
  const parcel = before.parcels.find(({ code }) => code === key)
  return parcel ? ofParcel(parcel.id as number, before) : ofNewParcel(key!, before, after)
}

function ofParcel(id: number, before: World): string {
  const scans = scansOf(id, before).map((scan) => {
    return `  ${showValue(scan.at)}  ${scan.kind} (scan ${scan.id})`
  })
  return `The scans of parcel ${id}, the last one last:\n${scans.join('\n') || '  none'}`
}

function ofNewParcel(code: string, before: World, after: World): string {
  const rows = before.staging
    .filter((row) => row.code === code)
    .toSorted((a, b) => a.id - b.id)
    .map(({ id }) => {
      const left = after.staging.find((row) => row.id === id)
      return `  row ${id}: ${left ? `still there, with the error ${showValue(left.error)}` : 'gone'}`
    })
  return rows.length > 0 ? `In staging, with the code ${code}:\n${rows.join('\n')}` : ''
}

function ofCustomer(id: number, before: World): string {
  const isOwn = ({ customer_id }: Owned) => customer_id === id
  const balances = before.wallets.filter(isOwn).map(({ balance_cents }) => balance_cents)
  const parcels = before.parcels.filter(isOwn).length
  return [
    `What hung on customer ${id}:`,
    `  parcels: ${parcels}`,
    `  cents in wallets: ${balances.join(', ') || '(no wallet)'}`,
  ].join('\n')
}
