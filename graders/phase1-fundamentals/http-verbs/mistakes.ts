import type { Mistake } from '../../harness/mistakes.ts'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C7',
    why: 'parses each data event, as if a request always came in one piece',
    edits: [
      {
        file: 'server.ts',
        old: `  const body = await readBody(request)
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))`,
        new: `  let value: unknown
  try {
    for await (const chunk of request) value = JSON.parse(chunk.toString('utf8'))`,
      },
    ],
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'PUT merges into the old locker',
    edits: [
      {
        file: 'server.ts',
        old: `    case 'PUT': {
      const body = await readJson(request)`,
        new: `    case 'PUT': {
      const body: Record<string, unknown> = { ...known, ...(await readJson(request)) }`,
      },
    ],
  },
  {
    id: 'W3',
    check: 'C1',
    why: 'POST answers 200 and does not say where the locker lives',
    edits: [
      {
        file: 'server.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
        old: 'reply(response, 201, locker, { Location: `/lockers/${locker.id}` })',
        new: 'reply(response, 200, locker)',
      },
    ],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'answers 404 to a wrong method',
    edits: [
      {
        file: 'server.ts',
        old: "throw new HttpError(405, 'this path takes GET, HEAD and POST', { Allow: 'GET, HEAD, POST' })",
        new: "throw new HttpError(404, 'no such path')",
      },
    ],
  },
  {
    id: 'W5',
    check: 'C4',
    why: 'a GET of a locker that is not there creates it',
    edits: [
      {
        file: 'server.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
        old: "    case 'HEAD':\n      if (!known) throw new HttpError(404, `there is no locker ${id}`)\n      return",
        new: "    case 'HEAD':\n      if (!known) lockers.set(id, { id, size: 'M', status: 'free' })\n      return",
      },
    ],
  },
  {
    id: 'W6',
    check: 'C8',
    why: 'gives the length of the text, not of its bytes',
    edits: [
      {
        file: 'server.ts',
        old: "'Content-Length': bytes.length",
        new: "'Content-Length': JSON.stringify(body).length",
      },
      { file: 'server.ts', old: 'response.end(bytes)', new: 'response.end(bytes.toString())' },
    ],
  },
  {
    id: 'W7',
    check: 'C3',
    why: 'reads a field of the locker that is not there, and the whole server dies',
    edits: [
      {
        file: 'server.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
        old: "    case 'HEAD':\n      if (!known) throw new HttpError(404, `there is no locker ${id}`)\n      return",
        new: "    case 'HEAD':\n      setImmediate(() => known!.id.length)\n      return",
      },
    ],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'DELETE and PUT only change the status, so that a label survives a PUT',
    edits: [
      {
        file: 'server.ts',
        old: 'status: body.status as Status, ...label }',
        new: 'status: body.status as Status, label: known?.label, ...label }',
      },
    ],
  },
  {
    id: 'W9',
    check: 'C6',
    why: 'does not expect a body that cannot be parsed, and answers 500',
    edits: [
      {
        file: 'server.ts',
        old: `  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new HttpError(400, 'the body is not valid JSON')
  }
`,
        new: `  const value: unknown = JSON.parse(body.toString('utf8'))
`,
      },
    ],
  },
  {
    id: 'W10',
    check: 'C6',
    why: 'reads a body of any size',
    edits: [
      {
        file: 'server.ts',
        old: "  if (size > MOST_BYTES) throw new HttpError(413, 'the body is larger than 64 KiB')\n",
        new: '',
      },
      { file: 'server.ts', old: 'if (size <= MOST_BYTES) chunks.push', new: 'chunks.push' },
    ],
  },
  {
    id: 'W11',
    check: 'C6',
    why: 'compares the whole Content-Type, so that JSON with a charset is refused',
    edits: [
      {
        file: 'server.ts',
        old: '!/^application\\/json\\s*(;|$)/i.test(type)',
        new: "type !== 'application/json'",
      },
    ],
  },
  {
    id: 'W12',
    check: 'C6',
    why: 'looks for application/json anywhere in the Content-Type',
    edits: [
      {
        file: 'server.ts',
        old: '!/^application\\/json\\s*(;|$)/i.test(type)',
        new: "!type.includes('application/json')",
      },
    ],
  },
  {
    id: 'W13',
    check: 'C6',
    why: 'keeps as a label whatever is sent',
    edits: [
      {
        file: 'server.ts',
        old: "typeof body.label !== 'string' || [...body.label].length > 200",
        new: 'String(body.label).length > 200',
      },
      {
        file: 'server.ts',
        old: 'return { label: body.label }',
        new: 'return { label: body.label as string }',
      },
    ],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'counts the ids of POST up, and overwrites a locker that PUT has put there',
    edits: [
      {
        file: 'server.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
        old: '  while (lockers.has(`NEW-${nextNumber}`)) nextNumber += 1\n',
        new: '',
      },
    ],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'lists the lockers as they came, not by id',
    edits: [{ file: 'server.ts', old: '.sort((a, b) => (a.id < b.id ? -1 : 1))', new: '' }],
  },
  {
    id: 'W16',
    check: 'C5',
    why: 'takes a longer path for that of the locker it begins with',
    edits: [{ file: 'server.ts', old: '([^/]+)$/.exec', new: '([^/]+)/.exec' }],
  },
]
