import { makeApi, readSettings, type Settings } from './api.ts'

const DRAIN_MS = 15_000

const settings = settingsOrExit()
const api = makeApi(settings)

process.once('SIGTERM', () => {
  api.drain()
  setTimeout(() => {
    api.server.close(() => process.exit(0))
    api.server.closeIdleConnections()
  }, DRAIN_MS)
})

api.server.listen(settings.port, '0.0.0.0')

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env)
  } catch (error) {
    console.error(`api: ${(error as Error).message}`)
    process.exit(1)
  }
}
