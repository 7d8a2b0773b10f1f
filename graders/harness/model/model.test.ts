import { spawnSync } from 'node:child_process'
import http, { type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fresh } from '../fresh.ts'
import type { Answer } from '../http.ts'
import { expectAgreement, tell } from './agree.ts'
import { bodies } from './body.ts'
import { curl } from './curl.ts'
import { houseRules } from './house.ts'
import { allById, difference, id, inAnyOrder, instant, oneOfThese } from './match.ts'
import type { Operation } from './moves.ts'
import type { ServerModel } from './play.ts'
import { integer, oneOf, otherSpellings, pattern, text } from './pools.ts'
import { type ModelRequest, refused } from './step.ts'

const fresh = () => new Fresh(7, 'model.test')

describe('what differs', () => {
  test.each([
    [{ a: 1 }, { a: 1, b: 2 }, undefined],
    [{ a: 1 }, { a: '1' }, 'a: expected 1, came "1"'],
    [{ a: undefined }, { a: null }, undefined],
    [{ a: undefined }, { a: '' }, 'a: expected nothing, came ""'],
    [{ toString: undefined }, {}, undefined],
    [{ a: [1, 2] }, { a: [1] }, 'a[1]: expected 2, came nothing: the list has 1 items, expected 2'],
    [[1], [1, 2], '[1]: expected the end of the list, came 2'],
    [{ a: { b: 'x' } }, { a: { b: 'y' } }, 'a.b: expected "x", came "y"'],
    ['\u00e9', 'e\u0301', 'expected "\u00e9" ("\\u{00e9}"), came "e\u0301" ("e\\u{0301}")'],
    [id('7'), 7, undefined],
    [id('7'), '07', 'expected "7", came "07"'],
    [oneOfThese(undefined, 'x'), null, undefined],
    [oneOfThese('x', 'y'), 'z', 'expected "x" or "y", came "z"'],
    [inAnyOrder(1, 2, 2), [2, 1, 2], undefined],
    [inAnyOrder(1, 2, 2), [2, 1, 1], 'expected [1,2,2], in any order, came [2,1,1]'],
    [instant(new Date('2026-03-29T10:00:00Z')), '2026-03-29T12:00:00+02:00', undefined],
    [instant(new Date('2026-03-29T10:00:00Z')), '2026-03-29T10:00:00', expect.any(String)],
    [allById(new Map([['1', { a: 2 }]])), [{ id: 1, a: 2 }], undefined],
    [allById(new Map([['1', { a: 2 }]])), [{ id: 1, a: 3 }], '1.a: expected 2, came 3'],
    [allById(new Map([['1', {}]])), [], '1 is missing from the list; expected {}'],
    [allById(new Map()), [{ id: 'x' }], 'x is in the list, and must not be'],
    [allById(new Map([['1', {}]])), [{ id: 1 }, { id: 1 }], '1 stands twice in the list'],
    [{ a: -0 }, { a: 0 }, undefined],
  ])('%j and %j', (wanted, given, said) => {
    expect(difference(wanted, given)).toEqual(said)
  })
})

describe('pools', () => {
  const verdicts = ({ plain, edges }: ReturnType<typeof text>) =>
    new Map([...plain, ...edges].map(({ json, ok }) => [json, ok]))

  test('texts count code points, or bytes, and keep what they are', () => {
    const own = verdicts(text(fresh(), { max: 30, min: 1, rule: 'r' }))
    expect(own.get(JSON.stringify('📦'.repeat(30)))).toBe('yes')
    expect(own.get(JSON.stringify('📦'.repeat(31)))).toBe('no')
    expect(own.get('""')).toBe('no')
    expect(own.get('" "')).toBe('yes')
    expect(own.get(undefined)).toBe('no')
    expect(own.get('null')).toBe('no')
    expect(own.get('{}')).toBe('no')
    expect(own.get('7')).toBe('open')
    const bytes = verdicts(text(fresh(), { maxBytes: 72, optional: true, rule: 'r' }))
    expect(bytes.get(JSON.stringify('ü'.repeat(36)))).toBe('yes')
    expect(bytes.get(JSON.stringify('ü'.repeat(37)))).toBe('no')
    expect(bytes.get(undefined)).toBe('yes')
    expect(bytes.get('null')).toBe('open')
    const blank = verdicts(text(fresh(), { min: 1, blank: 'refused', rule: 'r' }))
    expect(blank.get('" "')).toBe('no')
  })

  test('choices, whole numbers and patterns know both sides of their ends', () => {
    const size = verdicts(oneOf(fresh(), { values: ['S', 'M'], rule: 'r' }))
    expect([...size].filter(([, ok]) => ok === 'yes').map(([json]) => json)).toEqual(['"S"', '"M"'])
    expect(size.get('"toString"')).toBe('no')
    expect(size.get('["S"]')).toBe('open')
    const cents = verdicts(integer(fresh(), { min: 1, max: 1_000_000_000, rule: 'r' }))
    for (const json of ['1', '1000000000']) expect(cents.get(json), json).toBe('yes')
    for (const json of ['0', '1000000001', '9007199254740993', '1e309', '-1', '""', '{}']) {
      expect(cents.get(json), json).toBe('no')
    }
    const code = verdicts(
      pattern(fresh(), { pattern: /^[A-Z]-[0-9]{1,2}$/, plain: ['A-1'], rule: 'r' }),
    )
    expect(code.get('"A-1"')).toBe('yes')
    expect(code.get('"A-11"')).toBe('yes')
    expect(code.get('"A-1\\n"')).toBe('no')
    expect(code.get('"a-1"')).toBe('no')
    expect(code.get('"A-1 "')).toBe('open')
  })

  test('a body has one odd field at most, and its rule', () => {
    const { plain, edges } = bodies(fresh(), {
      size: oneOf(fresh(), { values: ['S', 'M'], rule: 'S or M' }),
      note: text(fresh(), { optional: true, rule: 'any text' }),
    })
    for (const { json, ok } of plain) {
      expect(ok).toBe('yes')
      expect(['S', 'M']).toContain(JSON.parse(json).size)
    }
    const wrong = edges.find(({ field, what }) => field === 'size' && what === 'missing')
    expect(wrong).toMatchObject({ json: '{}', ok: 'no', rule: 'S or M' })
    for (const { json, field } of edges) {
      if (field === 'note') expect(['S', 'M']).toContain(JSON.parse(json).size)
    }
  })

  test('no other spelling of an id is the id', () => {
    const spelled = otherSpellings('1')
    expect(spelled).toEqual(expect.arrayContaining(['01', '1e0', '%201', '1%0A']))
    expect(spelled.map(decodeURIComponent)).not.toContain('1')
  })
})

describe('curl', () => {
  /** What a shell makes of a command: the words that curl gets, and what is piped into it. */
  function run(command: string) {
    const script = `curl() { printf '%s\\0' "$@"; printf '\\0'; case " $* " in *' @- '*) cat;; esac; }\nURL=http://h\n${command}`
    const { stdout, status } = spawnSync('bash', ['-c', script])
    expect(status).toBe(0)
    // Two in a row end the words.
    const end = stdout.indexOf('\0\0')
    const words = stdout.subarray(0, end).toString('utf8').split('\0')
    return { words, piped: stdout.subarray(end + 2) }
  }

  test.each<[ModelRequest, string[]]>([
    [{ path: '/a?b=1&c=%20' }, ['-i', 'http://h/a?b=1&c=%20']],
    [{ method: 'HEAD', path: '/a' }, ['-i', '-I', 'http://h/a']],
    [
      { path: '/a', headers: { Cookie: 'sid=1', 'X-A': 'b' }, jar: 'ada' },
      ['-i', 'http://h/a', '-b', 'ada', '-c', 'ada', '-H', 'X-A: b'],
    ],
    [{ method: 'DELETE', path: "/a'b$HOME" }, ['-i', '-X', 'DELETE', "http://h/a'b$HOME"]],
    [{ path: '/a/../b' }, ['-i', '--path-as-is', 'http://h/a/../b']],
    [{ path: '/a[1]{2}' }, ['-i', '-g', 'http://h/a[1]{2}']],
    [
      { method: 'POST', path: '/a', json: `{"it's":"$(x) \\"\\n"}` },
      [
        '-i',
        '-X',
        'POST',
        'http://h/a',
        '-H',
        'Content-Type: application/json',
        '-d',
        `{"it's":"$(x) \\"\\n"}`,
      ],
    ],
    [
      { method: 'PUT', path: '/a', body: '@x' },
      ['-i', '-X', 'PUT', 'http://h/a', '-H', 'Content-Type:', '--data-raw', '@x'],
    ],
    [
      { method: 'PUT', path: '/a', body: 'x', headers: { 'Content-Type': '' } },
      ['-i', '-X', 'PUT', 'http://h/a', '-H', 'Content-Type;', '-d', 'x'],
    ],
  ])('%j', (request, words) => {
    expect(run(curl(request)).words).toEqual(words)
  })

  test.each([
    `{"a":"${'📦'.repeat(200)}"}`,
    '{"size":"M"}'.padStart(65_537),
    `${'%'.repeat(50)}\\${'\\'.repeat(50)}'${"'".repeat(50)}\n${'\n'.repeat(50)}`,
    Buffer.from([0, 255, 39, 10]),
    'a\0b',
  ])('a long or odd body comes through a pipe, whole (%#)', (body) => {
    const command = curl({ method: 'POST', path: '/a', body })
    expect(command.length).toBeLessThan(400)
    expect(run(command).piped.equals(Buffer.from(body))).toBe(true)
  })
})

// A small server of notes with a bug planted in it, and its model.

type Note = { key: string; id: string; text: unknown }
type Notes = Map<string, Note>
type Bug =
  | 'none'
  | 'deletes two'
  | 'ten is too long'
  | 'dies at x'
  | 'no json'
  | 'POST is broken'
  | 'forgets on another copy'

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Starts copies that share their notes. */
async function startNotes(bug: Bug, copies: number) {
  const notes = new Map<string, string>()
  let next = 1
  const servers = Array.from({ length: copies }, (_, copy) =>
    http.createServer(async (request, response) => {
      const answer = (status: number, body?: unknown) => {
        const type = bug === 'no json' && status >= 400 ? 'text/plain' : 'application/json'
        response.writeHead(status, { 'Content-Type': type }).end(body && JSON.stringify(body))
      }
      const [, root, at] = request.url!.split('/')
      const body = await readAll(request)
      if (root !== 'notes') return answer(404, { error: 'no such path' })
      if (request.method === 'GET' && !at) {
        return answer(
          200,
          [...notes].map(([id, text]) => ({ id, text })),
        )
      }
      if (request.method === 'POST' && !at) {
        if (bug === 'POST is broken') return answer(500, { error: 'broken' })
        const { text } = JSON.parse(body)
        const most = bug === 'ten is too long' ? 9 : 10
        if (bug === 'dies at x' && text?.includes?.('x')) return request.socket.destroy()
        if (typeof text !== 'string' || [...text].length > most)
          return answer(422, { error: 'text' })
        const id = String(next++)
        if (bug !== 'forgets on another copy' || copy === 0) notes.set(id, text)
        return answer(201, { id, text })
      }
      if (request.method === 'DELETE' && at) {
        if (!notes.delete(at)) return answer(404, { error: 'no such note' })
        if (bug === 'deletes two' && notes.size >= 2) notes.delete([...notes.keys()][0]!)
        return answer(204)
      }
      answer(404, { error: 'no such path' })
    }),
  )
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  }
  return servers
}

function notesModel(bug: Bug, copies = 1): ServerModel<Notes> & { opened: number } {
  const source = fresh()
  const own = bodies(source, {
    text: text(source, { max: 10, rule: 'a text of up to 10 characters', plain: ['a', 'b'] }),
  })
  const operations: Record<string, Operation<Notes>> = {
    post: {
      check: 'C1',
      plain: own.plain,
      cases: own.edges,
      drawn: {
        from: fc
          .string({ minLength: 1, maxLength: 10, unit: fc.constantFrom('p', 'q', 'x') })
          .map((value) => ({
            json: JSON.stringify({ text: value }),
            ok: 'yes',
            keeps: { text: value },
          })),
        runs: 40,
      },
      plan: (notes, { json, ok, keeps }: (typeof own.plain)[number], { key }) => ({
        request: { method: 'POST', path: '/notes', json },
        rule: 'a text of up to 10 characters',
        outcomes: [
          ...(ok === 'no'
            ? []
            : [
                {
                  status: 201,
                  body: keeps,
                  becomes: ({ body }: { body: { id: string } }) =>
                    void notes.set(body.id, { key, id: body.id, text: keeps.text }),
                },
              ]),
          ...(ok === 'yes' ? [] : [refused(400, 422)]),
        ],
      }),
    },
    delete: {
      check: 'C2',
      plain: [0],
      cases: [1, 2, 3, 4, 5, 6],
      plan(notes, _, at) {
        const note = at.pick([...notes.values()])
        if (!note) return undefined
        return {
          request: { method: 'DELETE', path: `/notes/${note.id}` },
          rule: 'that note is gone, and no other',
          outcomes: [{ status: 204, becomes: () => void notes.delete(note.id) }],
        }
      },
    },
    ...houseRules<Notes>({
      routes: { all: { path: () => '/notes', methods: [], get: () => [{ status: 200 }] } },
      checks: { unknownPath: 'C3' },
    }),
  }
  const model = {
    opened: 0,
    operations,
    async open() {
      model.opened += 1
      const servers = await startNotes(bug, copies)
      const close = async () => {
        for (const server of servers) {
          server.closeAllConnections()
          await new Promise((resolve) => server.close(resolve))
        }
      }
      const urls = servers.map(
        (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      )
      return { servers: urls.map((url) => ({ url })), state: new Map(), close }
    },
    observe: (notes: Notes) => ({
      request: { path: '/notes' },
      rule: 'all notes',
      outcomes: [
        { status: 200, body: allById(new Map([...notes].map(([id, { text }]) => [id, { text }]))) },
      ],
    }),
  }
  return model
}

/** What a learner reads where the model finds something; undefined where it does not. */
async function saidOf(bug: Bug, check: string, seed: number, copies = 1) {
  const model = notesModel(bug, copies)
  try {
    await expectAgreement(model, check, new Fresh(seed, bug))
  } catch (error) {
    const { name, message } = error as Error
    return { name, message, opened: model.opened, commands: message.match(/^curl .*$/gm) ?? [] }
  }
  return undefined
}

const SEEDS = [1, 2, 3, 4, 5]

describe('agreement', () => {
  test.each(SEEDS)('a right server agrees, one copy or two (seed %i)', async (seed) => {
    for (const check of ['C1', 'C2', 'C3']) {
      expect(await saidOf('none', check, seed)).toBeUndefined()
      expect(await saidOf('none', check, seed, 2)).toBeUndefined()
    }
  })

  test.each(SEEDS)(
    'a bug of the state is shown by the shortest program (seed %i)',
    async (seed) => {
      const said = await saidOf('deletes two', 'C2', seed)
      expect(said?.name).toBe('AssertionError')
      // Three notes, and the deletion of one of them: what came before does not matter.
      expect(said?.commands.slice(0, 4)).toEqual([
        ...Array(3).fill(
          `curl -i -X POST "$URL/notes" -H 'Content-Type: application/json' -d '{"text":"a"}'`,
        ),
        expect.stringMatching(/^curl -i -X DELETE "\$URL\/notes\/[123]"$/),
      ])
      expect(said?.commands).toHaveLength(5)
      expect(said?.message).toMatch(
        /^After DELETE \/notes\/\d, which was answered with 204 No Content, GET \/notes is answered wrongly: \d is missing from the list/,
      )
      expect(said?.message).toContain('The rule: that note is gone, and no other')
      expect(said?.opened).toBeLessThan(45)
    },
  )

  test('a bug of one value is shown by one request', async () => {
    const said = await saidOf('ten is too long', 'C1', 1)
    expect(said?.commands).toHaveLength(1)
    expect(said?.message).toMatch(
      /^POST \/notes answered 422 Unprocessable Entity, expected 201\nThe rule: a text of up to 10 characters\n/,
    )
    expect(said?.message).toContain('  # expected: 201\n  # came:     422 {"error":"text"}')
  })

  test.each(SEEDS)(
    'fast-check’s values shrink too; a hang-up is the program’s fault (seed %i)',
    async (seed) => {
      const said = await saidOf('dies at x', 'C1', seed)
      expect(said?.name).toBe('SubjectError')
      expect(said?.commands).toHaveLength(1)
      expect(said?.commands[0]).toMatch(/ -d '\{"text":"[pq]?x[pq]?"\}'$/)
    },
  )

  test('what is wrong with an error is said', async () => {
    const said = await saidOf('no json', 'C3', 1)
    expect(said?.message).toMatch(
      /^(GET|POST|DELETE) \/\S* answered 404 Not Found: the Content-Type must be JSON, came "text\/plain"/,
    )
  })

  test('a rule of another check is that check’s to report, unless nothing else can be tried', async () => {
    expect(await saidOf('ten is too long', 'C2', 1)).toBeUndefined()
    const said = await saidOf('POST is broken', 'C2', 1)
    expect(said?.message).toMatch(
      /^On the way to what is tried here, a rule of C1 is broken:\nPOST \/notes answered 500/,
    )
  })

  test('two copies are told apart in the commands', async () => {
    expect(await saidOf('forgets on another copy', 'C1', 1)).toBeUndefined()
    const said = await saidOf('forgets on another copy', 'C1', 1, 2)
    expect(said?.commands).toHaveLength(2)
    expect(said?.commands[0]).toContain('"$URL2/notes"')
    expect(said?.commands[1]).toContain('"$URL/notes"')
    expect(said?.message).toContain('On two copies of the server')
  })

  test('of a complaint of several lines the commands repeat the first alone', () => {
    const request = { path: '/notes' }
    const step = { request, rule: 'all notes', outcomes: [{ status: 200 }] }
    const answer = { status: 200, text: '<p>', headers: {} } as Answer
    const trace = [{ request, step, server: 0, look: false, answer }]
    const complaint = 'no list\nIn the HTML: <p>'
    const said = tell({ check: 'C1', rule: step.rule, complaint, afterwards: false, trace }, true)
    expect(said.split('\n').slice(0, 2)).toEqual([
      'GET /notes answered 200 OK: no list',
      'In the HTML: <p>',
    ])
    expect(said).toMatch(/\n {2}# wrong: {4}no list\n {2}# came: {5}200 <p>$/)
  })

  test('what another program does comes before the request, here and in the commands', async () => {
    const model = notesModel('none')
    const notes: string[] = []
    model.operations.other = {
      check: 'C4',
      cases: [1],
      plan: () => ({
        request: { path: '/notes' },
        before: { what: ['another program looks'], run: async () => void notes.push('looked') },
        rule: 'all notes',
        outcomes: [{ status: notes.length === 0 ? 201 : 200 }],
      }),
    }
    const said = await expectAgreement(model, 'C4', fresh()).catch(({ message }) => message)
    expect(notes).not.toEqual([])
    expect(said).toContain('\n# another program looks\ncurl -i "$URL/notes"\n  # expected: 201')
  })

  test('a model whose case can never be tried is a fault of the grader', async () => {
    const model = notesModel('none')
    model.operations.never = { check: 'C3', cases: [1], plan: () => undefined }
    await expect(expectAgreement(model, 'C3', fresh())).rejects.toThrow(/^never: no state ever/)
    await expect(expectAgreement(model, 'C9', fresh())).rejects.toThrow(/No operation .* belongs/)
  })
})
