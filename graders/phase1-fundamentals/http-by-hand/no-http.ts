import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

// Runs in the learner's process, before the program. Importing is no sin: STATUS_CODES is useful.
const GUARD = `
import http from 'node:http'
import https from 'node:https'
import http2 from 'node:http2'
import { syncBuiltinESMExports } from 'node:module'

function refuse() {
  throw new Error('http-by-hand: write HTTP yourself, on sockets of node:net. The servers of node:http, node:https and node:http2 are switched off here.')
}
for (const library of [http, https, http2]) {
  for (const name of ['createServer', 'createSecureServer', 'Server', '_connectionListener', 'performServerHandshake']) {
    if (name in library) library[name] = refuse
  }
}
syncBuiltinESMExports()
`

/** Makes the variable with which Node starts without servers for HTTP; other languages overlook it. */
export function withoutHttp(folder: string): { NODE_OPTIONS: string } {
  const file = path.join(folder, 'no-http.mjs')
  writeFileSync(file, GUARD)
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` }
}
