// Prints a token for a user: node token.ts 3. More claims: node token.ts 3 '{"role":"admin"}'
import jwt from 'jsonwebtoken'

const [subject = '1', claims = '{}'] = process.argv.slice(2)
const secret = process.env.JWT_SECRET
if (!secret) throw new Error('JWT_SECRET is not set')
console.log(jwt.sign(JSON.parse(claims), secret, { subject, expiresIn: '1 day' }))
