import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import type { RedisDatabase } from '../../harness/index.ts'

/** A line of MONITOR: the time, the logical database and who asked, and the words of the command. */
const LINE = /^[\d.]+ \[(?<db>\d+) [^\]]*\] "(?<name>(?:[^"\\]|\\.)*)"(?: "(?<argument>[^"]*)")?/

/**
 * Tells which commands ran in this logical database during `action`, in capitals and without their
 * arguments. Redis itself tells (MONITOR), and so those are among them that a script called.
 */
export async function commandsDuring(
  { client }: RedisDatabase,
  action: () => Promise<unknown>,
): Promise<string[]> {
  const { db = 0, host, port, username, password, tls } = client.options
  const secure = tls ? { ...tls, tls: true as const } : {}
  // Not with `client`: where Redis is busy, it takes the first lines for answers to something else.
  const monitor = createClient({
    socket: { host, port: port!, reconnectStrategy: false, ...secure },
    username: username || undefined,
    password: password || undefined,
  })
  const names: string[] = []
  const end = `the end: ${randomUUID()}`
  const ended = Promise.withResolvers<void>()
  monitor.on('error', ended.reject)
  ended.promise.catch(() => {})
  await monitor.connect()
  try {
    await monitor.monitor((line: unknown) => {
      const { groups } = LINE.exec(String(line)) ?? {}
      // Other graders may be at work in other databases of this server.
      if (!groups || groups.db !== String(db)) return
      if (groups.argument === end) ended.resolve()
      else names.push(groups.name!.toUpperCase())
    })
    await action()
    await client.echo(end)
    await ended.promise
    return names
  } finally {
    monitor.destroy()
  }
}
