// Starts a small app, and nginx with your default.conf.template before it. Not graded; change it as you like.
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import selfsigned from 'selfsigned'
import { WebSocketServer } from 'ws'

const HTTP_PORT = 8080
const HTTPS_PORT = 8443

const app = createServer((request, response) => {
  request.resume().on('end', () => {
    const { host, 'x-forwarded-for': client, 'x-forwarded-proto': proto } = request.headers
    const seen = { path: request.url, host, 'x-forwarded-for': client, 'x-forwarded-proto': proto }
    response.setHeader('Content-Type', 'application/json')
    response.end(`${JSON.stringify(seen)}\n`)
  })
})
const echo = new WebSocketServer({ server: app, path: '/ws' })
echo.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})
await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))

const folder = mkdtempSync(path.join(os.tmpdir(), 'front-door-'))
// Where root starts nginx, its workers are another user's.
chmodSync(folder, 0o755)
const file = (name: string) => path.join(folder, name)
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

mkdirSync(file('www/static'), { recursive: true })
writeFileSync(file('www/static/site.css'), 'body { font-family: sans-serif }\n'.repeat(50))
writeFileSync(file('www/secret.txt'), 'the secret\n')

const { cert, private: key } = await selfsigned.generate([
  { name: 'commonName', value: 'localhost' },
])
writeFileSync(file('cert.pem'), cert)
writeFileSync(file('key.pem'), key)

const values: Record<string, string | number> = {
  HTTP_PORT,
  HTTPS_PORT,
  APP_PORT: (app.address() as AddressInfo).port,
  DOCROOT: file('www'),
  CERT: file('cert.pem'),
  KEY: file('key.pem'),
}
const template = readFileSync(path.join(import.meta.dirname, 'default.conf.template'), 'utf8')
writeFileSync(
  file('default.conf'),
  template.replaceAll(/\$\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)),
)

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
writeFileSync(
  file('nginx.conf'),
  `daemon off;
error_log stderr;
pid nginx.pid;
events {}
http {
  types {
    text/html html; text/css css; text/javascript js; text/plain txt;
    application/json json; image/svg+xml svg; image/png png;
  }
  default_type application/octet-stream;
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${name};\n`).join('')}  include default.conf;
}
`,
)
// Debian keeps it where only root looks.
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`
const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
  env: { ...process.env, PATH },
  stdio: 'inherit',
})
nginx.on('error', (error) => console.error(`nginx does not start: ${error.message}`))
nginx.on('exit', (code) => process.exit(code ?? 1))
process.on('SIGINT', () => nginx.kill())
process.on('SIGTERM', () => nginx.kill())
console.log(`http://localhost:${HTTP_PORT} and https://localhost:${HTTPS_PORT}`)
