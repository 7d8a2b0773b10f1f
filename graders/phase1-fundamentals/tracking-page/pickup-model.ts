import type { Fresh, Submission } from '../../harness/index.ts'
import {
  type Copy,
  notAllowed,
  type Operation,
  type Outcome,
  type ServerModel,
  type Step,
} from '../../harness/model/index.ts'
import { wrongsOfAnyPage } from './any-page.ts'
import type { Wrong } from './complain.ts'
import { type Data, ordinaryData, pathOf, startWith } from './data.ts'
import { type Page, pathOn, readPage, resolve } from './page.ts'
import {
  type Booking,
  type Tied,
  tiedIn,
  wrongsOfBooked,
  wrongsOfEmptyForm,
  wrongsOfFormAgain,
  wrongsOfPickups,
} from './pages.ts'
import { RULES } from './rules.ts'
import {
  encoded,
  type Filled,
  FORM_TYPE,
  formsFor,
  openFields,
  ordinaryForm,
  SCRIPTS,
  wrongFields,
} from './typed.ts'

/** A booking, and where its page is. */
type Known = Booking & { key: string; path: string; check: string }
type Office = {
  /** Where the server is. */
  server: string
  bookings: Known[]
  empty: Tied
  /** The list of pickups when it was last found right: what has not changed need not be read again. */
  listed?: { count: number; html: string }
}

/** A page with this status, of which these things may be wrong. */
const page = (
  { server }: Office,
  status: number | number[],
  wrongs: (page: Page) => Iterable<Wrong>,
): Outcome => ({
  status,
  json: false,
  error: false,
  also(answer) {
    for (const wrong of wrongs(readPage(answer, server))) return wrong
    return undefined
  },
})

/** The path that a Location of the form leads to; undefined where it leads to no page of this server. */
const leadsTo = ({ server }: Office, location: string) =>
  pathOn(server, resolve(location, new URL('/pickup', server)))

/** An answer of which only the status counts. */
const only = (...status: number[]): Outcome => ({ status, json: false, error: false })

/** The contract of bookings, as far as one request shows it, and of the requests that lead nowhere. */
export function pickupModel(submission: Submission): ServerModel<Office> {
  const { fresh } = submission
  const data: Data = ordinaryData(fresh)
  const { depots } = data
  const depotName = new Map(depots.map(({ id, name }) => [id, name]))
  const known = pathOf(data.parcels[0]!)

  async function open(): Promise<Copy<Office>> {
    const server = await startWith(submission, data)
    const answer = await server.send({ path: '/pickup' })
    const empty = tiedIn(readPage(answer, server.url)) ?? {
      name: [],
      email: [],
      depot: [],
      note: [],
    }
    return {
      servers: [server],
      state: { server: server.url, bookings: [], empty },
      close: () => server.kill(),
    }
  }

  function booked(office: Office, typed: Filled, key: string, check: string): Outcome {
    const value = (field: keyof Filled) => typed[field].value ?? ''
    return {
      ...only(303),
      also: ({ headers: { location } }) => {
        if (location && leadsTo(office, location)) return undefined
        const complaint = `a 303 must have a Location on this server, came ${JSON.stringify(location ?? null)}`
        return { complaint, rule: RULES.post, check: 'C4' }
      },
      becomes({ headers: { location } }) {
        office.bookings.push({
          key,
          check,
          path: leadsTo(office, location!)!,
          name: value('name'),
          email: value('email'),
          depot: depotName.get(value('depot'))!,
          note: value('note'),
        })
      },
    }
  }

  /** A form, and how it must be answered. */
  function sending(
    office: Office,
    typed: Filled,
    key: string,
    check: string,
    type = FORM_TYPE,
  ): Step {
    const isWrong = wrongFields(typed).length > 0
    const isOpen = !isWrong && openFields(typed).length > 0
    const again = page(office, [400, 422], (own) =>
      wrongsOfFormAgain(own, typed, { depots, empty: office.empty }),
    )
    const taken = booked(office, typed, key, check)
    return {
      request: {
        method: 'POST',
        path: '/pickup',
        headers: { 'Content-Type': type },
        body: encoded(typed),
      },
      rule: isWrong ? RULES.wrong : RULES.post,
      outcomes: isWrong ? [again] : isOpen ? [taken, again] : [taken],
    }
  }

  const posting = (check: string, cases: Filled[]): Operation<Office> => ({
    check,
    cases,
    plan: (office, typed: Filled, at) => sending(office, typed, at.key, check),
  })

  const forms = formsFor(fresh, depots)
  const right = fresh.list(8, () => ordinaryForm(fresh, depots))
  const withScript = (text: string): Filled => {
    const typed = { value: `${text} ${fresh.unique()}`, ok: 'yes' } as const
    return { ...ordinaryForm(fresh, depots), name: typed, note: typed }
  }

  const operations: Record<string, Operation<Office>> = {
    // C3
    fill: posting('C3', forms),
    empty: {
      check: 'C3',
      cases: fresh.list(10, (index) => index),
      plan: (office) => ({
        request: { path: '/pickup' },
        rule: RULES.empty,
        outcomes: [page(office, 200, (own) => wrongsOfEmptyForm(own, depots))],
      }),
    },

    // C4
    book: posting('C4', [...right, ...right]),
    sendWithCharset: {
      check: 'C4',
      cases: [`${FORM_TYPE}; charset=UTF-8`, `${FORM_TYPE};charset=utf-8`],
      plan: (office, type: string, at) => sending(office, right[0]!, at.key, 'C4', type),
    },
    visit: {
      check: 'C4',
      cases: fresh.list(30, (index) => index),
      plan(office, _: number, at) {
        const booking = at.pick(office.bookings)
        if (!booking) return undefined
        return {
          request: { path: booking.path },
          rule: RULES.booked,
          outcomes: [page(office, 200, (own) => wrongsOfBooked(own, booking))],
        }
      },
    },
    headOfBooking: {
      check: 'C4',
      cases: [1, 2],
      plan({ bookings }, _: number, at) {
        const booking = at.pick(bookings)
        if (!booking) return undefined
        const request = { method: 'HEAD', path: booking.path }
        return { request, rule: RULES.head, outcomes: [only(200)] }
      },
    },

    // C6
    bookWithScript: posting('C6', SCRIPTS.map(withScript)),
    visitWithScript: {
      check: 'C6',
      cases: fresh.list(20, (index) => index),
      plan(office, _: number, at) {
        const booking = at.pick(office.bookings.filter(({ check }) => check === 'C6'))
        if (!booking) return undefined
        return {
          request: { path: booking.path },
          rule: RULES.text,
          outcomes: [page(office, 200, (own) => wrongsOfBooked(own, booking, 'C6'))],
        }
      },
    },

    ...otherRequests(fresh, known),
  }

  return {
    open,
    operations,
    observe: (office) => ({
      request: { path: '/pickups' },
      rule: RULES.pickups,
      outcomes: [
        {
          ...only(200),
          also(answer) {
            const { bookings, listed, server } = office
            if (listed?.count === bookings.length && listed.html === answer.text) return undefined
            for (const wrong of wrongsOfPickups(readPage(answer, server), bookings)) {
              // What is not listed rightly is the fault of the request before, as the harness says it.
              return wrong.check === 'C4' ? wrong.complaint : wrong
            }
            office.listed = { count: bookings.length, html: answer.text }
            return undefined
          },
        },
      ],
    }),
  }
}

/** Requests that lead nowhere, and change nothing. */
function otherRequests(fresh: Fresh, known: string): Record<string, Operation<Office>> {
  const word = fresh.unique()
  const unknown = [
    `/track/${word}`,
    `${known}x`,
    known.slice(0, -1),
    known.replace('PEL-', 'pel-x'),
    '/track/toString',
    '/track/__proto__',
    '/track/constructor',
    '/track/0',
    '/nothing-here',
    '/pickups/999999',
    `/pickups/${word}`,
    '/pickup/1',
    '/index.html',
  ]
  const methods: [path: string, allowed: string[]][] = [
    [known, ['GET', 'HEAD']],
    ['/pickup', ['GET', 'HEAD', 'POST']],
    ['/pickups', ['GET', 'HEAD']],
  ]
  const others = methods.flatMap(([path, allowed]) =>
    ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
      .filter((method) => !allowed.includes(method))
      .map((method) => ({ method, path, allowed })),
  )
  const types = ['application/json', 'text/plain', 'text/html', `text/plain; ${FORM_TYPE}`]
  return {
    unknown: {
      check: 'C5',
      cases: unknown,
      plan: (office, path: string) => ({
        request: { path },
        rule: RULES.missing,
        outcomes: [page(office, 404, wrongsOfAnyPage)],
      }),
    },
    otherMethod: {
      check: 'C5',
      cases: others,
      plan: (_, { method, path, allowed }: (typeof others)[number]) => ({
        request: { method, path },
        rule: RULES.method,
        outcomes: [
          { ...notAllowed(allowed), json: false, error: false },
          ...(method === 'OPTIONS' ? [only(200, 204)] : []),
        ],
      }),
    },
    head: {
      check: 'C5',
      cases: [known, '/pickup', '/pickups', `/track/${word}`],
      plan: (_, path: string) => ({
        request: { method: 'HEAD', path },
        rule: RULES.head,
        outcomes: [
          {
            ...only(path.includes(word) ? 404 : 200),
            also({ headers }) {
              const type = headers['content-type']
              if (/^text\/html\b/i.test(type ?? '')) return undefined
              return `the Content-Type must be that of GET, text/html; came ${JSON.stringify(type ?? null)}`
            },
          },
        ],
      }),
    },
    otherType: {
      check: 'C5',
      cases: types,
      plan: (_, type: string) => ({
        request: {
          method: 'POST',
          path: '/pickup',
          headers: { 'Content-Type': type },
          body: type === 'application/json' ? '{"name":"Ana"}' : 'name=Ana',
        },
        rule: RULES.otherType,
        outcomes: [only(400, 415, 422)],
      }),
    },
  }
}
