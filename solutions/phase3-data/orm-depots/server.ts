// Pelican Post's depots, on Sequelize.
import express, { type NextFunction, type Request, type Response } from 'express'
import {
  type BelongsToManySetAssociationsMixin,
  type CreationOptional,
  DataTypes,
  ForeignKeyConstraintError,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
  type Order,
  Sequelize,
  UniqueConstraintError,
} from 'sequelize'
import { z } from 'zod'

// ---------------------------------------------------------------- models

const sequelize = new Sequelize(process.env.DATABASE_URL ?? '', {
  logging: false,
  define: { underscored: true, timestamps: false },
})

/** NUMERIC and BIGINT arrive as strings, since not every value fits into a number. Ours do. */
function numeric(name: string, type: DataTypes.DataType) {
  return {
    type,
    get(this: Model): number {
      return Number(this.getDataValue(name))
    },
  }
}

class Depot extends Model<InferAttributes<Depot>, InferCreationAttributes<Depot>> {
  declare id: CreationOptional<number>
  declare name: string
  declare city: string
  declare openedOn: string
  declare parcels?: NonAttribute<Parcel[]>
}

class Parcel extends Model<InferAttributes<Parcel>, InferCreationAttributes<Parcel>> {
  declare id: CreationOptional<string>
  declare code: string
  declare depotId: number
  declare status: CreationOptional<string>
  declare weightKg: number
  declare priceCents: number
  declare version: CreationOptional<number>
  declare scans?: NonAttribute<Scan[]>
  declare tags?: NonAttribute<Tag[]>
  declare setTags: BelongsToManySetAssociationsMixin<Tag, number>
}

class Scan extends Model<InferAttributes<Scan>, InferCreationAttributes<Scan>> {
  declare id: CreationOptional<string>
  declare parcelId: string
  declare kind: string
  declare at: CreationOptional<Date>
}

class Tag extends Model<InferAttributes<Tag>, InferCreationAttributes<Tag>> {
  declare id: CreationOptional<number>
  declare name: string
}

Depot.init(
  {
    id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    name: DataTypes.TEXT,
    city: DataTypes.TEXT,
    openedOn: DataTypes.DATEONLY,
  },
  { sequelize, tableName: 'depots' },
)
Parcel.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    code: DataTypes.TEXT,
    depotId: DataTypes.INTEGER,
    status: { type: DataTypes.TEXT, defaultValue: 'registered' },
    weightKg: numeric('weightKg', DataTypes.DECIMAL),
    priceCents: numeric('priceCents', DataTypes.BIGINT),
    version: { type: DataTypes.INTEGER, defaultValue: 1 },
  },
  // Paranoid: a row with deleted_at is left out of every query. It needs `timestamps`.
  {
    sequelize,
    tableName: 'parcels',
    timestamps: true,
    createdAt: false,
    updatedAt: false,
    paranoid: true,
  },
)
Scan.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    parcelId: DataTypes.BIGINT,
    kind: DataTypes.TEXT,
    at: { type: DataTypes.DATE, defaultValue: DataTypes.NOW },
  },
  { sequelize, tableName: 'scans' },
)
Tag.init(
  {
    id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    name: DataTypes.TEXT,
  },
  { sequelize, tableName: 'tags' },
)
const ParcelTag = sequelize.define('parcelTag', {}, { tableName: 'parcel_tags' })

Depot.hasMany(Parcel, { as: 'parcels', foreignKey: 'depotId' })
Parcel.hasMany(Scan, { as: 'scans', foreignKey: 'parcelId' })
Scan.belongsTo(Parcel, { as: 'parcel', foreignKey: 'parcelId' })
Parcel.belongsToMany(Tag, { as: 'tags', through: ParcelTag, foreignKey: 'parcelId' })
Tag.belongsToMany(Parcel, { through: ParcelTag, foreignKey: 'tagId' })

// ---------------------------------------------------------------- what comes in and goes out

const whole = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
const Page = z.object({
  limit: whole.pipe(z.number().min(1).max(100)).default(20),
  offset: whole.default(0),
  sort: z.enum(['name', '-name', 'city', '-city']).optional(),
})
const Id = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1)
const Kilograms = z.number().min(0).lt(100_000)
const Cents = z.int().min(0)
const Move = z.object({ to: Id, codes: z.array(z.string()).min(1).max(100) })
/** Names what may be changed; zod leaves out all else, so that nobody moves or deletes by PATCH. */
const Change = z.object({
  version: z.int(),
  status: z.string().optional(),
  weightKg: Kilograms.optional(),
  priceCents: Cents.optional(),
})
const NewParcel = z.object({
  code: z.string().min(1),
  depotId: Id,
  weightKg: Kilograms,
  priceCents: Cents,
  // As PostgreSQL counts: characters, of which JavaScript may need two units each.
  tags: z.array(z.string().refine((tag) => tag !== '' && [...tag].length <= 30)),
})

class Problem extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** From one of four words to columns of ours: what a client sends never becomes SQL. */
function orderOf(sort?: z.infer<typeof Page>['sort']): Order {
  const last: [string, string] = ['id', 'ASC']
  if (!sort) return [last]
  return sort.startsWith('-') ? [[sort.slice(1), 'DESC'], last] : [[sort, 'ASC'], last]
}

function showDepot({ id, name, city, openedOn, parcels = [] }: Depot) {
  const shown = parcels.map((parcel) => ({
    ...showParcel(parcel),
    scans: parcel.scans?.map(({ kind, at }) => ({ kind, at })),
    tags: parcel.tags?.map(({ name }) => name),
  }))
  return { id, name, city, openedOn, parcels: shown }
}

function showParcel({ code, status, weightKg, priceCents, version }: Parcel) {
  return { code, status, weightKg, priceCents, version }
}

async function findDepot(id: unknown): Promise<Depot> {
  const depot = await Depot.findByPk(Id.parse(id))
  if (!depot) throw new Problem(404, `there is no depot ${id}`)
  return depot
}

// ---------------------------------------------------------------- routes

const app = express()
app.use(express.json())

app.get('/depots', async (request, response) => {
  const { limit, offset, sort } = Page.parse(request.query)
  const depots = await Depot.findAll({
    order: orderOf(sort),
    limit,
    offset,
    // One query per relation, for all depots together. Joined, `limit` would count rows.
    include: {
      association: 'parcels',
      separate: true,
      include: [{ association: 'scans', separate: true }, { association: 'tags' }],
    },
  })
  response.json({ depots: depots.map(showDepot) })
})

app.get('/depots/:id/stats', async (request, response) => {
  const { id: depotId } = await findDepot(request.params.id)
  const [parcels, revenueCents, scans] = await Promise.all([
    Parcel.count({ where: { depotId } }),
    Parcel.sum('priceCents', { where: { depotId } }),
    // Apart from the sum: joined, a parcel's price would count once for each of its scans.
    Scan.count({ include: { association: 'parcel', where: { depotId }, required: true } }),
  ])
  response.json({ parcels, scans, revenueCents: revenueCents || 0 })
})

app.post('/depots/:id/move', async (request, response) => {
  const { to, codes } = Move.parse(request.body)
  const from = await findDepot(request.params.id)
  await findDepot(to)
  await sequelize.transaction(async (transaction) => {
    // Looks and moves in one statement: who comes second finds the parcel elsewhere.
    const [moved, parcels] = await Parcel.update(
      { depotId: to },
      { where: { code: codes, depotId: from.id }, returning: true, transaction },
    )
    // What is thrown in here rolls everything back.
    if (moved !== codes.length) throw new Problem(409, 'not all of these parcels are there')
    const scans = parcels.map(({ id }) => ({ parcelId: id, kind: 'moved' }))
    await Scan.bulkCreate(scans, { transaction })
  })
  response.json({ moved: codes.length })
})

app.patch('/parcels/:code', async (request, response) => {
  const { code } = request.params
  const { version, ...changes } = Change.parse(request.body)
  const [changed, parcels] = await Parcel.update(
    { ...changes, version: sequelize.literal('version + 1') },
    { where: { code, version }, returning: true },
  )
  if (changed === 0) {
    const known = await Parcel.count({ where: { code } })
    if (known) throw new Problem(409, 'somebody has changed this parcel since: read it again')
    throw new Problem(404, 'there is no such parcel')
  }
  response.json(showParcel(parcels[0]!))
})

app.post('/parcels', async (request, response) => {
  const { tags: names, ...values } = NewParcel.parse(request.body)
  const parcel = await sequelize.transaction(async (transaction) => {
    // Whoever makes the same tag at the same time: this waits, then goes on without one of its own.
    const missing = names.toSorted().map((name) => ({ name }))
    await Tag.bulkCreate(missing, { ignoreDuplicates: true, transaction })
    const tags = await Tag.findAll({ where: { name: names }, transaction })
    const created = await Parcel.create(values, { transaction })
    await created.setTags(tags, { transaction })
    return created
  })
  response.status(201).json(showParcel(parcel))
})

app.use((_request, response) => {
  response.status(404).json({ error: 'not found' })
})

function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  if (error instanceof z.ZodError) return new Problem(422, z.prettifyError(error))
  if (error instanceof UniqueConstraintError) return new Problem(409, 'this code is taken')
  if (error instanceof ForeignKeyConstraintError) return new Problem(422, 'there is no such depot')
  if ((error as { status?: number }).status === 400) return new Problem(400, 'this is not JSON')
  return undefined
}

app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  const problem = problemOf(error)
  if (!problem) console.error(error)
  const { status, message } = problem ?? { status: 500, message: 'something went wrong' }
  response.status(status).json({ error: message })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => sequelize.close())
  server.closeIdleConnections()
})
