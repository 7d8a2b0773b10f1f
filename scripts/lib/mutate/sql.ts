import { scan } from 'libpg-query'
import { deparse, parse } from 'pgsql-parser'
import { type Mutant, type Mutated, shorten } from './mutant.ts'

/** A node's fields, as libpg_query names them. */
type Body = Record<string, any>

/** A node as it stands in the tree, such as `{ JoinExpr: { … } }`. */
type Wrapped = Record<string, Body>

/** One change: made on a copy of the tree, at the node it was found for. */
type Change = {
  mutator: string
  /** The part that it is about: tells the line. */
  about: unknown
  /** `node` is there where the node stands in a wrapper, and may become another node. */
  make(body: Body, node: Wrapped): void
}

const COMPARISONS: Record<string, string[]> = {
  '=': ['<>'],
  '<>': ['='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
}
const ARITHMETIC: Record<string, string[]> = {
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
}
const KINDS: Record<string, string> = {
  AEXPR_DISTINCT: 'AEXPR_NOT_DISTINCT',
  AEXPR_NOT_DISTINCT: 'AEXPR_DISTINCT',
  AEXPR_BETWEEN: 'AEXPR_NOT_BETWEEN',
  AEXPR_NOT_BETWEEN: 'AEXPR_BETWEEN',
}
/** Operators that stand for LIKE and the like. */
const NEGATED: Record<string, string> = { '~~': '!~~', '!~~': '~~', '~~*': '!~~*', '!~~*': '~~*' }
const JOINS: Record<string, string[]> = {
  JOIN_INNER: ['JOIN_LEFT', 'JOIN_RIGHT'],
  JOIN_LEFT: ['JOIN_INNER', 'JOIN_FULL'],
  JOIN_RIGHT: ['JOIN_INNER', 'JOIN_FULL'],
  JOIN_FULL: ['JOIN_INNER', 'JOIN_LEFT', 'JOIN_RIGHT'],
}
const FUNCTIONS: Record<string, string[]> = {
  sum: ['count'],
  count: ['sum'],
  avg: ['sum'],
  min: ['max'],
  max: ['min'],
  rank: ['dense_rank', 'row_number'],
  dense_rank: ['rank', 'row_number'],
  row_number: ['rank'],
  lag: ['lead'],
  lead: ['lag'],
  first_value: ['last_value'],
  last_value: ['first_value'],
}
/** RANGE UNBOUNDED PRECEDING, which is there where no frame is written. */
const DEFAULT_FRAME = 1058

/** A change that gives a field another value. */
function set(field: string, value: unknown): Change['make'] {
  return (body) => {
    body[field] = value
  }
}

function become(node: Wrapped, other: Wrapped): void {
  for (const key of Object.keys(node)) delete node[key]
  Object.assign(node, other)
}

/** Leaves out the item at `index` of a list of arguments; of two, the other takes the node's place. */
function dropArgument(index: number): Change['make'] {
  return (body, node) => {
    body.args.splice(index, 1)
    if (body.args.length === 1) become(node, body.args[0])
  }
}

/** Drops each of several things in a list; one that stands alone only where `alone` says so. */
function dropEach(
  mutator: string,
  list: unknown[] | undefined,
  listOf: (copy: Body) => unknown[],
  { about, alone = false }: { about?: unknown; alone?: boolean } = {},
): Change[] {
  if (!list || (list.length < 2 && !alone)) return []
  return list.map((item, index) => ({
    mutator,
    about: about ?? item,
    make: (copy) => void listOf(copy).splice(index, 1),
  }))
}

/** @param holderOf where the field stands in a copy of the node, if not in the node itself */
function dropField(
  mutator: string,
  body: Body,
  field: string,
  holderOf = (copy: Body): Body => copy,
): Change[] {
  if (body[field] === undefined) return []
  return [{ mutator, about: body[field], make: (copy) => void delete holderOf(copy)[field] }]
}

function select(body: Body): Change[] {
  const changes = [
    ...dropField('DropWhere', body, 'whereClause'),
    ...dropField('DropHaving', body, 'havingClause'),
    ...dropField('DropOrderBy', body, 'sortClause'),
    ...dropField('DropOffset', body, 'limitOffset'),
  ]
  if (body.limitCount) {
    changes.push({
      mutator: 'DropLimit',
      about: body.limitCount,
      make(copy) {
        delete copy.limitCount
        copy.limitOption = 'LIMIT_OPTION_DEFAULT'
      },
    })
  }
  changes.push(
    ...dropEach('DropSortKey', body.sortClause, (copy) => copy.sortClause).slice(-1),
    ...dropEach('DropGroupKey', body.groupClause, (copy) => copy.groupClause),
    ...dropField('DropDistinct', body, 'distinctClause'),
  )
  const plain = body.op === 'SETOP_NONE' && body.targetList && !body.distinctClause
  if (plain && !body.groupClause && !callsAggregate(body.targetList)) {
    changes.push({
      mutator: 'AddDistinct',
      about: body.targetList,
      make: set('distinctClause', [{}]),
    })
  }
  if (body.op && body.op !== 'SETOP_NONE') {
    changes.push({
      mutator: 'SetOperationAll',
      about: body.rarg,
      make: set('all', !body.all),
    })
  }
  return changes
}

const AGGREGATES = ['sum', 'count', 'avg', 'min', 'max', 'array_agg', 'string_agg', 'bool_or']

function callsAggregate(tree: unknown): boolean {
  if (typeof tree !== 'object' || tree === null) return false
  const call = (tree as Wrapped).FuncCall
  if (call && !call.over && AGGREGATES.includes(nameOf(call.funcname))) return true
  return Object.values(tree).some(callsAggregate)
}

function nameOf(names: Body[]): string {
  return names.at(-1)?.String?.sval ?? ''
}

function call(body: Body): Change[] {
  const changes: Change[] = []
  const name = nameOf(body.funcname)
  for (const other of FUNCTIONS[name] ?? []) {
    if (body.agg_star) continue
    changes.push({
      mutator: 'Function',
      about: body,
      make: set('funcname', [{ String: { sval: other } }]),
    })
  }
  if (name === 'count' && !body.agg_star && !body.agg_distinct) {
    changes.push({
      mutator: 'CountAll',
      about: body,
      make(copy) {
        delete copy.args
        copy.agg_star = true
      },
    })
  }
  if (body.agg_filter) {
    const make = (copy: Body) => void delete copy.agg_filter
    changes.push({ mutator: 'DropFilter', about: body.agg_filter, make })
  }
  if (AGGREGATES.slice(0, 3).includes(name) && !body.agg_star && !body.over) {
    changes.push({
      mutator: body.agg_distinct ? 'DropDistinct' : 'AddDistinct',
      about: body,
      make: set('agg_distinct', !body.agg_distinct),
    })
  }
  if (name === 'timezone' && body.args?.length === 2) {
    changes.push({
      mutator: 'DropTimeZone',
      about: body,
      make: (copy, node) => become(node, copy.args[1]),
    })
  }
  return changes
}

function operator(body: Body): Change[] {
  const name = nameOf(body.name)
  const renamed = (mutator: string, other: string): Change => ({
    mutator,
    about: body,
    make: set('name', [{ String: { sval: other } }]),
  })
  switch (body.kind) {
    case 'AEXPR_OP':
      if (body.lexpr === undefined) return []
      return [
        ...(COMPARISONS[name] ?? []).map((other) => renamed('Comparison', other)),
        ...(ARITHMETIC[name] ?? []).map((other) => renamed('Arithmetic', other)),
      ]
    case 'AEXPR_IN':
      return [renamed('Negation', name === '=' ? '<>' : '=')]
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return NEGATED[name] ? [renamed('Negation', NEGATED[name])] : []
    default: {
      const kind = KINDS[body.kind]
      if (!kind) return []
      return [{ mutator: 'Negation', about: body, make: set('kind', kind) }]
    }
  }
}

function constant(body: Body): Change[] {
  const change = (make: Change['make']): Change => ({ mutator: 'Constant', about: body, make })
  if (body.ival) {
    const value: number = body.ival.ival ?? 0
    return [1, -1].map((step) => change(set('ival', { ival: value + step })))
  }
  if (body.boolval) {
    return [change(set('boolval', { boolval: !body.boolval.boolval }))]
  }
  if (body.sval) {
    return [change(set('sval', { sval: otherText(body.sval.sval ?? '') }))]
  }
  return []
}

/** PostgreSQL skips a sign that it does not know in an interval or a date; another number it does not. */
function otherText(text: string): string {
  const [, number, rest] = /^(\d+)( [a-z]+|-\d\d-\d\d.*)$/.exec(text) ?? []
  return number === undefined ? `${text}~` : `${Number(number) + 1}${rest}`
}

function sortKey(body: Body): Change[] {
  const descending = body.sortby_dir === 'SORTBY_DESC'
  // Without a word, NULL counts as larger than everything.
  const first =
    body.sortby_nulls === 'SORTBY_NULLS_DEFAULT'
      ? descending
      : body.sortby_nulls === 'SORTBY_NULLS_FIRST'
  return [
    {
      mutator: 'SortDirection',
      about: body,
      make: set('sortby_dir', descending ? 'SORTBY_DEFAULT' : 'SORTBY_DESC'),
    },
    {
      mutator: 'SortNulls',
      about: body,
      make: set('sortby_nulls', first ? 'SORTBY_NULLS_LAST' : 'SORTBY_NULLS_FIRST'),
    },
  ]
}

function windowOf(body: Body): Change[] {
  const changes = [
    ...dropField('DropPartition', body, 'partitionClause'),
    ...dropField('DropWindowOrder', body, 'orderClause'),
  ]
  if (body.frameOptions !== undefined && body.frameOptions !== DEFAULT_FRAME) {
    changes.push({
      mutator: 'DropFrame',
      about: body,
      make(copy) {
        copy.frameOptions = DEFAULT_FRAME
        delete copy.startOffset
        delete copy.endOffset
      },
    })
  }
  return changes
}

function boolean(body: Body): Change[] {
  if (body.boolop === 'NOT_EXPR') {
    const make: Change['make'] = (copy, node) => become(node, copy.args[0])
    return [{ mutator: 'Negation', about: body, make }]
  }
  const other = body.boolop === 'AND_EXPR' ? 'OR_EXPR' : 'AND_EXPR'
  return [
    { mutator: 'Logic', about: body, make: set('boolop', other) },
    ...body.args.map(
      (about: unknown, index: number): Change => ({
        mutator: 'DropCondition',
        about,
        make: dropArgument(index),
      }),
    ),
  ]
}

/** What `insert … on conflict` does, besides its values. */
function conflict(body: Body): Change[] {
  const clause: Body | undefined = body.onConflictClause
  if (!clause) return []
  const clauseOf = (copy: Body): Body => copy.onConflictClause
  return [
    ...dropField('DropOnConflict', body, 'onConflictClause'),
    ...dropEach('DropAssignment', clause.targetList, (copy) => clauseOf(copy).targetList),
    ...dropField('DropWhere', clause, 'whereClause', clauseOf),
  ]
}

function index(body: Body): Change[] {
  const columns: Body[] = body.indexParams
  const changes = [
    ...dropEach('DropIndexColumn', columns, (copy) => copy.indexParams, { about: body }),
    ...dropField('DropWhere', body, 'whereClause'),
    ...dropField('DropUnique', body, 'unique'),
  ]
  const change = (mutator: string, at: number, make: (column: Body) => void): void => {
    changes.push({
      mutator,
      about: body,
      make: (copy) => make(copy.indexParams[at].IndexElem),
    })
  }
  for (const [at, column] of columns.entries()) {
    const { ordering, opclass } = column.IndexElem
    if (opclass) change('DropOperatorClass', at, (copy) => void delete copy.opclass)
    const other = ordering === 'SORTBY_DESC' ? 'SORTBY_DEFAULT' : 'SORTBY_DESC'
    change('SortDirection', at, (copy) => {
      copy.ordering = other
    })
  }
  if (columns.length > 1) {
    changes.push({
      mutator: 'SwapIndexColumns',
      about: body,
      make: (copy) => copy.indexParams.unshift(copy.indexParams.splice(1, 1)[0]),
    })
  }
  return changes
}

function changesOf(type: string, body: Body, parent: string): Change[] {
  switch (type) {
    case 'InsertStmt':
      return conflict(body)
    case 'UpdateStmt':
      return [
        ...dropEach('DropAssignment', body.targetList, (copy) => copy.targetList),
        ...dropField('DropWhere', body, 'whereClause'),
      ]
    case 'DeleteStmt':
      return dropField('DropWhere', body, 'whereClause')
    case 'IndexStmt':
      return index(body)
    case 'CreateStmt':
      return dropEach('DropConstraint', body.tableElts, (copy) => copy.tableElts, {
        alone: true,
      }).filter(({ about }) => 'Constraint' in (about as Wrapped))
    case 'ColumnDef':
      return dropEach('DropConstraint', body.constraints, (copy) => copy.constraints, {
        alone: true,
      })
    case 'AlterTableStmt':
      return dropEach('DropCommand', body.cmds, (copy) => copy.cmds, { about: body })
    case 'SelectStmt':
      return select(body)
    case 'JoinExpr': {
      if (!body.quals && !body.usingClause) return []
      return (JOINS[body.jointype] ?? []).map((kind) => ({
        mutator: 'Join',
        about: body.rarg,
        make: set('jointype', kind),
      }))
    }
    case 'A_Expr':
      return operator(body)
    case 'NullTest': {
      const other = body.nulltesttype === 'IS_NULL' ? 'IS_NOT_NULL' : 'IS_NULL'
      return [{ mutator: 'NullTest', about: body, make: set('nulltesttype', other) }]
    }
    case 'CoalesceExpr':
      return [
        {
          mutator: 'DropCoalesce',
          about: body,
          make: (copy, node) => become(node, copy.args[0]),
        },
      ]
    case 'BoolExpr':
      return boolean(body)
    case 'SubLink': {
      const test = ['EXISTS_SUBLINK', 'ANY_SUBLINK'].includes(body.subLinkType)
      if (!test || parent === 'NOT') return []
      const make: Change['make'] = (copy, node) =>
        become(node, {
          BoolExpr: { boolop: 'NOT_EXPR', args: [{ SubLink: copy }], location: copy.location },
        })
      return [{ mutator: 'Negation', about: body, make }]
    }
    case 'FuncCall':
      return call(body)
    case 'WindowDef':
      return windowOf(body)
    case 'SortBy':
      return sortKey(body)
    case 'TypeCast':
      // A constant with a type, such as interval '1 day', is one thing.
      if (body.arg.A_Const) return []
      return [{ mutator: 'DropCast', about: body, make: (copy, node) => become(node, copy.arg) }]
    case 'CaseExpr':
      return [
        ...dropField('DropElse', body, 'defresult'),
        ...dropEach('DropWhen', body.args, (copy) => copy.args),
      ]
    case 'A_Const':
      return constant(body)
    default:
      return []
  }
}

type Place = { path: (string | number)[]; change: Change; wrapped: boolean }

/** Fields that hold a node without a wrapper, where it is one we change. */
const BARE: Record<string, string> = { over: 'WindowDef', larg: 'SelectStmt', rarg: 'SelectStmt' }

function collect(value: unknown, path: (string | number)[], parent: string, into: Place[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collect(item, [...path, index], parent, into)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const keys = Object.keys(value)
  if (keys.length === 1 && /^[A-Z]/.test(keys[0]!)) {
    const type = keys[0]!
    node(type, (value as Wrapped)[type]!, [...path, type], parent, true, into)
    return
  }
  for (const [key, child] of Object.entries(value)) {
    const bare = BARE[key]
    const isBare = bare && typeof child === 'object' && !/^[A-Z]/.test(Object.keys(child)[0] ?? '')
    if (isBare) node(bare, child, [...path, key], parent, false, into)
    else collect(child, [...path, key], parent, into)
  }
}

function node(
  type: string,
  body: Body,
  path: (string | number)[],
  parent: string,
  wrapped: boolean,
  into: Place[],
): void {
  for (const change of changesOf(type, body, parent)) into.push({ path, change, wrapped })
  collect(body, path, body.boolop === 'NOT_EXPR' ? 'NOT' : '', into)
}

/** The first byte that any node of this tree comes from; Infinity where none says. */
function firstByte(tree: unknown): number {
  if (typeof tree !== 'object' || tree === null) return Infinity
  const here = (tree as Body).location
  const own = typeof here === 'number' && here >= 0 ? here : Infinity
  return Math.min(own, ...Object.values(tree).map(firstByte))
}

const words = (sql: string) =>
  sql
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')

/** What differs between two texts, by words, with a word around it where it is short. */
export function difference(before: string, after: string): [string, string] {
  const [a, b] = [words(before), words(after)]
  let start = 0
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1
  let end = 0
  while (
    end < Math.min(a.length, b.length) - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  ) {
    end += 1
  }
  if (Math.min(a.length, b.length) - start - end < 3) {
    start = Math.max(0, start - 1)
    end = Math.max(0, end - 1)
  }
  const cut = (list: string[]) => shorten(list.slice(start, list.length - end).join(' '))
  return [cut(a), cut(b)]
}

/** Parameters from here on stand for psql's variables, which PostgreSQL's grammar does not know. */
const FIRST_VARIABLE = 9000

/**
 * Puts a parameter in place of each of psql's variables, `:depot` or `:'since'`.
 * @returns the text for the parser, and what puts the variables back
 */
async function hideVariables(
  text: string,
): Promise<{ text: string; restore: (sql: string) => string }> {
  const variables: string[] = []
  const bytes = Buffer.from(text)
  const { tokens } = await scan(text)
  let hidden = ''
  let done = 0
  for (const [index, { text: colon, start, end }] of tokens.entries()) {
    const name = tokens[index + 1]
    if (colon !== ':' || name?.start !== end || !/^('?)\w+\1$/.test(name.text)) continue
    hidden += `${bytes.subarray(done, start)}$${FIRST_VARIABLE + variables.length}`
    variables.push(`:${name.text}`)
    done = name.end
  }
  const restore = (sql: string) =>
    sql.replaceAll(/\$(\d+)/g, (all, number) => variables[number - FIRST_VARIABLE] ?? all)
  return { text: `${hidden}${bytes.subarray(done)}`, restore }
}

/** Mutates SQL by its syntax tree, as PostgreSQL's own parser makes it. */
export async function mutateSql(file: string, given: string): Promise<Mutated> {
  const { text, restore } = await hideVariables(given)
  const print = async (sql: Awaited<ReturnType<typeof parse>>) =>
    `${restore(await deparse(sql, { pretty: true })).trim()}\n`
  const tree = await parse(text)
  const base = await print(tree)
  const places: Place[] = []
  for (const change of dropEach(
    'DropStatement',
    tree.stmts,
    (stmts) => stmts as unknown as unknown[],
  )) {
    places.push({ path: [], change, wrapped: false })
  }
  collect(tree.stmts, [], '', places)
  const bytes = Buffer.from(text)
  const mutants: Mutant[] = []
  for (const { path, change, wrapped } of places) {
    const copy = structuredClone(tree)
    const holders: any[] = [copy.stmts]
    for (const key of path) holders.push(holders.at(-1)[key])
    change.make(holders.at(-1), wrapped ? holders.at(-2) : {})
    const changed = await print(copy)
    const at = firstByte(change.about)
    const before = bytes.subarray(0, Number.isFinite(at) ? at : 0).toString()
    const [original, replacement] = difference(base, changed)
    mutants.push({
      file,
      line: before.split('\n').length,
      mutator: change.mutator,
      original,
      replacement,
      make: { text: changed },
    })
  }
  return { base, mutants }
}
