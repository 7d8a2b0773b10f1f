import { editing, type Mistake } from '../../harness/mistakes.ts'

const file = 'server.ts'

const edit = editing(file)

/** The one query of the list, and the same with something else in its place. */
const INCLUDE = `    include: {
      association: 'parcels',
      separate: true,
      include: [{ association: 'scans', separate: true }, { association: 'tags' }],
    },`
const LIST_END = '  response.json({ depots: depots.map(showDepot) })'

/** The change of a parcel: a read before it, and another write. */
const CHANGE = `  const [changed, parcels] = await Parcel.update(
    { ...changes, version: sequelize.literal('version + 1') },
    { where: { code, version }, returning: true },
  )`
const read = (
  options: string,
) => `  const read = await Parcel.findOne({ where: { code }${options} })
  if (!read) throw new Problem(404, 'there is no such parcel')
  if (read.version !== version) throw new Problem(409, 'somebody has changed this parcel since')
`
const writeByCode = `  const [changed, parcels] = await Parcel.update(
    { ...changes, version: version + 1 },
    { where: { code }, returning: true },
  )`

/** The write of a move; it also looks whether the parcels are there. */
const MOVE_WHERE = '{ where: { code: codes, depotId: from.id }, returning: true, transaction },'
const MOVE_BEGIN = '  await sequelize.transaction(async (transaction) => {\n    // Looks'
const lookFirst = `    const there = await Parcel.count({ where: { code: codes, depotId: from.id }, transaction })
    if (there !== codes.length) throw new Problem(409, 'not all of these parcels are there')
    // Looks`

const STATS_SUM = "    Parcel.sum('priceCents', { where: { depotId } }),"
const SCHEMA_SORT = "  sort: z.enum(['name', '-name', 'city', '-city']).optional(),"
const ORDER =
  "  return sort.startsWith('-') ? [[sort.slice(1), 'DESC'], last] : [[sort, 'ASC'], last]"
const LISTEN = 'const server = app.listen('

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    rule: 'at most 20 for one list; and 50 depots take at most 6 more than 5',
    why: 'asks for the parcels of each depot in a loop',
    edits: [
      edit(`${INCLUDE}\n`, ''),
      edit(
        LIST_END,
        `  for (const depot of depots) {
    const where = { depotId: depot.id }
    depot.parcels = await Parcel.findAll({ where, include: ['scans', 'tags'] })
  }
${LIST_END}`,
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C3',
    rule: 'counts depots: a whole number in digits from 1 to 100; 20 where it is missing',
    why: 'joins everything, so that limit counts rows of the join',
    edits: [
      edit(
        INCLUDE,
        `    subQuery: false,
    include: { association: 'parcels', include: ['scans', 'tags'] },`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C4',
    rule: 'A move that is refused changes nothing at all.',
    why: 'forgets { transaction } in a call, which then is not rolled back',
    edits: [edit(MOVE_WHERE, MOVE_WHERE.replace(', transaction', ''))],
  },
  {
    id: 'W4',
    check: 'C8',
    rule: 'When it starts, your server makes and changes no tables and no rows.',
    why: 'drops all tables and makes them anew when it starts',
    edits: [edit(LISTEN, `await sequelize.sync({ force: true })\n${LISTEN}`)],
  },
  {
    id: 'W5',
    check: 'C12',
    rule: 'What was not sent is not written',
    why: 'writes all columns as it has read them, with a change on top',
    edits: [
      edit(
        CHANGE,
        `${read('')}  const { status, weightKg, priceCents } = read
${CHANGE.replace('...changes', 'status, weightKg, priceCents, ...changes')}`,
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C6',
    rule: '`400` or `422`, also where nothing stands behind the `=`',
    why: 'puts sort into the SQL as it is',
    edits: [
      edit(SCHEMA_SORT, '  sort: z.string().optional(),'),
      edit(ORDER, "  return [sequelize.literal(sort.replace(/^-(.*)/, '$1 desc')), last]"),
    ],
  },
  {
    id: 'W7',
    check: 'C7',
    rule: '`weightKg`, `priceCents` and `version` are JSON numbers, as are those of `stats`.',
    why: 'shows NUMERIC and BIGINT as the strings that the driver gives',
    edits: [
      edit(
        `    get(this: Model): number {
      return Number(this.getDataValue(name))`,
        `    get(this: Model): any {
      return this.getDataValue(name)`,
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C1',
    rule: 'they are in no list and no number',
    why: 'shows deleted parcels',
    edits: [edit('    paranoid: true,\n', '')],
  },
  {
    id: 'W9',
    check: 'C1',
    rule: 'a depot without parcels has `"parcels": []`; the same goes for scans and tags',
    why: 'loads parcels by an inner join, which loses depots without any',
    edits: [edit("'parcels',\n      separate: true,", "'parcels',\n      required: true,")],
  },
  {
    id: 'W10',
    check: 'C3',
    rule: 'by `id`, *ascending*; so are all where `sort` is missing',
    why: 'leaves the order of equal names to chance',
    edits: [
      edit(ORDER, "  return sort.startsWith('-') ? [[sort.slice(1), 'DESC']] : [[sort, 'ASC']]"),
    ],
  },
  {
    id: 'W11',
    check: 'C12',
    rule: 'Of several changes with the same version at the same time one gets `200`, the others `409`.',
    why: 'compares the version in JavaScript, and then writes whatever is there',
    edits: [edit(CHANGE, `${read('')}${writeByCode}`)],
  },
  {
    id: 'W12',
    check: 'C11',
    rule: 'Of two moves of the same parcel at the same time one gets `200` and one `409`',
    why: 'looks whether the parcels are there, and then moves them from wherever they are',
    edits: [
      edit(MOVE_BEGIN, MOVE_BEGIN.replace('    // Looks', lookFirst)),
      edit(MOVE_WHERE, MOVE_WHERE.replace(', depotId: from.id', '')),
    ],
  },
  {
    id: 'W13',
    check: 'C9',
    rule: '`parcels` and `scans` are counted, `revenueCents` is the sum of `price_cents`; each is `0` where there are none.',
    why: 'sums prices over a join with scans, once for each scan',
    edits: [
      edit(
        STATS_SUM,
        `    sequelize
      .query(
        \`select sum(price_cents) from parcels left join scans on parcel_id = parcels.id
         where depot_id = ? and deleted_at is null\`,
        { replacements: [depotId] },
      )
      .then(([rows]) => Number((rows[0] as { sum: string }).sum)),`,
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C9',
    rule: '`parcels` and `scans` are counted, `revenueCents` is the sum of `price_cents`; each is `0` where there are none.',
    why: 'answers null as the sum of nothing',
    edits: [edit('revenueCents: revenueCents || 0 }', 'revenueCents }')],
  },
  {
    id: 'W15',
    check: 'C9',
    rule: '`parcels` and `scans` are counted, `revenueCents` is the sum of `price_cents`; each is `0` where there are none.',
    why: 'casts a sum to 32 bits, to have it as a number',
    edits: [
      edit(
        STATS_SUM,
        `    sequelize
      .query('select sum(price_cents)::int from parcels where depot_id = ? and deleted_at is null', {
        replacements: [depotId],
      })
      .then(([rows]) => (rows[0] as { sum: number }).sum),`,
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C13',
    rule: 'Two requests at the same time may bring the same new tags, in any order: both get `201`.',
    why: 'looks which tags are missing, and then makes them',
    edits: [
      edit(
        '    const missing = names.toSorted().map((name) => ({ name }))',
        `    const known = await Tag.findAll({ where: { name: names }, transaction })
    const missing = names
      .filter((name) => known.every((tag) => tag.name !== name))
      .map((name) => ({ name }))`,
      ),
      edit('{ ignoreDuplicates: true, transaction }', '{ transaction }'),
    ],
  },
  {
    id: 'W17',
    check: 'C10',
    rule: 'A parcel that is refused leaves nothing',
    why: 'makes new tags outside of the transaction',
    edits: [edit('{ ignoreDuplicates: true, transaction }', '{ ignoreDuplicates: true }')],
  },
  {
    id: 'W18',
    check: 'C14',
    rule: 'a move or a new parcel is there as a whole or not at all.',
    why: 'stores the scans of a move outside of its transaction',
    edits: [
      edit('    await Scan.bulkCreate(scans, { transaction })', '    await Scan.bulkCreate(scans)'),
    ],
  },
  {
    id: 'W19',
    check: 'C9',
    rule: '`weightKg`, `priceCents` and `version` are JSON numbers, as are those of `stats`.',
    why: 'shows a sum as the string that the driver gives',
    edits: [
      edit(
        STATS_SUM,
        `    sequelize
      .query('select sum(price_cents) from parcels where depot_id = ? and deleted_at is null', {
        replacements: [depotId],
      })
      .then(([rows]) => (rows[0] as { sum: string }).sum),`,
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C5',
    rule: 'other fields in the body, such as `depotId` or `code` | ignore them, or answer `400` or `422`: these columns do not change',
    why: 'takes whatever is in the body for changes',
    edits: [edit('const Change = z.object({', 'const Change = z.looseObject({')],
  },
  {
    id: 'W21',
    check: 'C5',
    rule: '`version` is another | `409`, nothing changes',
    why: 'does not look at the version',
    edits: [
      edit(
        '{ where: { code, version }, returning: true },',
        '{ where: { code }, returning: true },',
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C6',
    rule: '`400` or `422`, also where nothing stands behind the `=`',
    why: 'looks sort up in an object, which has more than its own properties',
    edits: [
      edit(SCHEMA_SORT, '  sort: z.string().optional(),'),
      edit(
        '/** From one of four words',
        `const ORDERS: Record<string, [string, string]> = {
  name: ['name', 'ASC'],
  '-name': ['name', 'DESC'],
  city: ['city', 'ASC'],
  '-city': ['city', 'DESC'],
}

/** From one of four words`,
      ),
      edit(
        ORDER,
        `  const order = ORDERS[sort]
  if (!order) throw new Problem(422, 'sort is name, -name, city or -city')
  return [order, last]`,
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C4',
    rule: 'one of `codes` is unknown, deleted, or at another depot | `409`',
    why: 'moves deleted parcels, too',
    edits: [edit(MOVE_WHERE, MOVE_WHERE.replace('{ where', '{ paranoid: false, where'))],
  },
  {
    id: 'W24',
    check: 'C8',
    rule: 'When it starts, your server makes and changes no tables and no rows.',
    why: 'bends the tables to its models when it starts',
    edits: [edit(LISTEN, `await sequelize.sync({ alter: true })\n${LISTEN}`)],
  },
  {
    id: 'W25',
    check: 'C6',
    rule: '`400` or `422`, also where nothing stands behind the `=`',
    why: 'takes any number for a limit',
    edits: [
      edit(
        '  limit: whole.pipe(z.number().min(1).max(100)).default(20),',
        '  limit: z.coerce.number().default(20),',
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C5',
    rule: 'What was not sent is not written',
    why: 'puts a default in the place of what was not sent',
    edits: [
      edit('  status: z.string().optional(),', "  status: z.string().default('registered'),"),
    ],
  },
  {
    id: 'W27',
    check: 'C4',
    rule: 'each has one more scan, of kind `moved`',
    why: 'stores no scans of a move',
    edits: [edit('    await Scan.bulkCreate(scans, { transaction })\n', '')],
  },
  {
    id: 'W28',
    check: 'C3',
    rule: 'counts depots: a whole number in digits from 0; 0 where it is missing.',
    why: 'takes offset for the number of a page',
    edits: [edit('    offset,\n', '    offset: offset * limit,\n')],
  },
  {
    id: 'W29',
    check: 'C10',
    rule: 'Tags that exist are used, others are made.',
    why: 'fails where a tag exists already',
    edits: [edit('{ ignoreDuplicates: true, transaction }', '{ transaction }')],
  },
  {
    id: 'W30',
    check: 'C5',
    rule: 'no `version` | `400` or `422`, nothing changes',
    why: 'changes whatever version is there where none was sent',
    edits: [
      edit('  version: z.int(),', '  version: z.int().optional(),'),
      edit(
        '{ where: { code, version }, returning: true },',
        '{ where: { code, ...(version !== undefined && { version }) }, returning: true },',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C7',
    rule: '`YYYY-MM-DD`, the day in the table, whatever zone server and database are in.',
    why: 'makes a day midnight here and then shows it in UTC, which is yesterday east of Greenwich',
    edits: [
      edit(
        '  return { id, name, city, openedOn, parcels: shown }',
        `  const midnight = new Date(\`\${openedOn}T00:00:00\`)
  return { id, name, city, openedOn: midnight.toISOString().slice(0, 10), parcels: shown }`,
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C7',
    rule: '`YYYY-MM-DD`, the day in the table, whatever zone server and database are in.',
    why: 'makes a day midnight UTC and then shows it here, which is yesterday west of Greenwich',
    edits: [
      edit(
        '  return { id, name, city, openedOn, parcels: shown }',
        `  const day = new Date(openedOn).toLocaleDateString('sv-SE')
  return { id, name, city, openedOn: day, parcels: shown }`,
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C11',
    rule: 'Of two moves of the same parcel at the same time one gets `200` and one `409`',
    why: 'lets moves wait for each other, but only those of the same copy',
    edits: [
      edit(
        MOVE_BEGIN,
        `  await oneByOne(() => ${MOVE_BEGIN.trimStart().replace('await ', '').replace('    // Looks', lookFirst)}`,
      ),
      edit(MOVE_WHERE, MOVE_WHERE.replace(', depotId: from.id', '')),
      edit(
        '    await Scan.bulkCreate(scans, { transaction })\n  })',
        '    await Scan.bulkCreate(scans, { transaction })\n  }))',
      ),
      edit(
        'async function findDepot',
        `let last: Promise<unknown> = Promise.resolve()
function oneByOne<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work)
  last = result.catch(() => {})
  return result
}

async function findDepot`,
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C14',
    rule: 'a move or a new parcel is there as a whole or not at all.',
    why: 'stores a parcel first and links its tags in another transaction',
    edits: [
      edit(
        '  const parcel = await sequelize.transaction(async (transaction) => {',
        `  const created = await Parcel.create(values)
  const parcel = await sequelize.transaction(async (transaction) => {`,
      ),
      edit('    const created = await Parcel.create(values, { transaction })\n', ''),
    ],
  },
  {
    id: 'W35',
    check: 'C2',
    rule: 'at most 20 for one list; and 50 depots take at most 6 more than 5',
    why: 'loads depots and parcels at once, but asks for the scans of each parcel',
    edits: [
      edit("{ association: 'scans', separate: true }, ", ''),
      edit(
        LIST_END,
        `  for (const parcel of depots.flatMap((depot) => depot.parcels ?? [])) {
    parcel.scans = await Scan.findAll({ where: { parcelId: parcel.id } })
  }
${LIST_END}`,
      ),
    ],
  },
  {
    id: 'W36',
    check: 'C1',
    rule: 'a depot without parcels has `"parcels": []`; the same goes for scans and tags',
    why: 'collects scans and tags from one join, where each scan stands once for each tag',
    edits: [
      edit(
        LIST_END,
        `  for (const parcel of depots.flatMap((depot) => depot.parcels ?? [])) {
    const [rows] = await sequelize.query(
      \`select scans.kind, scans.at, tags.name from parcels
       left join scans on scans.parcel_id = parcels.id
       left join parcel_tags on parcel_tags.parcel_id = parcels.id
       left join tags on tags.id = tag_id
       where code = ?\`,
      { replacements: [parcel.code] },
    )
    parcel.scans = (rows as Scan[]).filter(({ kind }) => kind)
    parcel.tags = (rows as Tag[]).filter(({ name }) => name)
  }
${LIST_END}`,
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C12',
    rule: 'Of several changes with the same version at the same time one gets `200`, the others `409`.',
    why: 'locks the row it reads, but outside of a transaction, where a lock ends at once',
    edits: [edit(CHANGE, `${read(', lock: true')}${writeByCode}`)],
  },
  {
    id: 'W38',
    check: 'C12',
    rule: 'Of several changes with the same version at the same time one gets `200`, the others `409`.',
    why: 'needs a second connection in each transaction, until all wait for one',
    edits: [
      edit(
        CHANGE,
        `  const [changed, parcels] = await sequelize.transaction(async (transaction) => {
    await Depot.count({ transaction })
    const known = await Parcel.findOne({ where: { code } })
    if (!known) throw new Problem(404, 'there is no such parcel')
    return Parcel.update(
      { ...changes, version: sequelize.literal('version + 1') },
      { where: { code, version }, returning: true, transaction },
    )
  })`,
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C6',
    rule: 'counts depots: a whole number in digits from 1 to 100; 20 where it is missing',
    why: 'parseInt: takes 2.5 for 2',
    edits: [
      edit(
        '  .string()\n  .regex(/^\\d{1,9}$/)\n  .transform(Number)',
        '  .string()\n  .regex(/^\\d/)\n  .transform((text) => Number.parseInt(text, 10))',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C5',
    rule: 'the fields that were sent are stored',
    why: 'stores only what is true in JavaScript: neither 0 nor an empty text',
    edits: [
      edit(
        '  const { version, ...changes } = Change.parse(request.body)\n',
        `  const { version, ...sent } = Change.parse(request.body)
  const changes = Object.fromEntries(Object.entries(sent).filter(([, value]) => value))
`,
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C10',
    rule: 'Each has 1 to 30 characters',
    why: 'refuses a tag of exactly 30 characters',
    edits: [edit('[...tag].length <= 30', '[...tag].length < 30')],
  },
  {
    id: 'W42',
    check: 'C6',
    rule: '`400` or `422`, also where nothing stands behind the `=`',
    why: 'takes ?sort= for no sort',
    edits: [
      edit(SCHEMA_SORT, "  sort: z.enum(['', 'name', '-name', 'city', '-city']).optional(),"),
    ],
  },
  {
    id: 'W43',
    check: 'C9',
    rule: '`404` for an unknown depot',
    why: 'counts nothing at a depot that does not exist',
    edits: [
      edit(
        '  const { id: depotId } = await findDepot(request.params.id)\n',
        '  const depotId = Id.parse(request.params.id)\n',
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C4',
    rule: '`200` and `{moved}`: how many',
    why: 'says that parcels were moved, and not how many',
    edits: [edit('response.json({ moved: codes.length })', 'response.json({ moved: true })')],
  },
  {
    id: 'W45',
    check: 'C5',
    rule: '`200` and at least `{code, version}`, the new version',
    why: 'answers the version that was sent',
    edits: [
      edit(
        '  response.json(showParcel(parcels[0]!))',
        '  response.json({ ...showParcel(parcels[0]!), version })',
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C10',
    rule: '`201` and at least `{code, version}`',
    why: 'answers 200 to a new parcel',
    edits: [
      edit('response.status(201).json(showParcel(parcel))', 'response.json(showParcel(parcel))'),
    ],
  },
  {
    id: 'W47',
    check: 'C5',
    rule: '`status` | a text of up to 30 characters, also an empty one',
    why: 'refuses an empty status',
    edits: [edit('  status: z.string().optional(),', '  status: z.string().min(1).optional(),')],
  },
  {
    id: 'W48',
    check: 'C5',
    rule: '`weightKg` | a number from 0 to 99,999.999 with 3 decimals at most',
    why: 'rounds weights to hundredths, as money is',
    edits: [
      edit(
        '  weightKg: Kilograms.optional(),',
        '  weightKg: Kilograms.transform((kg) => Number(kg.toFixed(2))).optional(),',
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C5',
    rule: '`priceCents` | a whole number from 0 to 1,000,000,000,000',
    why: 'takes prices up to 2^31 only',
    edits: [edit('const Cents = z.int().min(0)', 'const Cents = z.int32().min(0)')],
  },
  {
    id: 'W50',
    check: 'C10',
    rule: 'capitals and small letters are different',
    why: 'keeps tags in small letters',
    edits: [
      edit(
        'const { tags: names, ...values } = NewParcel.parse(request.body)',
        `const { tags: sent, ...values } = NewParcel.parse(request.body)
  const names = [...new Set(sent.map((name) => name.toLowerCase()))]`,
      ),
    ],
  },
  {
    id: 'W51',
    check: 'C4',
    rule: '`codes` | a list of 1 to 50 different codes.',
    why: 'moves ten parcels at most',
    edits: [edit('z.array(z.string()).min(1).max(100)', 'z.array(z.string()).min(1).max(10)')],
  },
  {
    id: 'W52',
    check: 'C3',
    rule: 'by `id`, *ascending*; so are all where `sort` is missing',
    why: 'turns the order of equal ones round with the minus',
    edits: [
      edit(
        ORDER,
        "  return sort.startsWith('-') ? [[sort.slice(1), 'DESC'], ['id', 'DESC']] : [[sort, 'ASC'], last]",
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C3',
    rule: '`name`, `-name`, `city` or `-city`; the minus means descending',
    why: 'does not look at the minus',
    edits: [edit(ORDER, "  return [[sort.replace('-', ''), 'ASC'], last]")],
  },
  {
    id: 'W54',
    check: 'C7',
    rule: 'an ISO 8601 time with `Z` or an offset',
    why: 'cuts the zone off a time',
    edits: [
      edit(
        'parcel.scans?.map(({ kind, at }) => ({ kind, at }))',
        'parcel.scans?.map(({ kind, at }) => ({ kind, at: at.toISOString().slice(0, 19) }))',
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C4',
    rule: 'no depot `{id}` | `404` or `409`',
    why: 'calls an unknown depot in the path a validation failure',
    edits: [
      edit(
        '  const from = await findDepot(request.params.id)\n',
        `  const from = await findDepot(request.params.id).catch(() => {
    throw new Problem(422, 'there is no such depot')
  })
`,
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C4',
    rule: 'no depot `to` | `400`, `404`, `409` or `422`',
    why: 'leaves an unknown depot to the foreign key, and has no answer for its error',
    edits: [
      edit('  await findDepot(to)\n', ''),
      edit(
        'error instanceof ForeignKeyConstraintError)',
        'error instanceof ForeignKeyConstraintError && !error)',
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C10',
    rule: 'no depot `depotId` | `400`, `404`, `409` or `422`',
    why: 'answers 500 where the foreign key refuses a new parcel',
    edits: [
      edit(
        'error instanceof ForeignKeyConstraintError)',
        'error instanceof ForeignKeyConstraintError && !error)',
      ),
    ],
  },
  {
    id: 'W58',
    check: 'C5',
    rule: 'unknown or deleted code | `404`',
    why: 'takes a deleted parcel for one that somebody has changed',
    edits: [
      edit(
        'const known = await Parcel.count({ where: { code } })',
        'const known = await Parcel.count({ where: { code }, paranoid: false })',
      ),
    ],
  },
  {
    id: 'W59',
    check: 'C10',
    rule: '`status` is `registered`, `version` is 1.',
    why: 'begins with another status',
    edits: [edit("defaultValue: 'registered'", "defaultValue: 'new'")],
  },
  {
    id: 'W60',
    check: 'C10',
    rule: 'the code is taken | `409`',
    why: 'calls a code that is taken a validation failure',
    edits: [
      edit("new Problem(409, 'this code is taken')", "new Problem(422, 'this code is taken')"),
    ],
  },
  {
    id: 'W61',
    check: 'C10',
    rule: 'a tag of more than 30 characters (the table refuses it) | `400` or `422`',
    why: 'cuts a tag that is too long',
    edits: [
      edit(
        "z.array(z.string().refine((tag) => tag !== '' && [...tag].length <= 30))",
        'z.array(z.string().min(1).transform((tag) => tag.slice(0, 30)))',
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C1',
    rule: 'what is in the tables is shown at once.',
    why: 'keeps a list until it changes something itself',
    edits: [
      edit(
        'app.use(express.json())\n',
        `app.use(express.json())
const kept = new Map<string, object>()
app.use((request, _response, next) => {
  if (request.method !== 'GET') kept.clear()
  next()
})
`,
      ),
      edit(
        "app.get('/depots', async (request, response) => {\n",
        `app.get('/depots', async (request, response) => {
  const before = kept.get(request.url)
  if (before) return void response.json(before)
`,
      ),
      edit(
        LIST_END,
        `  const body = { depots: depots.map(showDepot) }
  kept.set(request.url, body)
  response.json(body)`,
      ),
    ],
  },
  {
    id: 'W63',
    check: 'C13',
    rule: 'Two requests at the same time may bring the same new tags, in any order: both get `201`.',
    why: 'makes tags one by one in the order they came in: two requests can wait for each other',
    edits: [
      edit(
        '    const missing = names.toSorted().map((name) => ({ name }))\n    await Tag.bulkCreate(missing, { ignoreDuplicates: true, transaction })',
        `    for (const name of names) {
      await Tag.bulkCreate([{ name }], { ignoreDuplicates: true, transaction })
    }`,
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C11',
    rule: 'in whatever order they name their parcels.',
    why: 'moves parcels one by one in the order they came in: two moves can wait for each other',
    edits: [
      edit(
        `    const [moved, parcels] = await Parcel.update(
      { depotId: to },
      ${MOVE_WHERE}
    )`,
        `    const parcels: Parcel[] = []
    for (const code of codes) {
      const [, rows] = await Parcel.update(
        { depotId: to },
        { where: { code, depotId: from.id }, returning: true, transaction },
      )
      parcels.push(...rows)
    }
    const moved = parcels.length`,
      ),
    ],
  },
  {
    id: 'W65',
    check: 'C12',
    rule: 'and no older depot either.',
    why: 'writes the depot that it has read with each change',
    edits: [
      edit(
        CHANGE,
        `${read('')}  const { depotId } = read
${CHANGE.replace('...changes', 'depotId, ...changes')}`,
      ),
    ],
  },
  {
    id: 'W66',
    check: 'C10',
    rule: 'Each has 1 to 30 characters',
    why: 'counts an emoji in a tag as two characters',
    edits: [
      edit(
        "z.array(z.string().refine((tag) => tag !== '' && [...tag].length <= 30))",
        'z.array(z.string().min(1).refine((tag) => tag.length <= 30))',
      ),
    ],
  },
  {
    id: 'W67',
    check: 'C9',
    rule: 'what is in the tables is shown at once.',
    why: 'keeps the numbers of a depot until it changes something itself',
    edits: [
      edit(
        'app.use(express.json())\n',
        `app.use(express.json())
const kept = new Map<string, object>()
app.use((request, _response, next) => {
  if (request.method !== 'GET') kept.clear()
  next()
})
`,
      ),
      edit(
        '  const { id: depotId } = await findDepot(request.params.id)\n',
        `  const before = kept.get(request.url)
  if (before) return void response.json(before)
  const { id: depotId } = await findDepot(request.params.id)
`,
      ),
      edit(
        '  response.json({ parcels, scans, revenueCents: revenueCents || 0 })',
        `  const body = { parcels, scans, revenueCents: revenueCents || 0 }
  kept.set(request.url, body)
  response.json(body)`,
      ),
    ],
  },
  {
    id: 'W68',
    check: 'C4',
    rule: 'one of `codes` is unknown, deleted, or at another depot | `409`',
    why: 'counts a parcel as moved that is at the other depot already',
    edits: [edit(MOVE_WHERE, MOVE_WHERE.replace('from.id', '[from.id, to]'))],
  },
  {
    id: 'W69',
    check: 'C13',
    rule: 'Two with the same code: one gets `201`, one `409`.',
    why: 'looks whether the code is taken, and has no answer where it was taken since',
    edits: [
      edit(
        '    const created = await Parcel.create(values, { transaction })\n',
        `    const where = { code: values.code }
    const taken = await Parcel.count({ where, paranoid: false, transaction })
    if (taken) throw new Problem(409, 'this code is taken')
    const created = await Parcel.create(values, { transaction })
`,
      ),
      edit(
        "  if (error instanceof UniqueConstraintError) return new Problem(409, 'this code is taken')\n",
        '',
      ),
    ],
  },
  {
    id: 'W70',
    check: 'C10',
    rule: 'Tags that exist are used, others are made.',
    why: 'keeps the ids of tags, also of those that were rolled back with a refused parcel',
    edits: [
      edit(
        'const app = express()\n',
        'const app = express()\nconst kept = new Map<string, Tag>()\n',
      ),
      edit(
        '    const missing = names.toSorted().map((name) => ({ name }))\n',
        `    const unknown = names.filter((name) => !kept.has(name))
    const missing = unknown.toSorted().map((name) => ({ name }))
`,
      ),
      edit(
        '    const tags = await Tag.findAll({ where: { name: names }, transaction })\n',
        `    const found = await Tag.findAll({ where: { name: unknown }, transaction })
    for (const tag of found) kept.set(tag.name, tag)
    const tags = names.map((name) => kept.get(name)!)
`,
      ),
    ],
  },
  {
    id: 'W71',
    check: 'C10',
    rule: 'but their code stays taken.',
    why: 'takes a deleted parcel back where a new one has its code',
    edits: [
      edit(
        '    const created = await Parcel.create(values, { transaction })\n',
        `    const where = { code: values.code }
    const old = await Parcel.findOne({ where, paranoid: false, transaction })
    if (old && !old.isSoftDeleted()) throw new Problem(409, 'this code is taken')
    await old?.restore({ transaction })
    const fresh = { ...values, status: 'registered', version: 1 }
    const created = old
      ? await old.update(fresh, { transaction })
      : await Parcel.create(values, { transaction })
`,
      ),
    ],
  },
  {
    id: 'W72',
    check: 'C3',
    rule: 'counts depots: a whole number in digits from 1 to 100; 20 where it is missing',
    why: 'gives all that is left where there is an offset and no limit',
    edits: [
      edit(
        '  const { limit, offset, sort } = Page.parse(request.query)\n',
        `  const { limit: most, offset, sort } = Page.parse(request.query)
  const limit = offset > 0 && !('limit' in request.query) ? 1000 : most
`,
      ),
    ],
  },
  {
    id: 'W73',
    check: 'C3',
    rule: 'counts depots: a whole number in digits from 1 to 100; 20 where it is missing',
    why: 'gives 50 depots at most, whatever the limit',
    edits: [edit('    limit,\n    offset,\n', '    limit: Math.min(limit, 50),\n    offset,\n')],
  },
]
