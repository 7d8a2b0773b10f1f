// Starts an origin, and nginx with your edge.conf.template before it. Not graded; change it as you like.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'

const EDGE_PORT = 8080

let answers = 0

// The query says how it answers: ?cache-control=max-age%3D60&status=404
const origin = createServer((request, response) => {
  request.resume().on('end', () => {
    const asked = new URL(request.url ?? '/', 'http://origin').searchParams
    const status = Number(asked.get('status') ?? 200)
    answers += 1
    for (const name of ['cache-control', 'set-cookie', 'vary', 'last-modified']) {
      const value = asked.get(name)
      if (value !== null) response.setHeader(name, value)
    }
    const seconds = asked.get('expires')
    if (seconds !== null) {
      response.setHeader('Expires', new Date(Date.now() + Number(seconds) * 1000).toUTCString())
    }
    const tag = asked.get('etag')
    if (tag !== null) response.setHeader('ETag', `"${tag}"`)
    const known = tag !== null && request.headers['if-none-match'] === `"${tag}"`
    response.writeHead(known ? 304 : status, { 'Content-Type': 'text/plain' })
    response.end(known ? undefined : `answer ${answers}: ${request.headers.host} ${request.url}\n`)
    console.log(`origin: ${request.method} ${request.headers.host} ${request.url}`)
  })
})
await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))

const folder = mkdtempSync(path.join(os.tmpdir(), 'cdn-edge-'))
// Where root starts nginx, its workers are another user's.
chmodSync(folder, 0o755)
const file = (name: string) => path.join(folder, name)
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const values: Record<string, string | number> = {
  EDGE_PORT,
  ORIGIN_PORT: (origin.address() as AddressInfo).port,
  CACHE_DIR: file('cache'),
}
const template = readFileSync(path.join(import.meta.dirname, 'edge.conf.template'), 'utf8')
writeFileSync(
  file('edge.conf'),
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
  default_type application/octet-stream;
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${name};\n`).join('')}  include edge.conf;
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
console.log(`http://localhost:${EDGE_PORT}`)
