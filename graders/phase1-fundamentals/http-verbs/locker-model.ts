import fc from 'fast-check'
import type { ServerSubject, Submission } from '../../harness/index.ts'
import {
  type At,
  allById,
  type Body,
  bodies,
  type Copy,
  houseRules,
  JSON_TYPES,
  nearMisses,
  type Operation,
  type Outcome,
  oneOf,
  otherSpellings,
  outcomesOf,
  refused,
  type ServerModel,
  type Step,
  id as sameId,
  someId,
  text,
} from '../../harness/model/index.ts'

export type Locker = { id: string; size: unknown; status: unknown; label?: unknown }

/** A locker of the wall; its key stays the same in every program that makes it. */
type Known = Locker & { key: string; location?: string }
type Wall = {
  lockers: Map<string, Known>
  /** What this program made; the wall may have been full before. */
  own: Set<string>
  dead: { key: string; id: string }[]
}

/** The rules of the README, in its words. */
const RULES = {
  get: '`200` and the locker, or `404`',
  list: 'the array is ordered by `id`, as `<` compares texts',
  post: '`201` and the new locker, whose `status` is `free`',
  location: 'a `Location` header leads to the new locker; it may be absolute or relative',
  newId: 'each POST makes a new locker, with an `id` that no other locker has',
  put: '`201` where there was no such locker, `200` or `204` where there was',
  whole: 'the locker is then exactly what was sent: without `label` it has none',
  again: 'the same PUT again changes nothing more',
  delete: '`200` or `204`, and the locker is gone',
  gone: 'where there is no such locker: `404` or `204`',
  head: 'the status and headers of `GET`, and no body',
  nothing: '`GET` and `HEAD` change nothing.',
  size: '`size` is missing, or none of the three',
  status: 'in a PUT, `status` is missing, or none of the three',
  label: '`label` is an object or an array',
  open: 'A `label` that is `null`, a number or a boolean: refuse it, or take it as the house rules allow.',
  text: 'any Unicode text of up to 200 characters, given back exactly as it came',
  pattern:
    'a PUT makes a **new** locker, and its id is not 1–3 capitals A–Z, a hyphen and 1–4 digits 0–9',
  known: 'A locker that is there can always be PUT, whatever its id',
  large: 'the body of a POST or PUT is larger than 64 KiB (65,536 bytes)',
  type: 'Only what stands before a `;` counts: `application/json; charset=utf-8` is JSON',
  method: 'another method on these paths, also `OPTIONS`',
  path: 'any other path',
  malformed: 'the body is not JSON',
  contentType: 'the `Content-Type` of a POST or PUT is not JSON.',
} as const

const NEW_ID = /^[A-Z]{1,3}-[0-9]{1,4}$/
const MOST_BYTES = 65_536

/**
 * The path of a locker. POST's ids are the server's to choose: what may not stand in a path is
 * percent-encoded, and nothing else, as some servers compare ids without decoding them.
 */
export function pathOf(id: string): string {
  const plain = (code: string) => decodeURIComponent(code)
  return `/lockers/${encodeURIComponent(id).replace(/%(?:24|26|2B|2C|3A|3B|3D|40)/g, plain)}`
}

/** What an answer must show of a locker. It may have more, such as its age, which changes by itself. */
const shown = ({ id, size, status, label }: Locker) => ({ id: sameId(id), size, status, label })

async function startWall(submission: Submission): Promise<Copy<Wall>> {
  const server: ServerSubject = await submission.startServer()
  const { body } = await server.send({ path: '/lockers' })
  const there = Array.isArray(body) ? (body as Locker[]) : []
  const lockers = new Map(
    there.map(({ id, size, status, label }) => {
      const known: Known = { id: String(id), size, status, label, key: String(id) }
      return [known.id, known]
    }),
  )
  return {
    servers: [server],
    state: { lockers, own: new Set(), dead: [] },
    close: () => server.kill(),
  }
}

/** One of the program's own lockers, or, where it has none, of those that were there before. */
function pickLocker({ lockers, own }: Wall, at: At): Known | undefined {
  const all = [...lockers.values()]
  const mine = all.filter(({ id }) => own.has(id))
  return at.pick(mine.length > 0 ? mine : all)
}

const fieldsOf = ({ keeps }: Body) => ({ size: keeps.size, label: keeps.label })

/** The ids that come next where a server counts them up, as far as PUT accepts them. */
function idAfter(id: string, step: number): string | undefined {
  const [, letters = '', digits = ''] = /^(.*-)([0-9]+)$/.exec(id) ?? []
  const next = letters + String(Number(digits) + step).padStart(digits.length, '0')
  return NEW_ID.test(next) ? next : undefined
}

/** The contract of the locker inventory. */
export function lockerModel(submission: Submission): ServerModel<Wall> {
  const { fresh } = submission
  const size = oneOf(fresh, { values: ['S', 'M', 'L'], rule: RULES.size })
  const status = oneOf(fresh, { values: ['free', 'occupied', 'broken'], rule: RULES.status })
  const words = [fresh.word(), fresh.word(), fresh.word()]
  const labels = text(fresh, {
    max: 200,
    optional: true,
    tooLong: 'open',
    plain: words,
    rule: RULES.text,
  })
  const forPost = bodies(fresh, { size, label: labels })
  const forPut = bodies(fresh, { size, status, label: labels })
  /** Wrong and open fields are one check's matter, and labels that must come back another's. */
  const isLabel = ({ field, ok }: Body) => field === 'label' && ok === 'yes'
  const ruleOf = (body: Body, rule: string): string => {
    if (body.ok === 'yes') return body.field === 'label' ? RULES.text : rule
    if (body.field !== 'label') return body.rule ?? rule
    return body.ok === 'open' ? RULES.open : RULES.label
  }

  const newIds = fresh.shuffle([
    'A-1',
    `${fresh.string(1, 'BCDEFGH')}-${fresh.int(2, 9)}`,
    `${fresh.string(2, 'IJKLM')}-${fresh.int(10, 999)}`,
    `${fresh.string(3, 'QXYZ')}-${fresh.int(1000, 9999)}`,
    'ZZZ-9999',
    'A-0',
    'B-0001',
    // Neither the order in which they come, nor that of their numbers, is that of the list.
    'B-10',
    'B-9',
    'BA-2',
  ])
  const oddIds = [
    ...nearMisses('A-7').map(([, id]) => id),
    ...nearMisses('ABC-1234').map(([, id]) => id),
    ...['a-1', 'ABCD-1', 'A-12345', 'A1', 'A-', '-1', 'A--1', 'É-1', 'A_1', '1-A', 'toString'],
  ].filter((id) => !NEW_ID.test(id))

  function post(wall: Wall, body: Body, at: At): Outcome[] {
    const accepted: Outcome = {
      status: 201,
      body: { id: someId, status: 'free', ...fieldsOf(body) },
      also({ body: { id }, headers }) {
        if (wall.lockers.has(String(id))) {
          const complaint = `the id ${JSON.stringify(id)} is that of a locker that is there`
          return { complaint, rule: RULES.newId, check: 'C1' }
        }
        const complaint = 'the answer must have a Location header'
        return headers.location ? undefined : { complaint, rule: RULES.location, check: 'C1' }
      },
      becomes({ body: { id }, headers }) {
        const own = String(id)
        const { pathname, search } = new URL(headers.location!, 'http://localhost/lockers')
        const location = pathname + search
        wall.lockers.set(own, { id: own, status: 'free', ...fieldsOf(body), key: at.key, location })
        wall.own.add(own)
      },
    }
    return outcomesOf(body, accepted)
  }

  function put(wall: Wall, id: string, body: Body): Outcome[] {
    const known = wall.lockers.get(id)
    return outcomesOf(body, {
      status: known ? [200, 204] : 201,
      becomes() {
        const key = known?.key ?? id
        wall.lockers.set(id, { id, status: body.keeps.status, ...fieldsOf(body), key })
        wall.own.add(id)
      },
    })
  }

  const putting = (check: string, cases: { id: string; body: Body }[]): Operation<Wall> => ({
    check,
    cases,
    plan: (wall, { id, body }: { id: string; body: Body }) => ({
      request: { method: 'PUT', path: pathOf(id), json: body.json },
      rule: ruleOf(body, wall.lockers.has(id) ? RULES.whole : RULES.put),
      outcomes: put(wall, id, body),
    }),
  })

  const replacing = (check: string, cases: Body[], rule?: string): Operation<Wall> => ({
    check,
    cases,
    plan(wall, body: Body, at) {
      const locker = pickLocker(wall, at)
      if (!locker) return undefined
      return {
        request: { method: 'PUT', path: pathOf(locker.id), json: body.json },
        rule: rule ?? ruleOf(body, RULES.whole),
        outcomes: put(wall, locker.id, body),
      }
    },
  })

  const deleting = (wall: Wall, locker: Known | undefined): Step | undefined => {
    if (!locker) return undefined
    const { id, key } = locker
    const becomes = () => {
      wall.lockers.delete(id)
      wall.own.delete(id)
      wall.dead.push({ id, key })
    }
    return {
      request: { method: 'DELETE', path: pathOf(id) },
      rule: RULES.delete,
      outcomes: [{ status: [200, 204], becomes }],
    }
  }

  const posting = (check: string, cases: Body[]): Operation<Wall> => ({
    check,
    cases,
    plan: (wall, body: Body, at) => ({
      request: { method: 'POST', path: '/lockers', json: body.json },
      rule: ruleOf(body, RULES.post),
      outcomes: post(wall, body, at),
    }),
  })

  const body = (json: string): Body => ({ json, ok: 'yes', keeps: {}, what: '' })
  const halves = [
    '{"size":"L"}',
    '{"status":"broken"}',
    '{}',
    '{"label":"x"}',
    '{"size":"L","label":"x"}',
  ]
  const half = halves.map((json) => ({ ...body(json), ok: 'no' as const }))
  const halfRule = ({ json }: Body) => (json.includes('size') ? RULES.status : RULES.size)

  const operations: Record<string, Operation<Wall>> = {
    // C1
    post: {
      ...posting('C1', [forPost.plain, forPost.plain, forPost.plain].flat()),
      plain: forPost.plain,
      weight: 3,
    },
    postMore: {
      check: 'C1',
      cases: ['"status":"broken"', '"id":"A-5"', '"status":"occupied","id":"B-6"', '"note":"x"'],
      plan: (wall, more: string, at) => ({
        request: { method: 'POST', path: '/lockers', json: `{"size":"M",${more}}` },
        rule: RULES.post,
        outcomes: [
          ...post(wall, { ...body('{"size":"M"}'), keeps: { size: 'M' } }, at),
          refused(400, 422),
        ],
      }),
    },
    follow: {
      check: 'C1',
      cases: fresh.list(8, (index) => index),
      plan({ lockers }, _: number, at) {
        const locker = at.pick([...lockers.values()].filter(({ location }) => location))
        if (!locker) return undefined
        const outcomes = [{ status: 200, body: shown(locker) }]
        return { request: { path: locker.location! }, rule: RULES.location, outcomes }
      },
    },
    putNextId: {
      check: 'C1',
      // Not every server counts.
      optional: true,
      cases: fresh.list(12, (index) => 1 + (index % 4)),
      plan(wall, step: number, at) {
        const locker = at.pick([...wall.lockers.values()].filter(({ location }) => location))
        const id = locker && idAfter(locker.id, step)
        if (!id) return undefined
        return {
          request: { method: 'PUT', path: pathOf(id), json: forPut.plain[0]!.json },
          rule: RULES.put,
          outcomes: put(wall, id, forPut.plain[0]!),
        }
      },
    },
    list: {
      check: 'C1',
      cases: fresh.list(12, (index) => index),
      plan({ lockers }) {
        const ids = [...lockers.keys()].sort((a, b) => (a < b ? -1 : 1))
        const outcomes = [{ status: 200, body: ids.map((id) => ({ id: sameId(id) })) }]
        return { request: { path: '/lockers' }, rule: RULES.list, outcomes }
      },
    },

    // C2
    putNew: {
      ...putting('C2', []),
      cases: [...newIds, ...newIds].map((id, index) => ({ id, body: forPut.plain[index % 8]! })),
      plain: newIds.map((id, index) => ({ id, body: forPut.plain[index % 8]! })),
    },
    replace: { ...replacing('C2', [...forPut.plain, ...forPut.plain]), plain: forPut.plain },
    putAgain: {
      check: 'C2',
      cases: fresh.list(6, (index) => index),
      plan(wall, _: number, at) {
        const locker = pickLocker(wall, at)
        if (!locker || typeof locker.label === 'object') return undefined
        const { size, status, label } = locker
        return {
          request: {
            method: 'PUT',
            path: pathOf(locker.id),
            json: JSON.stringify({ size, status, label }),
          },
          rule: NEW_ID.test(locker.id) ? RULES.again : RULES.known,
          outcomes: [{ status: [200, 204] }],
        }
      },
    },
    putHalf: {
      check: 'C2',
      cases: [...half, ...half],
      plan(wall, body: Body, at) {
        const locker = pickLocker(wall, at)
        if (!locker) return undefined
        return {
          request: { method: 'PUT', path: pathOf(locker.id), json: body.json },
          rule: halfRule(body),
          outcomes: put(wall, locker.id, body),
        }
      },
    },
    putOddId: {
      check: 'C2',
      cases: oddIds,
      plan({ lockers }, id: string) {
        if (lockers.has(id)) return undefined
        return {
          request: { method: 'PUT', path: pathOf(id), json: forPut.plain[0]!.json },
          rule: RULES.pattern,
          // Some routers take no line break for a part of a path.
          outcomes: [id.includes('\n') ? refused(400, 422, 404) : refused(400, 422)],
        }
      },
    },
    putWithId: {
      check: 'C2',
      cases: ['its own', 'another', 'its own'],
      plan(wall, which: string, at) {
        const locker = pickLocker(wall, at)
        if (!locker) return undefined
        const id = which === 'another' ? 'A-77' : locker.id
        const { json, ...body } = forPut.plain[0]!
        const own: Body = { ...body, json, ok: which === 'another' ? 'open' : 'yes' }
        return {
          request: {
            method: 'PUT',
            path: pathOf(locker.id),
            json: `{"id":${JSON.stringify(id)},${json.slice(1)}`,
          },
          rule: 'An `id` in the body of a PUT: ignore it, or refuse one that does not match the path.',
          outcomes: put(wall, locker.id, own),
        }
      },
    },

    // C3
    delete: {
      check: 'C3',
      plain: [0],
      // As many go as come, so that the wall stays small.
      weight: 4,
      cases: fresh.list(12, (index) => index),
      plan: (wall, _: number, at) => deleting(wall, pickLocker(wall, at)),
    },
    putBeside: {
      check: 'C3',
      cases: ['0', '1', '0', '7', '0', '00'],
      plan(wall, tail: string, at) {
        const ids = [...wall.lockers.values()].filter(({ id }) => NEW_ID.test(id + tail))
        const locker = at.pick(ids)
        if (!locker) return undefined
        const id = locker.id + tail
        return {
          request: { method: 'PUT', path: pathOf(id), json: forPut.plain[0]!.json },
          rule: RULES.put,
          outcomes: put(wall, id, forPut.plain[0]!),
        }
      },
    },
    deleteBeside: {
      check: 'C3',
      optional: true,
      cases: fresh.list(6, (index) => index),
      plan(wall, _: number, at) {
        const ids = [...wall.lockers.keys()]
        const begins = ({ id }: Known) => ids.some((other) => other !== id && other.startsWith(id))
        return deleting(wall, at.pick([...wall.lockers.values()].filter(begins)))
      },
    },
    afterDelete: {
      check: 'C3',
      cases: ['GET', 'GET', 'GET', 'HEAD', 'DELETE', 'DELETE', 'DELETE'],
      plan({ lockers, dead }, method: string, at) {
        const gone = at.pick(dead.filter(({ id }) => !lockers.has(id)))
        if (!gone) return undefined
        const outcomes = [refused(404)]
        if (method === 'DELETE') outcomes.push({ status: 204 })
        const rule = method === 'DELETE' ? RULES.gone : RULES.delete
        return { request: { method, path: pathOf(gone.id) }, rule, outcomes }
      },
    },
    neverThere: {
      check: 'C3',
      cases: ['GET', 'DELETE'].flatMap((method) =>
        ['W-1', 'toString', '__proto__', 'constructor', fresh.word()].map((id) => ({ method, id })),
      ),
      plan({ lockers }, { method, id }: { method: string; id: string }) {
        if (lockers.has(id)) return undefined
        // By the house rules, what has not the form of an id may be refused with 400 or 422 too.
        const outcomes = [NEW_ID.test(id) ? refused(404) : refused(404, 400, 422)]
        if (method === 'DELETE') outcomes.push({ status: 204 })
        const rule = method === 'DELETE' ? RULES.gone : RULES.get
        return { request: { method, path: pathOf(id) }, rule, outcomes }
      },
    },
    otherSpelling: {
      check: 'C3',
      // POST's ids may have fewer spellings, and not every wall has one of PUT's when this is dealt.
      optional: true,
      cases: otherSpellings('A-1').flatMap((_, index) => [
        { index, ofPut: true },
        { index, ofPut: false },
      ]),
      plan(wall, { index, ofPut }: { index: number; ofPut: boolean }, at) {
        const locker = ofPut
          ? at.pick([...wall.lockers.values()].filter(({ id }) => NEW_ID.test(id)))
          : pickLocker(wall, at)
        const id = locker && otherSpellings(locker.id)[index]
        if (id === undefined || wall.lockers.has(decodeURIComponent(id))) return undefined
        const outcomes = [refused(404, 400, 422)]
        return { request: { path: `/lockers/${id}` }, rule: RULES.get, outcomes }
      },
    },

    // C4
    look: {
      check: 'C4',
      cases: ['GET', 'HEAD'].flatMap((method) => fresh.list(5, () => method)),
      plan(wall, method: string, at) {
        const locker = pickLocker(wall, at)
        if (!locker) return undefined
        const outcomes = [{ status: 200, json: true, body: shown(locker) }]
        const rule = method === 'HEAD' ? RULES.head : RULES.get
        return { request: { method, path: pathOf(locker.id) }, rule, outcomes }
      },
    },
    lookAtAll: {
      check: 'C4',
      cases: ['HEAD', 'GET', 'HEAD'],
      plan({ lockers }, method: string) {
        const outcomes = [{ status: 200, json: true, body: allById(wallOf(lockers)) }]
        return { request: { method, path: '/lockers' }, rule: RULES.head, outcomes }
      },
    },
    lookForNothing: {
      check: 'C4',
      cases: fresh.list(6, (index) => ({ id: `W-1${index}`, method: index % 2 ? 'HEAD' : 'GET' })),
      plan({ lockers }, { id, method }: { id: string; method: string }) {
        if (lockers.has(id)) return undefined
        return {
          request: { method, path: pathOf(id) },
          rule: RULES.nothing,
          outcomes: [refused(404)],
        }
      },
    },
    lookToDelete: {
      check: 'C4',
      cases: ['/delete', '?method=DELETE', '?_method=DELETE', '/delete'],
      plan(wall, tail: string, at) {
        const locker = pickLocker(wall, at)
        if (!locker) return undefined
        const outcomes = tail.startsWith('?')
          ? [{ status: 200, body: shown(locker) }]
          : [refused(404)]
        return { request: { path: pathOf(locker.id) + tail }, rule: RULES.nothing, outcomes }
      },
    },

    // C6
    postOdd: posting(
      'C6',
      forPost.edges.filter((body) => !isLabel(body)),
    ),
    replaceOdd: replacing(
      'C6',
      forPut.edges.filter((body) => !isLabel(body)),
    ),
    putNewOdd: putting(
      'C6',
      forPut.edges
        .filter(({ ok, field }) => ok === 'no' && field !== 'label')
        .slice(0, 12)
        .map((body, index) => ({ id: `ODD-${index}`, body })),
    ),
    jsonType: {
      check: 'C6',
      cases: JSON_TYPES,
      plan(wall, type: string, at) {
        const body = forPost.plain[0]!
        return {
          request: {
            method: 'POST',
            path: '/lockers',
            json: body.json,
            headers: { 'Content-Type': type },
          },
          rule: RULES.type,
          outcomes: post(wall, body, at),
        }
      },
    },
    large: {
      check: 'C6',
      cases: ['POST', 'PUT'].flatMap((method) =>
        [MOST_BYTES, MOST_BYTES + 1, 70 * 1024].map((bytes) => ({ method, bytes })),
      ),
      plan(wall, { method, bytes }: { method: string; bytes: number }, at) {
        const body = method === 'POST' ? forPost.plain[0]! : forPut.plain[0]!
        const locker = method === 'PUT' ? pickLocker(wall, at) : undefined
        if (method === 'PUT' && !locker) return undefined
        const fits = bytes <= MOST_BYTES
        const taken = locker ? put(wall, locker.id, body) : post(wall, body, at)
        return {
          request: {
            method,
            path: locker ? pathOf(locker.id) : '/lockers',
            // The spaces come first, so that a last piece that is lost is missed.
            json: body.json.padStart(bytes),
            alone: true,
          },
          rule: `${RULES.large}. This one has ${bytes.toLocaleString('en')}.`,
          outcomes: fits ? taken : [{ ...refused(413), orHangUp: true }],
        }
      },
    },

    // C8
    postLabel: {
      ...posting('C8', forPost.edges.filter(isLabel)),
      drawn: {
        from: fc.string({ unit: 'grapheme', maxLength: 60 }).map((label) => ({
          ...body(JSON.stringify({ size: 'S', label })),
          keeps: { size: 'S', label },
          field: 'label',
        })),
        runs: 10,
      },
    },
    putLabel: replacing('C8', forPut.edges.filter(isLabel)),

    // C5 and C6: what stands beside the contract
    ...houseRules<Wall>({
      routes: {
        all: {
          path: () => '/lockers',
          methods: ['GET', 'HEAD', 'POST'],
          get: ({ lockers }) => [{ status: 200, body: allById(wallOf(lockers)) }],
          bodies: { POST: '{"size":"M"}' },
        },
        one: {
          path: (wall, at) => {
            const locker = pickLocker(wall, at)
            return locker && pathOf(locker.id)
          },
          methods: ['GET', 'HEAD', 'PUT', 'DELETE'],
          get: () => [{ status: 200, json: true }],
          bodies: { PUT: '{"size":"M","status":"free"}' },
        },
      },
      checks: {
        unknownPath: 'C5',
        otherMethod: 'C5',
        query: 'C5',
        otherCase: 'C5',
        trailingSlash: 'C5',
        escapes: 'C5',
        malformed: 'C6',
        noObject: 'C6',
        emptyBody: 'C6',
        contentType: 'C6',
      },
      words: {
        unknownPath: RULES.path,
        otherMethod: RULES.method,
        malformed: RULES.malformed,
        contentType: RULES.contentType,
      },
      refusesOptions: true,
      statuses: { contentType: [415, 400] },
    }),
  }

  return {
    open: () => startWall(submission),
    operations,
    observe: ({ lockers }) => ({
      request: { path: '/lockers' },
      rule: RULES.get,
      outcomes: [{ status: 200, body: allById(wallOf(lockers)) }],
    }),
  }
}

/** What each locker must look like in the list. */
const wallOf = (lockers: Map<string, Known>) =>
  new Map([...lockers].map(([id, { size, status, label }]) => [id, { size, status, label }]))
