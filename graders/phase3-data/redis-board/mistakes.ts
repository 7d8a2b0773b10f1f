// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

/** The call of the script in `deliver`, to be done another way. */
const SCRIPT_CALL = `  const stored = await redis.eval(DELIVER, {
    keys: [idKey(id), boardKey(day), RECENT_KEY],
    arguments: [courier, points, expiryOf(day), entry, RECENT, IDS_KEPT, RECENT_KEPT].map(String),
  })
  return scoreOf(Number(stored ?? 0))
`
/** What follows where the id is new: two steps in place of one script. */
const COUNT = `    const transaction = redis.multi()
    transaction.zIncrBy(boardKey(day), -points, courier)
    transaction.expireAt(boardKey(day), expiryOf(day))
    transaction.lPush(RECENT_KEY, entry).lTrim(RECENT_KEY, 0, RECENT - 1)
    transaction.expire(RECENT_KEY, RECENT_KEPT)
    await transaction.exec()
`
const ANSWER = '  return scoreOf((await redis.zScore(boardKey(day), courier)) ?? 0)\n'
const TAKE_ID = "redis.set(idKey(id), '', { expiration: { type: 'EX', value: IDS_KEPT } })"

/** Takes the id by itself, and opens the block for who got it. */
const IF_TAKEN = `  const taken = await redis.set(idKey(id), '', {
    condition: 'NX',
    expiration: { type: 'EX', value: IDS_KEPT },
  })
  if (taken === 'OK') {
`

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    rule: 'Equal scores stand in the order of the couriers’ names by ASCII code.',
    why: 'stores scores as they are and turns the order round: ties come with the last name first',
    edits: [
      edit(
        "redis.call('ZINCRBY', board, -points, courier)",
        "redis.call('ZINCRBY', board, points, courier)",
      ),
      edit(
        'const scoreOf = (stored: number) => (stored === 0 ? 0 : -stored)',
        'const scoreOf = (stored: number) => stored',
      ),
      edit(
        "redis.zCount(boardKey(day), '-inf', `(${stored}`)",
        "redis.zCount(boardKey(day), `(${stored}`, '+inf')",
      ),
      edit('offset, offset + limit - 1)', 'offset, offset + limit - 1, { REV: true })'),
    ],
  },
  {
    id: 'W2',
    check: 'C2',
    rule: 'An `id` counts **once**, whichever copy hears of it, also when two hear of it at once.',
    why: 'reads the score, adds in the program and writes the sum: what came in between is lost',
    edits: [
      edit(
        SCRIPT_CALL,
        `${IF_TAKEN}    const before = (await redis.zScore(boardKey(day), courier)) ?? 0
    const transaction = redis.multi()
    transaction.zAdd(boardKey(day), { score: before - points, value: courier })
    transaction.expireAt(boardKey(day), expiryOf(day))
    transaction.lPush(RECENT_KEY, entry).lTrim(RECENT_KEY, 0, RECENT - 1)
    transaction.expire(RECENT_KEY, RECENT_KEPT)
    await transaction.exec()
  }
${ANSWER}`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C10',
    rule: 'Every key has an expiry of at most 96 h, from the moment the key is there.',
    why: 'sets the expiry of the board in a command of its own, after the points were added',
    edits: [
      edit("    redis.call('EXPIREAT', board, boardExpiry)\n", ''),
      edit(
        '  return scoreOf(Number(stored ?? 0))\n',
        '  await redis.expireAt(boardKey(day), expiryOf(day))\n  return scoreOf(Number(stored ?? 0))\n',
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C5',
    rule: 'No request takes more than **16 KiB** of Redis’ answers, however many couriers have scores',
    why: 'fetches the whole board and cuts the page out of it in the program',
    edits: [
      edit(
        'const page = await redis.zRangeWithScores(boardKey(day), offset, offset + limit - 1)',
        `const all = await redis.zRangeWithScores(boardKey(day), 0, -1)
  const page = all.slice(offset, offset + limit)`,
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C5',
    rule: '`KEYS`, `SCAN` and `FLUSHDB` are never run, nor in scripts.',
    why: 'looks for the board among all keys with KEYS',
    edits: [
      edit(
        'async function leaderboard(day: string, limit: number, offset: number) {\n',
        `async function leaderboard(day: string, limit: number, offset: number) {
  if (!(await redis.keys('pelican:*')).includes(boardKey(day))) return []
`,
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C6',
    rule: 'The process lives on, and at most **10 s** after Redis is back everything works again.',
    why: 'nobody listens for errors of the connection: the process ends when Redis does',
    edits: [edit("redis.on('error', (error) => console.error('redis:', error.message))\n", '')],
  },
  {
    id: 'W7',
    check: 'C4',
    rule: 'Every key has an expiry of at most 96 h, from the moment the key is there.',
    why: 'claims the bonus with SETNX and no expiry',
    edits: [
      edit(
        `  const expiration = { type: 'EXAT', value: expiryOf(day) } as const
  return (await redis.set(bonusKey(day, courier), '', { condition: 'NX', expiration })) === 'OK'
`,
        "  return (await redis.setNX(bonusKey(day, courier), '')) === 1\n",
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C2',
    rule: 'An `id` counts **once**, whichever copy hears of it, also when two hear of it at once.',
    why: 'remembers the ids in a Set of its own process: the other copy counts them again',
    edits: [
      edit('const today = ', 'const seen = new Set<string>()\nconst today = '),
      edit(SCRIPT_CALL, `  if (!seen.has(id)) {\n    seen.add(id)\n${COUNT}  }\n${ANSWER}`),
    ],
  },
  {
    id: 'W9',
    check: 'C1',
    rule: 'The rank is one more than the number of couriers with a *better* score, on the whole board.',
    why: 'counts ranks without gaps: 1, 1, 2',
    edits: [edit('rank = offset + index + 1', 'rank += 1')],
  },
  {
    id: 'W10',
    check: 'C1',
    rule: 'The rank is one more than the number of couriers with a *better* score, on the whole board.',
    why: 'takes the place on the board for the rank, so that equals differ',
    edits: [edit('if (index > 0 && score !== page[index - 1]!.score) rank', 'rank')],
  },
  {
    id: 'W11',
    check: 'C1',
    rule: 'The rank is one more than the number of couriers with a *better* score, on the whole board.',
    why: 'begins each page with the rank of its place: whoever shares it with the page before loses it',
    edits: [edit('let rank = await rankOf(day, page[0]!.score)', 'let rank = offset + 1')],
  },
  {
    id: 'W12',
    check: 'C1',
    rule: 'a day of the calendar in **UTC**, like `2026-03-09`; may be left out everywhere and is **today** then, whatever `TZ` says',
    why: 'takes today from the local calendar, not from UTC',
    edits: [
      edit(
        'const today = () => dayOf(Date.now())',
        'const today = () => dayOf(Date.now() - new Date().getTimezoneOffset() * 60_000)',
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C1',
    rule: 'Each day has a board of its own.',
    why: 'keeps one board for all days',
    edits: [edit('`pelican:scores:${day}`', '`pelican:scores:${day.slice(0, 0)}`')],
  },
  {
    id: 'W14',
    check: 'C2',
    rule: 'An `id` counts **once**, whichever copy hears of it, also when two hear of it at once.',
    why: 'looks whether the id is known, and takes it afterwards: two copies both find it new',
    edits: [
      edit(
        SCRIPT_CALL,
        `  if ((await redis.exists(idKey(id))) === 0) {\n    await ${TAKE_ID}\n${COUNT}  }\n${ANSWER}`,
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C3',
    rule: '`200` the first time for this courier and day; after that `409`',
    why: 'looks whether the bonus was given, and notes it afterwards',
    edits: [
      edit(
        `  return (await redis.set(bonusKey(day, courier), '', { condition: 'NX', expiration })) === 'OK'
`,
        `  if ((await redis.get(bonusKey(day, courier))) !== null) return false
  await redis.set(bonusKey(day, courier), '', { expiration })
  return true
`,
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C3',
    rule: '`200` the first time for this courier and day; after that `409`',
    why: 'gives the bonus once for each courier, and never again on another day',
    edits: [
      edit('`pelican:bonus:${day}:${courier}`', '`pelican:bonus:${day.slice(0, 0)}:${courier}`'),
    ],
  },
  {
    id: 'W17',
    check: 'C4',
    rule: 'They are gone 72 h after the day’s end, whenever the last one was added.',
    why: 'lets the scores live 72 h from the last delivery on, however late it came',
    edits: [
      edit("redis.call('EXPIREAT', board, boardExpiry)", "redis.call('EXPIRE', board, 72 * 3600)"),
    ],
  },
  {
    id: 'W18',
    check: 'C4',
    rule: 'A day’s scores can be read until 48 h after the day’s end at least.',
    why: 'lets the scores end with the day after: too early',
    edits: [edit('const SCORES_KEPT = 60 * HOUR', 'const SCORES_KEPT = 24 * HOUR')],
  },
  {
    id: 'W19',
    check: 'C4',
    rule: 'An `id` is known for 24 h at least.',
    why: 'knows an id for one hour only',
    edits: [edit('const IDS_KEPT = DAY', 'const IDS_KEPT = HOUR')],
  },
  {
    id: 'W20',
    check: 'C4',
    rule: 'Every key has an expiry of at most 96 h, from the moment the key is there.',
    why: 'gives the list of the last deliveries no expiry, for it is trimmed',
    edits: [edit("    redis.call('EXPIRE', recent, recentSeconds)\n", '')],
  },
  {
    id: 'W21',
    check: 'C4',
    rule: 'A bonus is known until 48 h after the day’s end at least.',
    why: 'forgets by midnight that a bonus was given, though it can be claimed two days longer',
    edits: [
      edit(
        "{ type: 'EXAT', value: expiryOf(day) } as const",
        "{ type: 'EXAT', value: expiryOf(day) - SCORES_KEPT + DAY } as const",
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C5',
    rule: 'No request takes more than **16 KiB** of Redis’ answers, however many couriers have scores',
    why: 'fetches the whole board to count who is better than one courier',
    edits: [
      edit(
        "return (await redis.zCount(boardKey(day), '-inf', `(${stored}`)) + 1",
        `const all = await redis.zRangeWithScores(boardKey(day), 0, -1)
  return all.filter(({ score }) => score < stored).length + 1`,
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C5',
    rule: '`KEYS`, `SCAN` and `FLUSHDB` are never run, nor in scripts.',
    why: 'calls KEYS where the program does not show it: in a script',
    edits: [
      edit(
        "  if redis.call('SET', id, '', 'NX', 'EX', idSeconds) then\n",
        `  redis.call('KEYS', 'pelican:delivery:*')
  if redis.call('SET', id, '', 'NX', 'EX', idSeconds) then
`,
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C6',
    rule: 'While Redis is down, every answer is `503` within **2 s**, also to a request under way.',
    why: 'lets the client queue commands until Redis is back, and waits for it for a minute',
    edits: [
      edit('  disableOfflineQueue: true, // not connected: fail at once instead of queueing\n', ''),
      edit('const TIME_LIMIT_MS = 1_000', 'const TIME_LIMIT_MS = 60_000'),
    ],
  },
  {
    id: 'W25',
    check: 'C6',
    rule: 'The process lives on, and at most **10 s** after Redis is back everything works again.',
    why: 'connects once, and never again',
    edits: [
      edit('reconnectStrategy: (tries) => Math.min(tries * 50, 1_000)', 'reconnectStrategy: false'),
    ],
  },
  {
    id: 'W26',
    check: 'C6',
    rule: 'While Redis is down, every answer is `503` within **2 s**, also to a request under way.',
    why: 'answers 500 as if it had a fault of its own',
    edits: [edit('.status ?? 503', '.status ?? 500')],
  },
  {
    id: 'W27',
    check: 'C7',
    rule: 'All of your keys begin with `pelican:`.',
    why: 'forgets the prefix of one kind of key',
    edits: [edit('`pelican:bonus:', '`bonus-of:')],
  },
  {
    id: 'W28',
    check: 'C7',
    rule: 'Keys that do not begin with `pelican:` are somebody else’s, and stay as they are.',
    why: 'tidies up at start: the whole database, which others use as well',
    edits: [edit('await redis.connect()\n', 'await redis.connect()\nawait redis.flushDb()\n')],
  },
  {
    id: 'W29',
    check: 'C8',
    rule: 'a whole number from 1 to 1000',
    why: 'takes any number for points: zero, less than zero, a part of one',
    edits: [edit('z.number().int().min(1).max(1000)', 'z.number()')],
  },
  {
    id: 'W30',
    check: 'C8',
    rule: '`POST` takes a `day` of **today, yesterday or the day before yesterday**',
    why: 'takes deliveries for days that are long over, or have not begun',
    edits: [edit('day <= today() && day >= dayOf(Date.now() - 2 * DAY * 1000)', "day > '2000'")],
  },
  {
    id: 'W31',
    check: 'C8',
    rule: 'a whole number from 1 to 100; 10 where it is left out',
    why: 'hands limit and offset to Redis as they are: a limit of 0 or -1 gives anything',
    edits: [
      edit('regex(/^\\d{1,15}$/)', 'regex(/^-?\\d{1,15}$/)'),
      edit('.pipe(z.number().min(1).max(100))', ''),
    ],
  },
  {
    id: 'W32',
    check: 'C9',
    rule: '`/recent` shows the last 20 that counted, newest first, over all days and both copies.',
    why: 'trims one too many off the list',
    edits: [edit('0, recentLength - 1)', '0, recentLength - 2)')],
  },
  {
    id: 'W33',
    check: 'C9',
    rule: '`/recent` shows the last 20 that counted, newest first, over all days and both copies.',
    why: 'appends to the list: the oldest delivery comes first',
    edits: [
      edit("redis.call('LPUSH', recent, entry)", "redis.call('RPUSH', recent, entry)"),
      edit(
        "redis.call('LTRIM', recent, 0, recentLength - 1)",
        "redis.call('LTRIM', recent, -recentLength, -1)",
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C9',
    rule: '`/recent` shows the last 20 that counted, newest first, over all days and both copies.',
    why: 'notes a delivery in the list each time it is sent',
    edits: [
      edit(
        '  return scoreOf(Number(stored ?? 0))\n',
        `  const transaction = redis.multi().lRem(RECENT_KEY, 0, entry).lPush(RECENT_KEY, entry)
  await transaction.lTrim(RECENT_KEY, 0, RECENT - 1).expire(RECENT_KEY, RECENT_KEPT).exec()
  return scoreOf(Number(stored ?? 0))
`,
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C10',
    rule: 'A delivery is counted **wholly or not at all**',
    why: 'takes the id first and counts in a second step: killed in between, the points are lost',
    edits: [
      edit(
        SCRIPT_CALL,
        `${IF_TAKEN}${COUNT}  }
${ANSWER}`,
      ),
    ],
  },
  {
    id: 'W36',
    check: 'C10',
    rule: 'A delivery is counted **wholly or not at all**',
    why: 'counts, and pushes to /recent in a second step: killed in between, the list misses it for good',
    edits: [
      edit(
        "    redis.call('LPUSH', recent, entry)\n    redis.call('LTRIM', recent, 0, recentLength - 1)\n    redis.call('EXPIRE', recent, recentSeconds)\n",
        "    redis.call('SET', id..':new', '', 'EX', 1)\n",
      ),
      edit(
        '  return scoreOf(Number(stored ?? 0))\n',
        `  if ((await redis.del(\`\${idKey(id)}:new\`)) === 1) {
    const transaction = redis.multi().lPush(RECENT_KEY, entry).lTrim(RECENT_KEY, 0, RECENT - 1)
    await transaction.expire(RECENT_KEY, RECENT_KEPT).exec()
  }
  return scoreOf(Number(stored ?? 0))
`,
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C10',
    rule: 'Every key has an expiry of at most 96 h, from the moment the key is there.',
    why: 'claims the bonus, then sets the expiry in a command of its own',
    edits: [
      edit(
        `  const expiration = { type: 'EXAT', value: expiryOf(day) } as const
  return (await redis.set(bonusKey(day, courier), '', { condition: 'NX', expiration })) === 'OK'
`,
        `  if ((await redis.setNX(bonusKey(day, courier), '')) === 0) return false
  await redis.expireAt(bonusKey(day, courier), expiryOf(day))
  return true
`,
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C11',
    rule: 'While Redis is silent, every answer is `503` within **2 s** too.',
    why: 'waits for Redis for a minute',
    edits: [edit('const TIME_LIMIT_MS = 1_000', 'const TIME_LIMIT_MS = 60_000')],
  },
  {
    id: 'W39',
    check: 'C12',
    rule: 'The `id` alone decides.',
    why: 'keeps the ids by day: a delivery that comes back after midnight counts twice',
    edits: [
      edit(
        'const idKey = (id: string) => `pelican:delivery:${id}`',
        'const idKey = (id: string, day: string) => `pelican:delivery:${day}:${id}`',
      ),
      edit('keys: [idKey(id), ', 'keys: [idKey(id, day), '),
    ],
  },
  {
    id: 'W40',
    check: 'C4',
    rule: 'An `id` is known for 24 h at least.',
    why: 'forgets an id with the board of its day, which may end in less than 24 h',
    edits: [
      edit(
        "redis.call('SET', id, '', 'NX', 'EX', idSeconds)",
        "redis.call('SET', id, '', 'NX', 'EXAT', boardExpiry - 12 * 3600)",
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C2',
    rule: 'An id is a text or a whole number, and only its own spelling is the id.',
    why: 'takes ids that differ in capitals for the same',
    edits: [edit('`pelican:delivery:${id}`', '`pelican:delivery:${id.toLowerCase()}`')],
  },
  {
    id: 'W42',
    check: 'C8',
    rule: '`POST` takes a `day` of **today, yesterday or the day before yesterday**',
    why: 'takes a delivery for tomorrow, too',
    edits: [edit('day <= today() &&', 'day <= dayOf(Date.now() + DAY * 1000) &&')],
  },
  {
    id: 'W43',
    check: 'C8',
    rule: '1 to 40 characters of `a`–`z`, `0`–`9` and `-`',
    why: 'lets a newline stand at the end of a name',
    edits: [edit('/^[a-z0-9-]{1,40}$/', '/^[a-z0-9-]{1,40}\\n?$/')],
  },
  {
    id: 'W44',
    check: 'C1',
    rule: '`200` `{score, rank}`; no score on that day → `404`',
    why: 'answers 200 and a score of 0 for a courier who has none that day',
    edits: [
      edit(
        'if (stored === null) return undefined',
        'if (stored === null) return { courier, score: 0, rank: 1 }',
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C8',
    rule: 'a text of 1 to 64 characters of `A`–`Z`, `a`–`z`, `0`–`9` and `-`',
    why: 'takes any text for an id',
    edits: [edit('z.string().regex(/^[A-Za-z0-9-]{1,64}$/)', 'z.string()')],
  },
  {
    id: 'W46',
    check: 'C8',
    rule: 'a whole number from 0; 0 where it is left out',
    why: 'takes an offset below zero',
    edits: [edit('regex(/^\\d{1,15}$/)', 'regex(/^-?\\d{1,15}$/)')],
  },
  {
    id: 'W47',
    check: 'C8',
    rule: 'a parameter with nothing behind it | is a value like any other: where an empty text breaks the rule, `400` or `422`',
    why: 'takes an offset with nothing behind it for 0',
    edits: [edit('regex(/^\\d{1,15}$/)', 'regex(/^\\d{0,15}$/)')],
  },
  {
    id: 'W48',
    check: 'C2',
    rule: 'The `id` alone decides.',
    why: 'keeps the ids by courier: the same scanner’s id counts again for another one',
    edits: [
      edit(
        'const idKey = (id: string) => `pelican:delivery:${id}`',
        'const idKey = (id: string, courier: string) => `pelican:delivery:${courier}:${id}`',
      ),
      edit('keys: [idKey(id), ', 'keys: [idKey(id, courier), '),
    ],
  },
  {
    id: 'W49',
    check: 'C9',
    rule: '`/recent` shows the last 20 that counted, newest first, over all days and both copies.',
    why: 'reads the last deliveries, puts one before them, and writes them back: what came in between is lost',
    edits: [
      edit(
        "    redis.call('LPUSH', recent, entry)\n    redis.call('LTRIM', recent, 0, recentLength - 1)\n    redis.call('EXPIRE', recent, recentSeconds)\n",
        "    redis.call('SET', id..':new', '', 'EX', 60)\n",
      ),
      edit(
        '  return scoreOf(Number(stored ?? 0))\n',
        `  if ((await redis.del(\`\${idKey(id)}:new\`)) === 1) {
    const list = [JSON.parse(entry), ...(await recent())].slice(0, RECENT)
    const expiration = { type: 'EX', value: RECENT_KEPT } as const
    await redis.set(RECENT_KEY, JSON.stringify(list), { expiration })
  }
  return scoreOf(Number(stored ?? 0))
`,
      ),
      edit(
        '  const entries = await redis.lRange(RECENT_KEY, 0, -1)\n  return entries.map((entry) => JSON.parse(entry))\n',
        "  return JSON.parse((await redis.get(RECENT_KEY)) ?? '[]')\n",
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C1',
    rule: 'a whole number from 1 to 100; 10 where it is left out',
    why: 'shows 20 lines where no limit is given',
    edits: [edit('max(100)).default(10)', 'max(100)).default(20)')],
  },
  {
    id: 'W51',
    check: 'C1',
    rule: 'a whole number from 1 to 100; 10 where it is left out',
    why: 'refuses a limit of exactly 100',
    edits: [edit('max(100)', 'max(99)')],
  },
  {
    id: 'W52',
    check: 'C8',
    rule: 'an object with a text in `error`, `message`, `title` or `detail`, and a JSON `Content-Type`.',
    why: 'says in a plain text what is not valid',
    edits: [
      edit(
        'response.status(422).json({ error: z.prettifyError(error) })',
        "response.status(422).type('text').send(z.prettifyError(error))",
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C1',
    rule: 'The rank is one more than the number of couriers with a *better* score, on the whole board.',
    why: 'tells a courier the place on the board for the rank, though the board shows equals as equals',
    edits: [
      edit(
        'score: scoreOf(stored), rank: await rankOf(day, stored)',
        'score: scoreOf(stored), rank: (await redis.zRank(boardKey(day), courier))! + 1',
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C3',
    rule: '`200` the first time for this courier and day; after that `409`',
    why: 'remembers in its own process who had the bonus',
    edits: [
      edit('const today = ', 'const had = new Set<string>()\nconst today = '),
      edit(
        'if (!(await inTime(giveBonus(courier, day))))',
        'const key = `${courier} ${day}`\n  if (had.has(key) || !had.add(key))',
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C6',
    rule: 'The process lives on, and at most **10 s** after Redis is back everything works again.',
    why: 'waits half a minute before it connects again',
    edits: [edit('Math.min(tries * 50, 1_000)', '(tries > 0 ? 30_000 : 30_001)')],
  },
  {
    id: 'W56',
    check: 'C4',
    rule: 'Every key has an expiry of at most 96 h, from the moment the key is there.',
    why: 'knows a bonus for two days longer than a key may live',
    edits: [
      edit(
        "{ type: 'EXAT', value: expiryOf(day) } as const",
        "{ type: 'EXAT', value: expiryOf(day) + 2 * DAY } as const",
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C9',
    rule: '`/recent` shows the last 20 that counted, newest first, over all days and both copies.',
    why: 'keeps a list for each day, and shows today’s',
    edits: [
      edit(
        'keys: [idKey(id), boardKey(day), RECENT_KEY],',
        'keys: [idKey(id), boardKey(day), `${RECENT_KEY}:${day}`],',
      ),
      edit('redis.lRange(RECENT_KEY, 0, -1)', 'redis.lRange(`${RECENT_KEY}:${today()}`, 0, -1)'),
    ],
  },
  {
    id: 'W58',
    check: 'C8',
    rule: "a `Content-Type` that is not JSON's | `400`, `415` or `422`",
    why: 'reads any body as JSON, whatever its Content-Type says',
    edits: [edit('app.use(express.json())', 'app.use(express.json({ type: () => true }))')],
  },
  {
    id: 'W59',
    check: 'C2',
    rule: 'Again: `200`, with the score as it is now.',
    why: 'answers a repeat with 0, since it added nothing',
    edits: [
      edit(
        "  end\n  return redis.call('ZSCORE', board, courier)\n",
        "  else\n    return '0'\n  end\n  return redis.call('ZSCORE', board, courier)\n",
      ),
    ],
  },
  {
    id: 'W60',
    check: 'C1',
    rule: '`POST` takes a `day` of **today, yesterday or the day before yesterday**',
    why: 'refuses a delivery for the day before yesterday',
    edits: [edit('Date.now() - 2 * DAY * 1000', 'Date.now() - DAY * 1000')],
  },
  {
    id: 'W61',
    check: 'C5',
    rule: '`KEYS`, `SCAN` and `FLUSHDB` are never run, nor in scripts.',
    why: 'looks for the board with SCAN, which walks through the keys of everybody as well',
    edits: [
      edit(
        'async function leaderboard(day: string, limit: number, offset: number) {\n',
        `async function leaderboard(day: string, limit: number, offset: number) {
  await redis.scan('0', { MATCH: boardKey(day) })
`,
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C6',
    rule: 'The process lives on, and at most **10 s** after Redis is back everything works again.',
    why: 'gives up after ten tries to connect again',
    edits: [
      edit('Math.min(tries * 50, 1_000)', '(tries > 10 ? new Error("given up") : tries * 20)'),
    ],
  },
  {
    id: 'W63',
    check: 'C2',
    rule: 'Again: `200`, with the score as it is now.',
    why: 'keeps the answer with the id: a repeat is told the score of that time',
    edits: [
      edit(
        "  end\n  return redis.call('ZSCORE', board, courier)\n",
        `    redis.call('SET', id, redis.call('ZSCORE', board, courier), 'KEEPTTL')
  end
  return redis.call('GET', id)
`,
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C2',
    rule: 'A courier’s score is the sum of the points of one day’s deliveries.',
    why: 'puts nothing but the id behind the prefix: the id “recent” has the name of another key',
    edits: [edit('`pelican:delivery:${id}`', '`pelican:${id}`')],
  },
  {
    id: 'W65',
    check: 'C1',
    rule: 'a whole number from 1 to 100; 10 where it is left out',
    why: 'shows 50 lines at most, though more may be asked for',
    edits: [
      edit(
        'const { day, limit, offset } = Page.parse(request.query)\n',
        `const { day, limit: wanted, offset } = Page.parse(request.query)
  const limit = Math.min(wanted, 50)
`,
      ),
    ],
  },
  {
    id: 'W66',
    check: 'C8',
    rule: '`POST` takes a `day` of **today, yesterday or the day before yesterday**',
    why: 'gives a bonus for any day there is',
    edits: [
      edit('courier: Courier, day: OpenDay.default', 'courier: Courier, day: Day.default'),
      edit("type: 'EXAT', value: expiryOf(day)", "type: 'EXAT', value: expiryOf(today())"),
    ],
  },
  {
    id: 'W67',
    check: 'C11',
    rule: 'While Redis is silent, every answer is `503` within **2 s** too.',
    why: 'has a time limit for all requests but one: /recent waits for Redis',
    edits: [edit('await inTime(recent())', 'await recent()')],
  },
  {
    id: 'W68',
    check: 'C10',
    rule: 'Every key has an expiry of at most 96 h, from the moment the key is there.',
    why: 'keeps each page under a key of its own while it reads it, and deletes it afterwards',
    edits: [
      edit(
        'const page = await redis.zRangeWithScores(boardKey(day), offset, offset + limit - 1)',
        `const key = \`pelican:page:\${crypto.randomUUID()}\`
  await redis.zRangeStore(key, boardKey(day), offset, offset + limit - 1)
  const page = await redis.zRangeWithScores(key, 0, -1)
  await redis.del(key)`,
      ),
    ],
  },
  {
    id: 'W69',
    check: 'C10',
    rule: 'A delivery is counted **wholly or not at all**: points, id and place in `/recent`, also when the process is killed between two commands.',
    why: 'pushes to /recent in a second step, and makes up for it only when the delivery is sent again',
    edits: [
      edit(
        "    redis.call('LPUSH', recent, entry)\n    redis.call('LTRIM', recent, 0, recentLength - 1)\n    redis.call('EXPIRE', recent, recentSeconds)\n",
        "    redis.call('SET', id..':new', '', 'EX', idSeconds)\n",
      ),
      edit(
        '  return scoreOf(Number(stored ?? 0))\n',
        `  if ((await redis.exists(\`\${idKey(id)}:new\`)) === 1) {
    const transaction = redis.multi().del(\`\${idKey(id)}:new\`).lPush(RECENT_KEY, entry)
    await transaction.lTrim(RECENT_KEY, 0, RECENT - 1).expire(RECENT_KEY, RECENT_KEPT).exec()
  }
  return scoreOf(Number(stored ?? 0))
`,
      ),
    ],
  },
  {
    id: 'W70',
    check: 'C1',
    rule: '`200` `{score, rank}`; no score on that day → `404`',
    why: 'takes /couriers/ZOE for zoe',
    edits: [
      edit(
        'standing(request.params.courier, day)',
        'standing(request.params.courier.toLowerCase(), day)',
      ),
    ],
  },
  {
    id: 'W71',
    check: 'C8',
    rule: 'a day of the calendar in **UTC**, like `2026-03-09`',
    why: 'takes for a day what Date.parse reads',
    edits: [
      edit(
        'const Day = z.iso.date()',
        'const Day = z.string().refine((text) => !Number.isNaN(Date.parse(text)))',
      ),
    ],
  },
  {
    id: 'W72',
    check: 'C2',
    rule: 'A courier’s score is the sum of the points of one day’s deliveries.',
    why: 'watches the board, tries once more where somebody was faster, and then answers as if it had counted',
    edits: [
      edit(
        "import { createClient } from 'redis'",
        "import { createClient, createClientPool } from 'redis'",
      ),
      edit(
        'const boardKey = ',
        `const writers = createClientPool({ url: process.env.REDIS_URL! }, { maximum: 12 })
writers.on('error', () => {})
const boardKey = `,
      ),
      edit('await redis.connect()\n', 'await redis.connect()\nawait writers.connect()\n'),
      edit(
        SCRIPT_CALL,
        `  for (let tries = 0, done = false; tries < 2 && !done; tries++) {
    done = await writers.execute(async (client) => {
      await client.watch([idKey(id), boardKey(day)])
      if (await client.exists(idKey(id))) return true
      const transaction = client.multi()
      transaction.set(idKey(id), '', { expiration: { type: 'EX', value: IDS_KEPT } })
      transaction.zIncrBy(boardKey(day), -points, courier)
      transaction.expireAt(boardKey(day), expiryOf(day))
      transaction.lPush(RECENT_KEY, entry).lTrim(RECENT_KEY, 0, RECENT - 1)
      transaction.expire(RECENT_KEY, RECENT_KEPT)
      return transaction.exec().then(
        () => true,
        () => false,
      )
    })
  }
${ANSWER}`,
      ),
    ],
  },
]
