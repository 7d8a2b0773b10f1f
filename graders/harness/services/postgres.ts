import { openPostgres, type PostgresDatabase } from './postgres-database.ts'
import { stocked, take } from './take.ts'

export type { PostgresDatabase } from './postgres-database.ts'

const plain = stocked('postgres', 'db', openPostgres)

/**
 * Makes a fresh, isolated database; it is dropped with the test, or with the file where it was made
 * outside a test. Where there is no PostgreSQL the running test is marked `not run`.
 * @param options.timezone P-TZ: the database's default time zone, such as `Asia/Kathmandu`
 */
export function postgres(options: { timezone?: string } = {}): Promise<PostgresDatabase> {
  if (!options.timezone) return plain()
  return take('postgres', 'db', (service, name) => openPostgres(service, name, options))
}
