import { connect } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import { proxy } from '../probes/proxy.ts'
import { currentRun, shared } from '../submission.ts'
import { memcached } from './memcached.ts'
import { startServices } from './start.ts'

const started = shared(async () => {
  const run = currentRun()
  const services = await startServices(['memcached'], run)
  // Without its service a test would be skipped, and say nothing.
  expect(services.memcached).not.toHaveProperty('missing')
  Object.assign(run.services, services)
})
beforeAll(() => started())

/** Sends lines as a program would, and gives what came until the server is done with them. */
function say(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) })
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
    socket.write(`${text}quit\r\n`)
  })
}

test('what is set is there, whatever it looks like, and is counted', async () => {
  const cache = await memcached()
  const value = 'END\r\nVALUE a 0 1\r\nŁódź 📦'
  await cache.set('a', value, 60)
  expect((await cache.get('a'))?.toString()).toBe(value)
  expect(await cache.get('b')).toBeUndefined()
  expect(await cache.stats()).toMatchObject({ get_hits: '1', get_misses: '1', cmd_flush: '0' })
  await expect(cache.set('x'.repeat(251), '')).rejects.toThrow(/ERROR/)
  await expect.poll(() => cache.keys()).toMatchObject([{ key: 'a' }])
  await cache.flush()
  expect(await cache.get('a')).toBeUndefined()
})

test('it tells every key, also of what was read a moment ago', async () => {
  const cache = await memcached()
  for (let count = 0; count < 40; count++) {
    if (count % 10 === 0) await cache.flush()
    await cache.set(`read:${count}`, 'x', 60)
    for (let reads = 0; reads < 2; reads++) await cache.get(`read:${count}`)
    const found = (await cache.keys()).map(({ key }) => key)
    expect(found).toContain(`read:${count}`)
  }
})

test('each has its own, and one that was stopped comes back empty, at the same address', async () => {
  const [cache, other] = [await memcached(), await memcached()]
  await cache.set('a', '1')
  expect(await other.get('a')).toBeUndefined()
  await cache.stop()
  await expect(say(cache.url, 'version\r\n')).rejects.toThrow()
  await cache.start()
  expect(await say(cache.url, 'get a\r\n')).toBe('END\r\n')
})

test('the proxy reads what is sent, and cuts the way', async () => {
  const cache = await memcached()
  const between = await proxy(cache.url)
  expect(await say(between.url, 'set a 0 0 2\r\nhi\r\nget a\r\n')).toMatch(
    /^STORED\r\nVALUE a 0 2\r\nhi/,
  )
  const texts = between.statements.map(({ text }) => text)
  expect(texts).toEqual(['set a 0 0 2', 'get a', 'quit'])
  between.cut()
  await expect(say(between.url, 'get a\r\n')).rejects.toThrow()
})
