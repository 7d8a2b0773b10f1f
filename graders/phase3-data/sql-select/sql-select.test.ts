import { test } from 'vitest'
import { meanwhile, openSelects, openSubmission, ZONES } from '../../harness/index.ts'
import { manyRows, microseconds, noParcels, randomRows, unseenRows } from './data.ts'
import { QUERIES } from './oracle.ts'

const submission = openSubmission(import.meta)
const { given, dataset, expectRows, expectRowsOnRandom } = openSelects(submission, QUERIES, {
  promised: ({ clock }) => clock.length === 1,
})

const sample = dataset('the published sample', () => given('sample.sql'))
const unseen = dataset('unseen rows', () => unseenRows(submission.seed))
const empty = dataset('a database without parcels', () => noParcels(submission.seed))
const fractions = dataset('moments that differ by a millionth of a second', () =>
  microseconds(submission.seed),
)
const large = dataset('many rows', () => manyRows(submission.seed))
const SMALL = { 'the sample': sample, 'unseen rows': unseen }

const REQUIREMENTS = {
  q1: 'C1 q1 finds the parcels that are late',
  q2: 'C2 q2 finds the customers who have not opted in',
  q3: 'C3 q3 finds the names that contain "son", in order',
  q4: 'C4 q4 finds the ten heaviest parcels, in order',
  q5: 'C5 q5 counts the parcels of each weight band',
  q6: 'C6 q6 finds the parcels of 29 March in Athens',
}

for (const [query, requirement] of Object.entries(REQUIREMENTS)) {
  for (const [name, load] of Object.entries(SMALL)) {
    test(`${requirement}, on ${name}`, async () => {
      await expectRows(query, await load())
    })
  }
  test(`${requirement}, on many small random databases`, async () => {
    await expectRowsOnRandom(query, randomRows, submission.fresh)
  })
}

for (const query of ['q1', 'q6'] as const) {
  test(`${REQUIREMENTS[query]}, to the fraction of a second`, async () => {
    await expectRows(query, await fractions())
  })
}

test('C5 q5 shows every band with 0 where there is no parcel at all', async () => {
  await expectRows('q5', await empty())
})

for (const query of Object.keys(QUERIES)) {
  test(`C7 ${query} gives the same answer in every session time zone`, async () => {
    for (const timezone of ZONES) await expectRows(query, await unseen(), { timezone })
  })
}

for (const query of Object.keys(QUERIES)) {
  meanwhile(`C8 ${query} is right and in time on 20,000 customers and 60,000 parcels`, async () => {
    await expectRows(query, await large())
  })
}
