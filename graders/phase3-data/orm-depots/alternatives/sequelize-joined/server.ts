import express from 'express'
import { DataTypes, OptimisticLockError, Sequelize, Transaction, UniqueConstraintError } from 'sequelize'

const sequelize = new Sequelize(process.env.DATABASE_URL!, { logging: false, pool: { max: 5, min: 1 } })

const options = (tableName: string) => ({ tableName, timestamps: false, underscored: true })

const Depot: any = sequelize.define(
  'Depot',
  { name: DataTypes.STRING, city: DataTypes.STRING, openedOn: DataTypes.DATEONLY },
  options('depots'),
)
const Parcel: any = sequelize.define(
  'Parcel',
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    code: DataTypes.STRING,
    status: { type: DataTypes.STRING, defaultValue: 'registered' },
    weightKg: DataTypes.DECIMAL(8, 3),
    priceCents: DataTypes.BIGINT,
    version: { type: DataTypes.INTEGER, defaultValue: 1 },
    deletedAt: DataTypes.DATE,
  },
  { ...options('parcels'), version: 'version', scopes: { there: { where: { deletedAt: null } } } },
)
const Scan: any = sequelize.define(
  'Scan',
  { kind: DataTypes.STRING, at: { type: DataTypes.DATE, defaultValue: Sequelize.fn('now') } },
  options('scans'),
)
const Tag: any = sequelize.define('Tag', { name: DataTypes.STRING }, options('tags'))

Depot.hasMany(Parcel, { foreignKey: 'depotId' })
Parcel.belongsTo(Depot, { foreignKey: 'depotId' })
Parcel.hasMany(Scan, { foreignKey: 'parcelId' })
// A model of its own, for one made from its name would take `version` over from Parcel.
const ParcelTag: any = sequelize.define('ParcelTag', {}, options('parcel_tags'))
Parcel.belongsToMany(Tag, { through: ParcelTag, foreignKey: 'parcelId' })
Tag.belongsToMany(Parcel, { through: ParcelTag, foreignKey: 'tagId' })

const app = express()
app.use(express.json())
const refusal = (status: number, message: string) => Object.assign(new Error(message), { status })

app.get('/depots', async (req, res, next) => {
  try {
    const { limit: first = '20', offset: after = '0' } = req.query
    if (!/^\d{1,10}$/.test(String(first)) || !/^\d{1,10}$/.test(String(after))) throw refusal(400, 'digits, please')
    const limit = Number(first)
    const offset = Number(after)
    const sort = String(req.query.sort ?? 'id')
    if (limit < 1 || limit > 100) throw refusal(422, 'limit: 1 to 100')
    if ('sort' in req.query && !['name', 'city', '-name', '-city'].includes(sort)) throw refusal(422, 'sort: unknown')
    const order = sort.startsWith('-') ? [sort.substring(1), 'DESC'] : [sort, 'ASC']
    const depots = await Depot.findAll({
      limit,
      offset,
      order: [order, ['id', 'ASC']],
      include: [{ model: Parcel.scope('there'), required: false, include: [Scan, Tag] }],
    })
    const plain = JSON.parse(JSON.stringify(depots))
    for (const depot of plain) {
      depot.parcels = depot.Parcels
      delete depot.Parcels
      for (const parcel of depot.parcels) {
        parcel.weightKg = Number(parcel.weightKg)
        parcel.priceCents = Number(parcel.priceCents)
        parcel.scans = parcel.Scans
        parcel.tags = parcel.Tags.map((tag: any) => tag.name)
        delete parcel.Scans
        delete parcel.Tags
      }
    }
    res.json({ depots: plain })
  } catch (error) {
    next(error)
  }
})

app.get('/depots/:id/stats', async (req, res, next) => {
  try {
    const depot = await Depot.findByPk(req.params.id, {
      include: [{ model: Parcel.scope('there'), required: false, include: [Scan] }],
    })
    if (!depot) throw refusal(404, 'no such depot')
    const scans = depot.Parcels.flatMap((parcel: any) => parcel.Scans)
    const revenueCents = depot.Parcels.reduce((sum: number, parcel: any) => sum + Number(parcel.priceCents), 0)
    res.json({ parcels: depot.Parcels.length, scans: scans.length, revenueCents })
  } catch (error) {
    next(error)
  }
})

app.post('/depots/:id/move', async (req, res, next) => {
  const transaction = await sequelize.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.READ_COMMITTED })
  try {
    const to = await Depot.findByPk(req.body.to, { transaction })
    if (!to) throw refusal(422, 'no such depot')
    for (const code of req.body.codes.toSorted()) {
      const parcel = await Parcel.scope('there').findOne({ where: { code }, transaction, lock: transaction.LOCK.UPDATE })
      if (!parcel || String(parcel.depotId) !== req.params.id) throw refusal(409, `${code} is not at this depot`)
      await parcel.setDepot(to, { transaction })
      await parcel.createScan({ kind: 'moved' }, { transaction })
    }
    await transaction.commit()
    res.json({ moved: req.body.codes.length })
  } catch (error) {
    await transaction.rollback()
    next(error)
  }
})

app.patch('/parcels/:code', async (req, res, next) => {
  try {
    const { version, status, weightKg, priceCents } = req.body
    if (version === undefined) throw refusal(400, 'version is missing')
    const parcel = await Parcel.scope('there').findOne({ where: { code: req.params.code } })
    if (!parcel) throw refusal(404, 'no such parcel')
    if (parcel.version !== version) throw refusal(409, 'stale')
    if (status !== undefined) parcel.status = status
    if (weightKg !== undefined) parcel.weightKg = weightKg
    if (priceCents !== undefined) parcel.priceCents = priceCents
    await parcel.save()
    res.json(parcel)
  } catch (error) {
    next(error)
  }
})

app.post('/parcels', async (req, res, next) => {
  try {
    const { tags, ...values } = req.body
    if (tags.some((name: string) => [...name].length > 30)) throw refusal(422, 'a tag is too long')
    const parcel = await sequelize.transaction(async (transaction) => {
      const depot = await Depot.findByPk(values.depotId, { transaction })
      if (!depot) throw refusal(422, 'no such depot')
      const parcel = await depot.createParcel(values, { transaction })
      for (const name of tags.toSorted()) {
        const [tag] = await Tag.findOrCreate({ where: { name }, transaction })
        await parcel.addTag(tag, { transaction })
      }
      return parcel
    })
    res.status(201).json(parcel)
  } catch (error) {
    next(error)
  }
})

app.use((_req, res) => void res.status(404).json({ error: 'not found' }))
app.use((error: any, _req: any, res: any, _next: any) => {
  if (error instanceof OptimisticLockError) return res.status(409).json({ error: 'stale' })
  if (error instanceof UniqueConstraintError) return res.status(409).json({ error: 'the code is taken' })
  if (!error.status) console.error(error)
  res.status(error.status ?? 500).json({ error: error.status ? error.message : 'something is wrong here' })
})

// Nobody is served before the database can be reached.
await sequelize.authenticate()
const server = app.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => server.close(() => sequelize.close()))
