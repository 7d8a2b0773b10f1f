import { buildApp } from './app.ts'
import { type Config, readConfig } from './config.ts'

const config = configOrExit()
const app = buildApp(config)

// Finish the running requests, then let the process end by itself.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    app.log.info(`${signal}: stopping`)
    void app.close()
  })
}

// 0.0.0.0, not 127.0.0.1: in a container the requests come from outside.
await app.listen({ host: '0.0.0.0', port: config.port })

function configOrExit(): Config {
  try {
    return readConfig(process.env)
  } catch (error) {
    console.error(`label desk: ${(error as Error).message}`)
    process.exit(1)
  }
}
