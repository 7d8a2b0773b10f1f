import { createHash, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import bcrypt from 'bcryptjs'
import express from 'express'
import jwt from 'jsonwebtoken'
import { Pool } from 'pg'

// The libraries above are a suggestion; jose, fastify or plain node:http are just as good.

interface TokenPair {
  accessToken: string
  refreshToken: string
  expiresIn: number // seconds
}

// 1. Settings: read the keys, JWT_ISSUER and JWT_AUDIENCE; end with a message when one is missing.

// 2. Access tokens: sign one for a user id; tell the user id of a token, or that it is not valid.

// 3. Refresh tokens: create your tables; start a family, use a token up, end a family.

// 4. The five routes.

const app = express()
app.use(express.json())

app.use((_req, res) => {
  res.status(501).json({ error: 'not implemented' })
})

const server = app.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => server.close())
