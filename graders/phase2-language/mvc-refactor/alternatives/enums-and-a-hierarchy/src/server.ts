import { Pool } from 'pg'
import { app } from './app.ts'
import { Parcels } from './models/parcels.ts'
const pool = new Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error))
app(new Parcels(pool)).listen(Number(process.env.PORT), '127.0.0.1')
