import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { clearEvidence, lastEvidence } from './evidence.ts'
import { httpClient } from './http.ts'
import { SubjectError } from './subjects/errors.ts'

beforeEach(clearEvidence)

/** A client for a server that listens on a port of this machine until the test has ended. */
async function clientOf(server: Server, explain?: () => Promise<string>) {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return httpClient({ url: `http://127.0.0.1:${port}`, explain })
}

/** A server that sends these bytes to every request, and hangs up. */
const sends = (bytes: string) =>
  createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(bytes))
  })

const readAll = async (request: IncomingMessage) => (await request.toArray()).join('')

test('every status is an answer, redirects are not followed, and all is noted', async () => {
  const http = await clientOf(
    createServer(async (request, response) => {
      const body = await readAll(request)
      response.writeHead(302, { Location: '/elsewhere', 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ body, agent: request.headers.connection }))
    }),
  )
  const answer = await http.post('/parcels').set('X-Depot', 'Delft').send({ to: 'Porto' })
  expect(answer.status).toBe(302)
  expect(answer.body).toEqual({ body: '{"to":"Porto"}', agent: 'close' })
  const [evidence, ...more] = lastEvidence(3)
  expect(more).toEqual([])
  expect(evidence?.title).toBe('POST /parcels')
  expect(evidence?.text).toMatch(
    /^X-Depot: Delft\nContent-Type: application\/json\n\n\{"to":"Porto"\}\n← 302 Found\n[\s\S]*location: \/elsewhere/,
  )
})

test('an expectation of the grader’s that fails stays as it is', async () => {
  const http = await clientOf(createServer((_request, response) => response.writeHead(404).end()))
  const error = await http
    .get('/')
    .expect(200)
    .then(undefined, (error: Error) => error)
  expect(error).not.toBeInstanceOf(SubjectError)
  expect((error as Error).message).toMatch(/expected 200/)
  expect(lastEvidence(3)).toHaveLength(1)
})

test.each<[string, string, RegExp]>([
  ['nothing', '', /closed the connection without a whole answer \(ECONNRESET\)/],
  ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}', /without a whole answer/],
  ['what is no HTTP', 'hello\r\n\r\n', /the answer is not valid HTTP/],
])('a server that answers %s has broken the connection', async (_what, bytes, message) => {
  const http = await clientOf(sends(bytes))
  const error = await http.get('/x').then(
    () => undefined,
    (error: SubjectError) => error,
  )
  expect(error).toBeInstanceOf(SubjectError)
  expect(error).toMatchObject({ fault: 'connection', message: expect.stringMatching(message) })
  expect(lastEvidence(3)).toEqual([{ title: 'GET /x', text: `← ${error?.message}` }])
})

test('a refused connection says so; one that breaks as the server dies says how it died', async () => {
  const closed = createTcpServer()
  const http = await clientOf(closed)
  await new Promise((resolve) => closed.close(resolve))
  await expect(http.get('/x').then()).rejects.toMatchObject({
    fault: 'connection',
    message: 'GET /x: the server refused the connection.',
  })
  const dying = await clientOf(sends(''), async () => 'exited with code 3')
  await expect(dying.get('/x').then()).rejects.toMatchObject({
    fault: 'crash',
    message: 'GET /x: the server exited with code 3 instead of answering.',
  })
})

test('time that runs out is noted once, however often it is asked', async () => {
  const http = await clientOf(createServer(() => {}))
  const request = http.get('/x').timeout(200)
  const message = 'GET /x: no answer within 0.2 s.'
  await expect(request.then()).rejects.toMatchObject({ fault: 'no-answer', message })
  await expect(request.then()).rejects.toMatchObject({ message })
  expect(lastEvidence(3)).toHaveLength(1)
})
