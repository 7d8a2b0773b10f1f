// What each query must answer, worked out from the rows in plain TypeScript.

import type { Parcel, Pelican, Query } from '../../harness/index.ts'

const WEEK = 7 * 24 * 3_600_000

/** 29 March 2026 in Athens: from midnight in winter time (+02) to midnight in summer time (+03). */
const DAY_BEGINS = Date.parse('2026-03-29T00:00:00+02:00')
const DAY_ENDS = Date.parse('2026-03-30T00:00:00+03:00')

const whenMade = ({ id, code, created_at }: Parcel) => ({
  id,
  code,
  created_at: created_at.toISOString(),
})
const PARCEL = { id: 'integer', code: 'text', created_at: 'timestamptz' } as const
const CUSTOMER = { id: 'integer', name: 'text' } as const

/** Where the order is free, by id: so a learner finds a row most easily. */
const byId = (a: { id: number }, b: { id: number }): number => a.id - b.id

/** Plain letters and digits only: every collation sorts these texts so. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const QUERIES: Record<string, Query<Pelican>> = {
  q1: {
    columns: PARCEL,
    order: 'free',
    answer({ clock, parcels }) {
      const before = clock[0]!.now.getTime() - WEEK
      return parcels
        .filter(({ status }) => status === 'created' || status === 'in_transit')
        .filter(({ created_at }) => created_at.getTime() < before)
        .sort(byId)
        .map(whenMade)
    },
  },

  q2: {
    columns: CUSTOMER,
    order: 'free',
    answer: ({ customers }) =>
      customers
        .filter((customer) => customer.marketing_opt_in !== true)
        .sort(byId)
        .map(({ id, name }) => ({ id, name })),
  },

  q3: {
    columns: CUSTOMER,
    answer: ({ customers }) =>
      customers
        .filter(({ name }) => name.toLowerCase().includes('son'))
        .sort((a, b) => compare(a.name, b.name) || a.id - b.id)
        .map(({ id, name }) => ({ id, name })),
  },

  q4: {
    columns: { code: 'text', weight_g: 'integer' },
    answer: ({ parcels }) =>
      parcels
        .toSorted((a, b) => b.weight_g - a.weight_g || compare(a.code, b.code))
        .slice(0, 10)
        .map(({ code, weight_g }) => ({ code, weight_g })),
  },

  q5: {
    columns: { band: 'text', parcels: 'integer' },
    order: 'free',
    answer({ parcels }) {
      const count = (fits: (grams: number) => boolean) =>
        parcels.filter(({ weight_g }) => fits(weight_g)).length
      return [
        { band: '<1kg', parcels: count((grams) => grams < 1000) },
        { band: '1-5kg', parcels: count((grams) => grams >= 1000 && grams <= 5000) },
        { band: '>5kg', parcels: count((grams) => grams > 5000) },
      ]
    },
  },

  q6: {
    columns: PARCEL,
    order: 'free',
    answer: ({ parcels }) =>
      parcels
        .filter(({ created_at }) => {
          const at = created_at.getTime()
          return at >= DAY_BEGINS && at < DAY_ENDS
        })
        .sort(byId)
        .map(whenMade),
  },
}
