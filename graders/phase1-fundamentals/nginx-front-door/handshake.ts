import { connect } from 'node:net'
import tls from 'node:tls'

/** Tries a handshake with one version alone. @returns the version, or `refused` and why */
export function handshake(port: number, version: tls.SecureVersion): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      ...{ host: '127.0.0.1', port, servername: 'pelican.test', rejectUnauthorized: false },
      ...{ minVersion: version, maxVersion: version },
      // Otherwise OpenSSL would not even offer the old ones.
      ciphers: 'ALL:@SECLEVEL=0',
    })
    socket.once('secureConnect', () => {
      resolve(socket.getProtocol() ?? 'unknown')
      socket.destroy()
    })
    socket.once('error', (error: Error & { code?: string }) => {
      // Our own end cannot: then nothing was tried.
      if (error.code === 'ERR_SSL_NO_PROTOCOLS_AVAILABLE') return reject(error)
      resolve(`refused (${error.code ?? error.message})`)
    })
  })
}

/** True where somebody listens. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
