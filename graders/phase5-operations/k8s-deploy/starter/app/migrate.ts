import { readDatabaseUrl } from './api.ts'

// The real one brings the tables up to date; it takes a lock, so that it may run several times at once.
try {
  const { hostname, pathname } = readDatabaseUrl(process.env)
  console.log(`migrate: ${pathname.slice(1)} at ${hostname} is up to date`)
} catch (error) {
  console.error(`migrate: ${(error as Error).message}`)
  process.exit(1)
}
