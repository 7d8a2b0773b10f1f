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
    why: 'forgets { transaction } in a call, which then is not rolled back',
    edits: [edit(MOVE_WHERE, MOVE_WHERE.replace(', transaction', ''))],
  },
  {
    id: 'W4',
    check: 'C8',
    why: 'drops all tables and makes them anew when it starts',
    edits: [edit(LISTEN, `await sequelize.sync({ force: true })\n${LISTEN}`)],
  },
  {
    id: 'W5',
    check: 'C12',
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
    why: 'puts sort into the SQL as it is',
    edits: [
      edit(SCHEMA_SORT, '  sort: z.string().optional(),'),
      edit(ORDER, "  return [sequelize.literal(sort.replace(/^-(.*)/, '$1 desc')), last]"),
    ],
  },
  {
    id: 'W7',
    check: 'C7',
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
    why: 'shows deleted parcels',
    edits: [edit('    paranoid: true,\n', '')],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'loads parcels by an inner join, which loses depots without any',
    edits: [edit("'parcels',\n      separate: true,", "'parcels',\n      required: true,")],
  },
  {
    id: 'W10',
    check: 'C3',
    why: 'leaves the order of equal names to chance',
    edits: [
      edit(ORDER, "  return sort.startsWith('-') ? [[sort.slice(1), 'DESC']] : [[sort, 'ASC']]"),
    ],
  },
  {
    id: 'W11',
    check: 'C12',
    why: 'compares the version in JavaScript, and then writes whatever is there',
    edits: [edit(CHANGE, `${read('')}${writeByCode}`)],
  },
  {
    id: 'W12',
    check: 'C11',
    why: 'looks whether the parcels are there, and then moves them from wherever they are',
    edits: [
      edit(MOVE_BEGIN, MOVE_BEGIN.replace('    // Looks', lookFirst)),
      edit(MOVE_WHERE, MOVE_WHERE.replace(', depotId: from.id', '')),
    ],
  },
  {
    id: 'W13',
    check: 'C9',
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
    why: 'answers null as the sum of nothing',
    edits: [edit('revenueCents: revenueCents || 0 }', 'revenueCents }')],
  },
  {
    id: 'W15',
    check: 'C9',
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
    why: 'makes new tags outside of the transaction',
    edits: [edit('{ ignoreDuplicates: true, transaction }', '{ ignoreDuplicates: true }')],
  },
  {
    id: 'W18',
    check: 'C14',
    why: 'stores the scans of a move outside of its transaction',
    edits: [
      edit('    await Scan.bulkCreate(scans, { transaction })', '    await Scan.bulkCreate(scans)'),
    ],
  },
  {
    id: 'W19',
    check: 'C9',
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
    why: 'takes whatever is in the body for changes',
    edits: [edit('const Change = z.object({', 'const Change = z.looseObject({')],
  },
  {
    id: 'W21',
    check: 'C5',
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
    why: 'moves deleted parcels, too',
    edits: [edit(MOVE_WHERE, MOVE_WHERE.replace('{ where', '{ paranoid: false, where'))],
  },
  {
    id: 'W24',
    check: 'C8',
    why: 'bends the tables to its models when it starts',
    edits: [edit(LISTEN, `await sequelize.sync({ alter: true })\n${LISTEN}`)],
  },
  {
    id: 'W25',
    check: 'C6',
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
    why: 'puts a default in the place of what was not sent',
    edits: [
      edit('  status: z.string().optional(),', "  status: z.string().default('registered'),"),
    ],
  },
  {
    id: 'W27',
    check: 'C4',
    why: 'stores no scans of a move',
    edits: [edit('    await Scan.bulkCreate(scans, { transaction })\n', '')],
  },
  {
    id: 'W28',
    check: 'C3',
    why: 'takes offset for the number of a page',
    edits: [edit('    offset,\n', '    offset: offset * limit,\n')],
  },
  {
    id: 'W29',
    check: 'C10',
    why: 'fails where a tag exists already',
    edits: [edit('{ ignoreDuplicates: true, transaction }', '{ transaction }')],
  },
  {
    id: 'W30',
    check: 'C5',
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
    why: 'locks the row it reads, but outside of a transaction, where a lock ends at once',
    edits: [edit(CHANGE, `${read(', lock: true')}${writeByCode}`)],
  },
  {
    id: 'W38',
    check: 'C12',
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
    why: 'parseInt: takes 2.5 for 2',
    edits: [
      edit(
        '  .string()\n  .regex(/^\\d{1,9}$/)\n  .transform(Number)',
        '  .string()\n  .regex(/^\\d/)\n  .transform((text) => Number.parseInt(text, 10))',
      ),
    ],
  },
]
