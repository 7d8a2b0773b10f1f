import { Fresh } from '../../harness/fresh.ts'
import type { RawRow } from './oracle.ts'

type Person = { name: string; email: string; city: string; phones: string[] }

/**
 * Rows in which every rule of the README decides something, whatever the seed: the drawing is of
 * names, numbers and order, not of whether a case is there.
 */
export function makeUnseen(seed: number): RawRow[] {
  const fresh = new Fresh(seed, 'sql-normalise: unseen rows')
  const taken = new Set<string>()
  const capital = (): string => {
    const word = fresh.word(4)
    const name = word[0]!.toUpperCase() + word.slice(1)
    if (taken.has(name)) return capital()
    taken.add(name)
    return name
  }
  const phone = () => `+${fresh.string(11, '123456789')}`
  const person = (phones: string[], given: Partial<Person> = {}): Person => ({
    name: `${capital()} ${fresh.name()}`,
    email: `${fresh.unique()}@example.test`,
    city: capital(),
    phones,
    ...given,
  })

  // Someone with many parcels; someone of the same household; one who gave one number twice; two of
  // the same name and city; and one with one number, one without any.
  const [first, second, double] = [phone(), phone(), phone()]
  const busy = person([first, second])
  const household = person([second, phone()])
  const twice = person([double, double])
  const namesake = person([])
  const people = [
    household,
    twice,
    namesake,
    person([phone()], { name: namesake.name, city: namesake.city }),
    person([phone()]),
    person([]),
  ]

  const depots = fresh.list(4, capital)
  const [onlyFrom, onlyTo] = [capital(), capital()]
  const blank = () => fresh.pick([null, '', '  '])
  let turn = 0
  /** One spelling after the other. */
  const respell = (text: string): string => {
    turn += 1
    const spelling = [text, text.toUpperCase(), text.toLowerCase(), text][turn % 4]!
    return turn % 3 === 0 ? ` ${spelling}` : turn % 3 === 1 ? `${spelling}  ` : spelling
  }
  const pad = (text: string): string => (turn % 2 === 0 ? `${text} ` : text)
  const columnsOf = (one: Person | null) => {
    if (!one) {
      return {
        customer_name: blank(),
        customer_email: blank(),
        customer_city: blank(),
        phone1: blank(),
        phone2: blank(),
      }
    }
    const [phone1, phone2] = fresh.shuffle([...one.phones, blank(), blank()].slice(0, 2))
    return {
      customer_name: pad(one.name),
      customer_email: respell(one.email),
      customer_city: pad(one.city),
      phone1: phone1 ?? null,
      phone2: phone2 ?? null,
    }
  }
  const row = (one: Person | null, index: number, own: Partial<RawRow> = {}): RawRow => ({
    code: `PP-${fresh.unique().toUpperCase()}`,
    ...columnsOf(one),
    from_depot: respell(depots[index % 4]!),
    to_depot: respell(depots[(index * 3 + 1) % 4]!),
    tags_csv: null,
    price: '4,00',
    created: `2026-0${fresh.int(1, 9)}-${fresh.int(10, 28)}`,
    ...own,
  })

  const tags = new Set<string>()
  while (tags.size < 3) tags.add(fresh.word(2))
  const [a, b, c] = [...tags] as [string, string, string]
  const lists = [
    `${a},${b}`,
    ` ${b} , ${a},, `,
    `${a},${a}`,
    `${c},${b}, ${c} ,${a}`,
    c,
    null,
    '',
    ' , ',
  ]
  const whole = fresh.int(11, 900)
  const prices = [
    `${whole}`,
    `${whole},5`,
    `${whole},05`,
    `${whole},50`,
    '0,07',
    ' 3,10 ',
    '0',
    '0,00',
  ]
  const good = [
    // Many parcels with many tags of one customer with two phones.
    ...lists.map((tags_csv, index) => row(busy, index, { tags_csv, price: prices[index]! })),
    ...people.flatMap((one, index) => [
      row(one, index, { tags_csv: lists[index]!, price: '99999,99' }),
      row(one, index + 1, { price: prices[index]! }),
    ]),
    ...lists.map((tags_csv, index) => row(null, index, { tags_csv })),
    ...prices.map((price, index) => row(null, index, { price })),
    row(household, 0, { from_depot: respell(onlyFrom) }),
    row(null, 1, { to_depot: respell(onlyTo) }),
    row(twice, 2, { from_depot: depots[0]!, to_depot: ` ${depots[0]!.toUpperCase()}` }),
    row(null, 3, { code: ` PP-${fresh.unique().toUpperCase()} ` }),
  ]

  const stranger = (own: Partial<RawRow>) => row(null, 2, { ...columnsOf(person([])), ...own })
  const unknown = row(busy, 0, { code: null })
  const bad = [
    unknown,
    { ...unknown },
    row(household, 1, { code: ' ' }),
    row(busy, 1, { from_depot: null }),
    row(null, 2, { to_depot: '  ' }),
    ...[null, ' ', 'free', `-${whole},00`, `${whole}.50`, '1.200,00', '12,345', ',50', '12,'].map(
      (price, index) => row(index % 2 === 0 ? busy : null, index, { price }),
    ),
    ...[
      ...[null, '  ', 'unknown', '@example.test', `${fresh.word()}@`, '@', ' @ '],
      ...[`${fresh.word()}@mail@example.test`, `${fresh.word()}@@example.test`],
    ].map((customer_email) => stranger({ customer_email })),
    row(null, 1, { phone2: phone() }),
    // More than one thing is wrong.
    row(null, 0, { code: null, price: 'free', to_depot: null }),
    // Only the one thing is.
    row(busy, 2, { to_depot: null }),
  ]
  return fresh.shuffle([...good, ...bad])
}
