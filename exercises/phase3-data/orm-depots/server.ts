// Pelican Post's depots. schema.sql has the tables, sample.sql a few rows to try.
import express from 'express'
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Sequelize,
} from 'sequelize'

// Sequelize and Express are a suggestion: Drizzle, Kysely, Knex and plain pg are just as good.

// 1. The models. `define` here holds for all of them. With logging you see what SQL they send.

const sequelize = new Sequelize(process.env.DATABASE_URL ?? '', {
  logging: (sql) => console.log(sql),
  define: { underscored: true, timestamps: false },
})

class Depot extends Model<InferAttributes<Depot>, InferCreationAttributes<Depot>> {
  // `declare`, for a real field would hide the getter that Sequelize makes.
  declare id: CreationOptional<number>
  declare name: string
  declare city: string
  declare openedOn: string
}

Depot.init(
  {
    id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    name: { type: DataTypes.TEXT, allowNull: false },
    city: { type: DataTypes.TEXT, allowNull: false },
    openedOn: { type: DataTypes.DATEONLY, allowNull: false },
  },
  { sequelize, tableName: 'depots' },
)

// Parcel, Scan, Tag, and how they hang together …

const app = express()
app.use(express.json())

// 2. GET /depots?limit&offset&sort: depots with their parcels, those with their scans and tags.

// 3. GET /depots/{id}/stats: parcels, scans and revenueCents, as numbers.

// 4. POST /depots/{id}/move {to, codes}: all of the parcels or none.

// 5. PATCH /parcels/{code} {version, …}: only what was sent, and only on the version that was read.

// 6. POST /parcels {code, depotId, weightKg, priceCents, tags}: also makes the tags that are missing.

app.use((_request, response) => {
  response.status(501).json({ error: 'not implemented' })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => sequelize.close())
})
