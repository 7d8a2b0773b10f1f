import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import express from 'express'
import { Pool } from 'pg'
import { createClient } from 'redis'

// The libraries above are a suggestion; fastify, ioredis or plain node:http are just as good.

interface Session {
  userId: number
}

// 1. Accounts: create your table; hash a password, and compare one with a hash.

// 2. Sessions: begin one and set its cookie; find the session of a request; end one, or many.

// 3. Origins: which requests may change something?

// 4. The five routes.

const app = express()
app.use(express.json())

app.post('/register', (req, res) => {
  res.status(201).json({ email: req.body.email })
})

app.use((_req, res) => {
  res.status(501).json({ error: 'not implemented' })
})

const server = app.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => server.close())
