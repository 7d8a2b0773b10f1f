import { type MariaDbDatabase, openMariaDb } from './mariadb-database.ts'
import { stocked } from './take.ts'

export type { MariaDbDatabase } from './mariadb-database.ts'

/**
 * Makes a fresh, isolated database on MariaDB; it is dropped with the test, or with the file where
 * it was made outside a test. Where there is no MariaDB the running test is marked `not run`.
 * Strict mode, utf8mb4 and UTC are the server's defaults.
 */
export const mariadb: () => Promise<MariaDbDatabase> = stocked('mariadb', 'db', openMariaDb)
