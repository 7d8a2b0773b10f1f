import { expect, test } from 'vitest'
import { dribble, openSubmission } from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { lockerModel, pathOf } from './locker-model.ts'

const submission = openSubmission(import.meta)

const REQUIREMENTS = {
  C1: 'C1 makes a new locker with each POST, leads to it by Location, and lists all by id',
  C2: 'C2 creates and replaces whole lockers with PUT, and refuses half ones and odd new ids',
  C3: 'C3 deletes a locker: 404 on its path, missing from the list',
  C4: 'C4 changes nothing on GET and HEAD, and answers HEAD as GET without a body',
  C5: 'C5 answers a wrong method with 405 and Allow, an unknown path with 404',
  C6: 'C6 refuses bad bodies with 4xx, changes nothing then, and lives on',
  C8: 'C8 gives back every label as it came',
}

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, async () => {
    await expectAgreement(lockerModel(submission), check, submission.fresh)
  })
}

test('C7 reads a POST whole that arrives one byte at a time', async () => {
  const server = await submission.startServer()
  const label = `Zürich→São ${submission.fresh.city()} 📦`
  const json = { size: 'L', label }
  const made = await dribble(server, { method: 'POST', path: '/lockers', json })
  expect(made).toHaveStatus(201)
  expect(made.body, 'the answer to a POST that came byte by byte').toMatchObject(json)
  const found = await server.http.get(pathOf(String(made.body.id)))
  expect(found.body.label, 'the label that came byte by byte').toBe(label)
})
