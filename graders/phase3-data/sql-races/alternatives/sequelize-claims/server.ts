import express from 'express'
import {
  DatabaseError,
  DataTypes,
  Model,
  QueryTypes,
  Sequelize,
  Transaction,
  type InferAttributes,
  type InferCreationAttributes,
} from 'sequelize'

const sequelize = new Sequelize(process.env.DATABASE_URL!, {
  logging: false,
  pool: { max: 8, acquire: 30_000 },
})

class Locker extends Model<InferAttributes<Locker>, InferCreationAttributes<Locker>> {
  declare id: number
  declare depotId: number
  declare parcel: string | null
}
Locker.init(
  {
    id: { type: DataTypes.INTEGER, primaryKey: true },
    depotId: { type: DataTypes.INTEGER, field: 'depot_id' },
    parcel: DataTypes.TEXT,
  },
  { sequelize, tableName: 'lockers', timestamps: false },
)

class Wallet extends Model<InferAttributes<Wallet>, InferCreationAttributes<Wallet>> {
  declare id: number
  declare cents: number
}
Wallet.init(
  { id: { type: DataTypes.INTEGER, primaryKey: true }, cents: DataTypes.INTEGER },
  { sequelize, tableName: 'wallets', timestamps: false },
)

async function migrate() {
  await sequelize.query(`
    CREATE TABLE IF NOT EXISTS parcels_seen (code text PRIMARY KEY, asked integer NOT NULL DEFAULT 1);
    CREATE OR REPLACE FUNCTION no_debts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.cents < 0 THEN
        RAISE EXCEPTION 'a wallet would be overdrawn' USING ERRCODE = 'PP001';
      END IF;
      RETURN NEW;
    END $$;
    DROP TRIGGER IF EXISTS no_debts ON wallets;
    CREATE TRIGGER no_debts BEFORE UPDATE ON wallets FOR EACH ROW EXECUTE FUNCTION no_debts();
  `)
}

type Result = [status: number, body: object]

const sqlState = (error: unknown) =>
  error instanceof DatabaseError ? (error.original as { code?: string }).code : undefined

async function book(depotId: number, code: string): Promise<Result> {
  return sequelize.transaction(async (transaction) => {
    await sequelize.query(
      `INSERT INTO parcels_seen (code) VALUES (:code)
       ON CONFLICT (code) DO UPDATE SET asked = parcels_seen.asked + 1`,
      { replacements: { code }, transaction },
    )
    const held = await Locker.findOne({ where: { parcel: code }, transaction })
    if (held && held.depotId === depotId) return [200, { locker: held.id }]
    if (held) return [409, { error: 'booked elsewhere' }]
    const lockers = await Locker.findAll({
      where: { depotId },
      order: ['id'],
      lock: Transaction.LOCK.UPDATE,
      transaction,
    })
    const free = lockers.filter(({ parcel }) => parcel === null)
    if (free.length === 0) return [409, { error: 'no locker left' }]
    await free[0]!.update({ parcel: code }, { transaction })
    return [201, { locker: free[0]!.id, free: free.length - 1 }]
  })
}

async function move(from: number, to: number, cents: number): Promise<Result> {
  try {
    return await sequelize.transaction(async (transaction) => {
      const steps: [number, number][] = [
        [from, -cents],
        [to, cents],
      ]
      steps.sort(([a], [b]) => a - b)
      for (const [id, change] of steps) {
        const [changed] = await sequelize.query<{ id: number }>(
          'UPDATE wallets SET cents = cents + :change WHERE id = :id RETURNING id',
          { replacements: { id, change }, type: QueryTypes.SELECT, transaction },
        )
        if (!changed) throw Object.assign(new Error('no such wallet'), { status: 404 })
      }
      return [201, { from, to, cents }]
    })
  } catch (error) {
    if (sqlState(error) === 'PP001') return [409, { error: 'not enough cents' }]
    throw error
  }
}

const app = express()
app.use(express.json({ strict: false }))

const isId = (value: unknown): value is number =>
  Number.isInteger(value) && Math.abs(value as number) < 2 ** 31
const CODE = /^[0-9A-Z-]{4,32}$/

app.post('/depots/:depot/bookings', async (req, res) => {
  const depot = Number(req.params.depot)
  const parcel = req.body?.parcel
  if (!isId(depot) || typeof parcel !== 'string' || !CODE.test(parcel)) {
    res.status(422).json({ error: 'invalid' })
    return
  }
  const [status, body] = await book(depot, parcel)
  res.status(status).json(body)
})

app.delete('/bookings/:parcel', async (req, res) => {
  const parcel = req.params.parcel
  if (CODE.test(parcel)) await Locker.update({ parcel: null }, { where: { parcel } })
  res.status(204).end()
})

app.post('/transfers', async (req, res) => {
  const { from, to, cents } = Object(req.body)
  const right = isId(from) && isId(to) && from !== to && isId(cents) && cents > 0 && cents <= 1e9
  const [status, body] = right ? await move(from, to, cents) : [400, { error: 'invalid' }]
  res.status(status).json(body)
})

app.get('/wallets/:id', async (req, res) => {
  const id = Number(req.params.id)
  const wallet = isId(id) ? await Wallet.findByPk(id) : null
  if (wallet) res.json(wallet)
  else res.status(404).json({ error: 'no such wallet' })
})

app.use((_req: express.Request, res: express.Response) => void res.status(404).json({ error: 'no' }))
app.use(
  (error: any, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(error.status ?? 500).json({ error: error.status ? error.message : 'internal error' })
  },
)

await migrate()
app.listen(Number(process.env.PORT), '127.0.0.1')
