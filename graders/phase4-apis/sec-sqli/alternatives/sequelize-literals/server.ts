import { createHash } from 'node:crypto'
import express from 'express'
import { DataTypes, Op, Sequelize } from 'sequelize'

const sequelize = new Sequelize(process.env.DATABASE_URL!, { logging: false, pool: { max: 5 } })
const plain = { timestamps: false, underscored: true }
const Clerk: any = sequelize.define('Clerk', { name: DataTypes.TEXT, salt: DataTypes.TEXT, digest: DataTypes.TEXT }, { ...plain, tableName: 'clerks' })
const Customer: any = sequelize.define('Customer', { name: DataTypes.TEXT, city: DataTypes.TEXT }, { ...plain, tableName: 'customers' })
const Parcel: any = sequelize.define('Parcel', { sender: DataTypes.TEXT, town: DataTypes.TEXT, weightG: DataTypes.INTEGER }, { ...plain, tableName: 'parcels' })

const app = express()
app.use(express.json())
const stop = (status: number, message: string) => Object.assign(new Error(message), { status, own: true })
const shown = ({ id, name, city }: any) => ({ id: String(id), name, city })
const shownParcel = ({ id, sender, town, weightG }: any) => ({ id: String(id), sender, town, weightG })

app.post('/login', async (req, res) => {
  const { name, password } = req.body ?? {}
  if (typeof name !== 'string' || typeof password !== 'string') throw stop(400, 'name and password, please')
  const clerk = await Clerk.findOne({ where: { name } })
  const digest = clerk && createHash('sha256').update(clerk.salt + password).digest('hex')
  if (!clerk || clerk.digest !== digest) throw stop(401, 'wrong')
  res.json({ id: String(clerk.id), name: clerk.name })
})

app.post('/customers', async (req, res) => {
  const { name, city } = req.body ?? {}
  for (const text of [name, city]) {
    if (typeof text !== 'string' || text === '' || Array.from(text).length > 200) throw stop(422, 'name and city: 1 to 200 characters')
  }
  res.status(201).json(shown(await Customer.create({ name, city })))
})

app.get('/customers', async (req, res) => {
  const { search = '', sort = 'id', limit = '50' } = req.query
  if ([search, sort, limit].some((value) => typeof value !== 'string')) throw stop(400, 'once each')
  if (!['id', 'name', 'city'].includes(sort as string)) throw stop(400, `cannot sort by ${sort}`)
  if (!/^\d+$/.test(limit as string) || +limit < 1 || +limit > 500) throw stop(400, `cannot show ${limit}`)
  const rows = await Customer.findAll({
    where: { name: { [Op.like]: `%${(search as string).replaceAll(/[\\%_]/g, '\\$&')}%` } },
    order: [[sort, 'ASC'], ['id', 'ASC']],
    limit: +limit,
  })
  res.json(rows.map(shown))
})

app.get('/customers/:id/parcels', async (req, res) => {
  const customer = /^\d{1,9}$/.test(req.params.id) && (await Customer.findByPk(Number(req.params.id)))
  if (!customer || String(customer.id) !== req.params.id) throw stop(404, 'no such customer')
  res.json((await Parcel.findAll({ where: { sender: customer.name }, order: ['id'] })).map(shownParcel))
})

app.get('/parcels', async (req, res) => {
  const ids = typeof req.query.ids === 'string' ? req.query.ids.split(',') : []
  if (ids.length < 1 || ids.length > 50 || !ids.every((id) => /^\d+$/.test(id))) throw stop(400, 'ids, please')
  const known = ids.filter((id) => Number(id) < 2 ** 31).map(Number)
  res.json((await Parcel.findAll({ where: { id: known }, order: ['id'] })).map(shownParcel))
})

const allow = (...names: string[]) => (_req: any, res: any) => {
  res.set('Allow', names.join(', ')).status(405).json({ message: 'another method, please' })
}
app.all('/login', allow('POST'))
app.all('/customers', allow('GET', 'HEAD', 'POST'))
app.all('/customers/:id/parcels', allow('GET', 'HEAD'))
app.all('/parcels', allow('GET', 'HEAD'))
app.use((_req, res) => void res.status(404).json({ message: 'nothing here' }))
app.use((error: any, _req: any, res: any, _next: any) => {
  const isOurs = error.own || error.type?.startsWith('entity') || error instanceof URIError
  if (!isOurs) console.error(error.name)
  res.status(isOurs ? (error.status ?? 400) : (error.status ?? 503)).json({ message: isOurs ? error.message : 'later, please' })
})
const server = app.listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => server.close(() => process.exit(0)))
