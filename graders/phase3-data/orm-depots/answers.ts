import { expect } from 'vitest'
import { z } from 'zod'
import type { Answer } from '../../harness/index.ts'
import type { Depot, Parcel } from './rows.ts'

// Types of numbers and days are looked at by C7 alone.
const ShownParcel = z.object({
  code: z.string(),
  status: z.string(),
  weightKg: z.unknown(),
  priceCents: z.unknown(),
  version: z.unknown(),
  scans: z.array(z.object({ kind: z.string(), at: z.unknown() })),
  tags: z.array(z.string()),
})
const ShownDepot = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  name: z.string(),
  city: z.string(),
  openedOn: z.unknown(),
  parcels: z.array(ShownParcel),
})
const List = z.object({ depots: z.array(ShownDepot) })
export type ShownParcel = z.infer<typeof ShownParcel>
export type ShownDepot = z.infer<typeof ShownDepot>

/** The depots in an answer, once it has the shape that the README gives. */
export function depotsOf(answer: Answer): ShownDepot[] {
  expect(answer).toHaveStatus(200)
  expect(answer).toBeJson()
  const parsed = List.safeParse(answer.body)
  if (parsed.success) return parsed.data.depots
  const issues = parsed.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`)
  return expect.fail(`${answer.request} answers no list of depots:\n${issues.join('\n')}`)
}

/** The ids in an answer, in their order. */
export function idsOf(answer: Answer): string[] {
  return depotsOf(answer).map(({ id }) => id)
}

const byText = (one: string, other: string) => (one < other ? -1 : 1)
const byCode = (one: { code: string }, other: { code: string }) => byText(one.code, other.code)

/** What there is to a parcel but for numbers and times, in one order. */
function outline({
  code,
  status,
  scans,
  tags,
}: Pick<Parcel, 'code' | 'status' | 'tags'> & { scans: { kind: string }[] }) {
  return { code, status, scans: scans.map(({ kind }) => kind).sort(), tags: tags.toSorted(byText) }
}

/** Expects these depots in this order, with all that hangs on them. */
export function expectDepots(answer: Answer, depots: Depot[]): void {
  const shown = depotsOf(answer)
  const names = (list: { id: unknown; name: string }[]) =>
    list.map(({ id, name }) => `${name} (id ${id})`)
  expect(names(shown), `the depots in ${answer.request}`).toEqual(names(depots))
  for (const [index, depot] of depots.entries()) {
    const { name, city, parcels } = shown[index]!
    const message = `${answer.request}: the depot ${depot.name} (id ${depot.id}) and its parcels`
    expect({ name, city, parcels: parcels.toSorted(byCode).map(outline) }, message).toEqual({
      name: depot.name,
      city: depot.city,
      parcels: depot.parcels
        .filter(({ deleted }) => !deleted)
        .sort(byCode)
        .map(outline),
    })
  }
}
