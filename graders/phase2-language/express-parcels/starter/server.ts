import express, { type NextFunction, type Request, type Response } from 'express'

const PORT = Number(process.env.PORT ?? 3000)
const PRICING_URL = process.env.PRICING_URL ?? 'http://127.0.0.1:4019'

type Parcel = {
  code: string
  to: string
  weightG: number
  status: 'new' | 'moving' | 'delivered'
}

const parcels = new Map<string, Parcel>()

/** Asks the pricing service at PRICING_URL what a parcel of this weight costs, in cents. */
const fetchCents = async (weightG: number): Promise<number> => {
  // TODO: GET /quote?weight=…, with one second for all of it. What may go wrong? Which status then?
  throw new Error(`no price for ${weightG} g from ${PRICING_URL} yet`)
}

const app = express()

// TODO: give every response its X-Request-Id.
// TODO: read JSON bodies, up to 100 KiB.
// TODO: POST and GET /parcels; GET, PATCH and DELETE /parcels/:code.
// TODO: GET /parcels/:code/quote, with fetchCents.
// TODO: GET /boom throws, GET /boom-async rejects after an await.
// TODO: whatever no route answered is a 404. Until then:
app.use((_req: Request, res: Response) => {
  res.status(501).json({ error: 'not implemented' })
})

// TODO: one place that turns every error into JSON.
app.use((_err: unknown, _req: Request, res: Response, _next: NextFunction) => {
  res.status(501).json({ error: 'not implemented' })
})

const server = app.listen(PORT, '127.0.0.1', (err) => {
  if (err) throw err
  console.log(`Pelican Post listens on http://127.0.0.1:${PORT}`)
})

process.once('SIGTERM', () => server.close())
