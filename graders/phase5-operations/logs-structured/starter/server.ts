// Pelican Post's parcels. The API is finished; what it lacks is its log. README.md has the rules.
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type NextFunction, type Request, type Response } from 'express'
import { charge } from './bank.ts'
import {
  addCustomer,
  addParcel,
  closePool,
  createTables,
  customerOf,
  findParcel,
  logIn,
} from './data.ts'
import { log } from './log.ts'

/** A refusal: thrown anywhere, answered by the last handler below. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const app = express()
app.disable('x-powered-by')

// TODO: one line when the request is over, not when it comes; and this one holds too much.
app.use((request, _response, next) => {
  log(`${request.method} ${request.originalUrl}`)
  next()
})

app.get('/livez', (_request, response) => {
  response.json({ live: true })
})

// ---------------------------------------------------------------- who is asking

function tokenOf(request: Request): string | undefined {
  const bearer = /^Bearer ([\w-]+)$/i.exec(request.get('Authorization') ?? '')?.[1]
  const { token } = request.query
  return bearer ?? (typeof token === 'string' ? token : undefined)
}

app.use(async (request, response, next) => {
  const token = tokenOf(request)
  if (token) {
    response.locals.customer = await customerOf(token)
  }
  next()
})

// ---------------------------------------------------------------- what may be sent

app.use(express.json())

/** A text of a body, of 1 to 200 characters. */
function textOf(request: Request, field: string): string {
  const value: unknown = request.body?.[field]
  if (typeof value === 'string' && value !== '' && [...value].length <= 200) return value
  throw new Refusal(422, `${field} must be a text of 1 to 200 characters`)
}

function emailOf(request: Request): string {
  const email = textOf(request, 'email').toLowerCase()
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new Refusal(422, 'email must be an e-mail address')
  return email
}

function cardOf(request: Request): { number: string } {
  const number: unknown = request.body?.card?.number
  if (typeof number !== 'string' || !/^[0-9]{12,19}$/.test(number)) {
    throw new Refusal(422, 'card.number must be a text of 12 to 19 digits')
  }
  return { number }
}

async function parcelOf(request: Request<{ code: string }>) {
  const { code } = request.params
  // PostgreSQL keeps no U+0000 in a text.
  const parcel = code.includes('\0') ? undefined : await findParcel(code)
  if (!parcel) throw new Refusal(404, 'no such parcel')
  return parcel
}

// ---------------------------------------------------------------- the API

/** Refuses methods that a path does not have. */
const only = (methods: string) => (_request: Request, response: Response) => {
  response.set('Allow', methods).status(405).json({ error: 'no such method here' })
}

app
  .route('/customers')
  .post(async (request, response) => {
    const customer = await addCustomer(emailOf(request), textOf(request, 'password'))
    if (!customer) throw new Refusal(409, 'this e-mail has an account')
    response.status(201).json(customer)
  })
  .all(only('POST'))

app
  .route('/login')
  .post(async (request, response) => {
    const email = emailOf(request)
    const token = await logIn(email, textOf(request, 'password'))
    if (!token) {
      log(`login of ${email} failed`)
      throw new Refusal(401, 'wrong e-mail or password')
    }
    response.json({ token })
  })
  .all(only('POST'))

app
  .route('/me')
  .get((_request, response) => {
    if (!response.locals.customer) throw new Refusal(401, 'log in first')
    response.json(response.locals.customer)
  })
  .all(only('GET, HEAD'))

app
  .route('/parcels')
  .post(async (request, response) => {
    const parcel = await addParcel(textOf(request, 'town'))
    response.status(201).location(`/parcels/${parcel.code}`).json(parcel)
  })
  .all(only('POST'))

app
  .route('/parcels/:code')
  .get(async (request, response) => {
    response.json(await parcelOf(request))
  })
  .all(only('GET, HEAD'))

app
  .route('/parcels/:code/label')
  .get(async (request, response) => {
    const { code, town } = await parcelOf(request)
    await sleep(Math.min(Number(request.query.ms) || 0, 5000))
    response.json({ label: `${town} ${code}` })
  })
  .all(only('GET, HEAD'))

app
  .route('/parcels/:code/pay')
  .post(async (request, response) => {
    const card = cardOf(request)
    const { code } = await parcelOf(request)
    await charge(card)
    response.json({ code, paid: true })
  })
  .all(only('POST'))

app
  .route('/crash')
  .post((_request, response) => {
    response.status(202).json({ crash: 'in a moment' })
    setTimeout(() => {
      throw new Error('a drill: nobody catches this')
    }, 50)
  })
  .all(only('POST'))

app.use(() => {
  throw new Refusal(404, 'no such page')
})

app.use(
  (
    error: Error & { status?: number },
    _request: Request,
    response: Response,
    _next: NextFunction,
  ) => {
    const status = error.status ?? 500
    if (status >= 500) console.error(error)
    response.status(status).json({ error: status < 500 ? error.message : 'internal server error' })
  },
)

// ---------------------------------------------------------------- start and end

await createTables()
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  log('listening')
})
process.once('SIGTERM', () => {
  server.close(() => void closePool())
})
