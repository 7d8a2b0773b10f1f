/** A text that does harm where it becomes part of a statement, and how. */
export type Attack = { idea: string; text: string }

/** A text and what it is for, for messages: `the text "' or 1=1 --" closes the quote, …`. */
export const toldOf = ({ idea, text }: Attack): string =>
  `${text === '' ? 'the value' : `the text ${JSON.stringify(text)}`} ${idea}`

const attack = (idea: string, text: string): Attack => ({ idea, text })

/** What ends the text that a value stands in. */
type Closer = Attack

const QUOTE: Closer = attack('closes the quote', "'")
const PATTERN: Closer = attack('closes the quote of a pattern', "%'")
const BRACKET: Closer = attack('closes the quote and a bracket', "')")
const CALLS: Closer = attack('closes the quote and the calls around it', "', 'UTF8')), 'hex')")

/** What comes behind it. @param columns of the rows that a union adds, all readable as texts or numbers */
const reading = (columns: number): Attack[] => {
  const row = (...values: string[]) =>
    ['1', ...values, ...Array.from({ length: columns }, () => "'x'")].slice(0, columns).join(', ')
  return [
    attack('makes the condition true, and comments the rest out', ' or 1=1 --'),
    attack('makes the condition true, in mixed case', ' oR 1=1 --'),
    attack('makes the condition true, and balances the quotes', " or '1'='1"),
    attack('makes the condition true, without blanks', '/**/or/**/1=1--'),
    attack('makes the condition true, over several lines', '\nor\n1=1\n--'),
    attack('adds the clerks by a union', ` union select ${row('salt', 'digest')} from clerks --`),
    attack(
      'adds a foreign table by a union',
      ` union all select ${row('word', 'word')} from vault --`,
    ),
    attack(
      "makes an error's text hold a digest",
      ' and 1=cast((select digest from clerks limit 1) as integer) --',
    ),
  ]
}

/** What may stand before the lines that come behind the value: a syntax error there would keep all from being run. */
const REST = 'select id from clerks where true --'

const HARMING: Attack[] = [
  attack('ends the statement and drops a table', `; drop table vault; ${REST}`),
  attack('ends the statement and changes rows', `; update parcels set sender = 'owned'; ${REST}`),
  attack(
    'ends the statement and adds a row',
    `; insert into vault (word) values ('owned'); ${REST}`,
  ),
  attack('ends the statement and deletes rows', `; delete from parcels; ${REST}`),
  attack('ends the statement and makes a table', `; create table owned (id integer); ${REST}`),
]

/** Long enough to be seen while it runs, on any machine. */
const SLEEP = 'pg_sleep(60)'

const SLEEPING: Attack[] = [
  attack('asks for pg_sleep in a condition', ` or (select 1 from ${SLEEP}) = 1 --`),
  attack(
    'asks for pg_sleep in a second statement',
    `; select id, ${SLEEP} from clerks where true --`,
  ),
  attack('asks for pg_sleep_for', ' or (select 1 from pg_sleep_for($$1 minute$$)) = 1 --'),
  attack('asks for pg_sleep in quotes', ' or (select 1 from "pg_sleep"(60)) = 1 --'),
]

/** Waits wherever a text in quotes may stand, a list of values included. */
const JOINED = attack('joins what pg_sleep answers to the text', `'||(select '' from ${SLEEP})||'`)

/** Where escaping by hand goes wrong, whatever stands around the value. */
const ESCAPES: Attack[] = [
  attack('has a backslash before its quote', "\\' or 1=1 --"),
  attack('has two quotes for one', "'' or 1=1 --"),
  attack('has three quotes', "''' or 1=1 --"),
  attack('is percent-encoded twice', '%27 or 1=1 --'),
  attack('has an apostrophe that is no quote', '＇ or 1=1 --'),
  attack('uses dollars for quotes', '$$ or 1=1 --'),
  attack('looks like a parameter', '$1'),
  attack('looks like a named parameter', ':name'),
  attack('looks like a question mark of a query builder', '?'),
  attack('looks like an identifier of a query builder', '??'),
  attack('ends with a backslash', 'x\\'),
  attack('joins the result of a query to the text', "'||(select digest from clerks limit 1)||'"),
]

const compose = (closers: Closer[], bodies: Attack[], before = ''): Attack[] =>
  closers.flatMap((closer) =>
    bodies.map((body) =>
      attack(`${closer.idea}, ${body.idea}`, `${before}${closer.text}${body.text}`),
    ),
  )

/** What is written as the name or the password of a login. */
export const LOGIN_NAMES = [...compose([QUOTE, BRACKET], reading(2)), ...ESCAPES]
export const LOGIN_PASSWORDS = [
  ...compose([CALLS], reading(2)),
  ...compose([QUOTE], reading(2).slice(0, 3)),
  ...ESCAPES,
]

/** What is searched for, and what customers are called. */
export const SEARCHES = [...compose([PATTERN, QUOTE, BRACKET], reading(3)), ...ESCAPES]

/** Names of customers that are used again. */
export const STORED = [...compose([QUOTE, BRACKET], reading(4)), ...ESCAPES]

const QUERY = '(select digest from clerks limit 1)'

/** What is no column that may be sorted by. */
export const SORTS: Attack[] = [
  attack('names a column that is never shown', 'note'),
  attack('names a column of another table', 'digest'),
  attack('names a position', '2'),
  attack('adds a direction', 'name desc'),
  attack('adds a column', 'name,id'),
  attack('adds a column by a blank line', 'name\n,note'),
  attack('puts the column in quotes', '"name"'),
  attack('names the table, too', 'customers.name'),
  attack('is in capitals', 'NAME'),
  attack('begins with a capital', 'Name'),
  attack('has a bracket', '(name)'),
  attack('calls a function', 'lower(name)'),
  attack('begins with the name of a column', 'name_of_none'),
  attack('ends with the name of a column', 'note, name'),
  attack('adds a comment', 'name--'),
  attack('adds a comment with stars', 'name/**/'),
  attack('has a plus for a direction', '+name'),
  attack('has a minus for a direction', '-name'),
  attack('orders by what a foreign row holds', `case when ${QUERY} like '0%' then 1 else 2 end`),
  attack('orders by the hidden column', '(note)'),
  attack('makes an error tell a digest', `cast(${QUERY} as integer)`),
  attack('ends the statement and drops a table', 'id; drop table vault; --'),
  attack('ends the statement and adds a row', "id; insert into vault (word) values ('owned'); --"),
  attack('is random', 'random()'),
  attack('is a text in quotes', "'name'"),
  attack('has a blank before it', ' name'),
  attack('has a blank behind it', 'name '),
  attack('has a line break behind it', 'name\n'),
  attack('is empty', ''),
  attack('is null', 'null'),
  ...['toString', 'constructor', '__proto__', 'hasOwnProperty', 'length', '0'].map((name) =>
    attack('names what every object or list has', name),
  ),
]

/** What is no limit. */
export const LIMITS: Attack[] = [
  attack('ends the statement and drops a table', '1; drop table vault; --'),
  attack('ends the statement and deletes rows', '1; delete from parcels; --'),
  attack('adds the clerks by a union', '1) union (select 1, salt, digest from clerks'),
  attack('adds an offset', '1 offset 1'),
  attack('is a query', '(select 1)'),
  attack('makes an error tell a digest', `cast(${QUERY} as integer)`),
  attack('is an expression', '1+1'),
  attack('adds a comment', '1--'),
  ...['all', 'null', 'NaN', 'Infinity', 'undefined', 'true', 'x'].map((word) =>
    attack('is a word', word),
  ),
  attack('is empty', ''),
  ...['-1', '0', '501', '1000', '-0', '1.5', '9007199254740993', '99999999999999999999'].map(
    (number) => attack('is a number that it may not be', number),
  ),
  ...['1e1', '1E2', '0x10', '0b11', '1_0'].map((number) =>
    attack('is a number in another notation', number),
  ),
  attack('is a number and letters', '5abc'),
  attack('has a blank before it', ' 5'),
  attack('has a blank behind it', '5 '),
  attack('has a line break behind it', '5\n'),
  attack('has a sign', '+5'),
  attack('is two numbers', '1,2'),
  attack('has digits of another script', '٣'),
  attack('has wide digits', '１'),
]

/** What is no list of ids. */
export const IDS: Attack[] = [
  attack('closes the bracket and makes the condition true', '1) or 1=1 --'),
  attack('closes the bracket and balances it', '1) or (1=1'),
  attack('makes the condition true', '1 or 1=1'),
  attack('adds the clerks by a union', '1) union select id, salt, digest, 1 from clerks --'),
  attack('adds a foreign table by a union', '1) union select 1, word, word, 1 from vault --'),
  attack('makes an error tell a digest', `1) and 1=cast(${QUERY} as integer) --`),
  attack('ends the statement and drops a table', '1); drop table vault; --'),
  attack('ends the statement and changes rows', "1); update parcels set sender = 'owned'; --"),
  attack('is a query', 'select id from parcels'),
  attack('is a query in brackets', '(select id from parcels)'),
  attack('has a query among the ids', '1,(select 2)'),
  attack('is an expression', '3-1'),
  attack('names a column', 'id'),
  attack('has a comment', '1,2--'),
  attack('has a comment among the ids', '1/**/,2'),
  ...['x', 'all', 'null', 'true', '*', 'NaN', '1,x', '1abc', '1,2abc'].map((text) =>
    attack('is no number', text),
  ),
  ...['-1', '1.5', '1e1', '0x1', '1,0x2', '1_0'].map((text) =>
    attack('is a number in another notation', text),
  ),
  ...['', ',', ',1', '1,', '1,,2', '1;2', '1|2', '1 2'].map((text) =>
    attack('has something else than one comma between two ids', text),
  ),
  attack('has a blank behind a comma', '1, 2'),
  attack('has a blank before it', ' 1'),
  attack('has a line break behind it', '1,2\n'),
  attack('has a sign', '+1'),
  attack('puts the id in quotes', "'1'"),
  attack('closes a list', '1}'),
  ...['{1,2}', '[1,2]', '"1"'].map((text) => attack('is a list in another notation', text)),
  attack('has digits of another script', '٣'),
  attack('is a list of 51, all of them the same', `${'1,'.repeat(50)}1`),
  attack('is a list of 51', Array.from({ length: 51 }, (_, index) => index + 1).join(',')),
]

/** What is no id of a customer. */
export const PATH_IDS: Attack[] = [
  attack('makes the condition true', '1 or 1=1'),
  attack('closes a quote and makes the condition true', "1' or '1'='1"),
  attack('ends the statement and drops a table', '1; drop table vault; --'),
  attack('is a query', '(select 1)'),
  attack('is an expression', '2-1'),
]

/** By the value that they stand in: texts that change tables where they become SQL. */
export const HARMS = {
  name: compose([QUOTE], HARMING),
  password: compose([CALLS], HARMING),
  search: compose([PATTERN, QUOTE], HARMING),
  stored: compose([QUOTE], HARMING),
  newName: compose([QUOTE, BRACKET], HARMING),
  city: compose([QUOTE, BRACKET], HARMING),
  sort: HARMING.map(({ idea, text }) => attack(idea, `id${text}`)),
  limit: HARMING.map(({ idea, text }) => attack(idea, `1${text}`)),
  id: HARMING.map(({ idea, text }) => attack(idea, `1${text}`)),
  ids: HARMING.map(({ idea, text }) => attack(idea, `1)${text}`)),
}

/** The same for texts that make the database wait. */
export const SLEEPS = {
  name: [...compose([QUOTE], SLEEPING), JOINED],
  password: [...compose([CALLS], SLEEPING), JOINED],
  // What matches no name: where one does, the rest of a condition with OR is not looked at.
  search: [...compose([PATTERN, QUOTE], SLEEPING, 'zq'), JOINED],
  stored: [...compose([QUOTE], SLEEPING), JOINED],
  newName: [...compose([QUOTE, BRACKET], SLEEPING), JOINED],
  city: [...compose([QUOTE, BRACKET], SLEEPING), JOINED],
  sort: [
    attack('orders by pg_sleep', `(select 1 from ${SLEEP})`),
    attack('orders by pg_sleep as well', `id, (select 1 from ${SLEEP})`),
    attack(
      'asks for pg_sleep in a second statement',
      `id; select id, ${SLEEP} from clerks where true --`,
    ),
  ],
  limit: [
    attack('takes the limit from pg_sleep', `(select 1 from ${SLEEP})`),
    attack('asks for pg_sleep in a second statement', `1; select ${SLEEP}; --`),
  ],
  id: [
    attack('asks for pg_sleep in a condition', `1 and (select 1 from ${SLEEP}) = 1`),
    attack(
      'asks for pg_sleep in a second statement',
      `1; select id, ${SLEEP} from clerks where true --`,
    ),
  ],
  ids: [
    attack('has pg_sleep among the ids', `1, (select 2 from ${SLEEP})`),
    attack('asks for pg_sleep in a condition', `1) or (select 1 from ${SLEEP}) = 1 --`),
    attack(
      'asks for pg_sleep in a second statement',
      `1); select id, ${SLEEP} from clerks where true --`,
    ),
  ],
}
