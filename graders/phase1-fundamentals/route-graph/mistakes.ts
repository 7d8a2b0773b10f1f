import { editing, type Mistake } from '../../harness/mistakes.ts'

const map = editing('road-map.ts')
const load = editing('load-order.ts')

const SKIP = '      if (visited.has(arrival.place)) continue\n      visited.add(arrival.place)\n'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'searches breadth first: the fewest roads, not the fewest minutes',
    rule: 'how long the fastest way takes, and the places on it, both ends included',
    edits: [
      map(
        'if (total >= (best.get(place) ?? Number.POSITIVE_INFINITY)) continue',
        'if (best.has(place)) continue',
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C4',
    why: 'goes through all waiting places to find the nearest',
    rule: 'Going through all waiting places to find the nearest is too slow',
    edits: [
      map(
        `    const first = items[0]
    const last = items.pop()
    if (items.length > 0) this.#sink(last!)
    return first`,
        `    let at = 0
    for (let i = 1; i < items.length; i++) if (items[i]!.minutes < items[at]!.minutes) at = i
    return items.splice(at, 1)[0]`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C8',
    why: 'keeps what it knows of places in a plain object',
    rule: "Any text names a place, also `''` and `'__proto__'`.",
    edits: [
      map('const visited = new Set<string>()', 'const visited: Record<string, boolean> = {}'),
      map(
        SKIP,
        '      if (visited[arrival.place]) continue\n      visited[arrival.place] = true\n',
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C2',
    why: 'takes one-way roads in both directions',
    rule: 'then it leads from `from` to `to` only',
    edits: [map('if (!oneWay) this.#lead', 'this.#lead')],
  },
  {
    id: 'W5',
    check: 'C3',
    why: 'knows no way from a place to itself',
    rule: '`{ minutes: 0, path: [place] }`',
    edits: [
      map('if (arrival.place === to) return', 'if (arrival.place === to && from !== to) return'),
    ],
  },
  {
    id: 'W6',
    check: 'C7',
    why: 'gives the order the wrong way round',
    rule: 'an array of all items, each after everything that it needs',
    edits: [load('  return order\n', '  return order.reverse()\n')],
  },
  {
    id: 'W7',
    check: 'C4',
    why: "goes through a place's roads again for each way that it had found to it",
    rule: "going through a place's roads again each time a better way to it turns up",
    edits: [
      map(
        SKIP,
        '      if (!visited.has(arrival.place)) {\n        visited.add(arrival.place)\n        yield arrival\n      }\n',
      ),
      map('      yield arrival\n      for', '      for'),
    ],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'takes the last of several roads',
    rule: 'The fastest counts.',
    edits: [map('Math.min(minutes, roads.get(to) ?? minutes)', 'minutes')],
  },
  {
    id: 'W9',
    check: 'C2',
    why: 'takes the first of several roads',
    rule: 'The fastest counts.',
    edits: [map('Math.min(minutes, roads.get(to) ?? minutes)', 'roads.get(to) ?? minutes')],
  },
  {
    id: 'W10',
    check: 'C2',
    why: 'takes a road of 0 minutes for none',
    rule: 'A finite number of at least 0, also a fraction.',
    edits: [
      map(
        '        const total = arrival.minutes + minutes\n',
        '        if (!minutes) continue\n        const total = arrival.minutes + minutes\n',
      ),
    ],
  },
  {
    id: 'W11',
    check: 'C2',
    why: 'drops roads from a place to itself, and does not know the place',
    rule: 'are allowed, and make it known',
    edits: [
      map(
        '    this.#know(from)\n    this.#know(to)\n',
        '    if (from === to) return\n    this.#know(from)\n    this.#know(to)\n',
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C2',
    why: 'takes every road for one-way',
    rule: 'A road leads both ways, unless `oneWay` is `true`',
    edits: [map('{ oneWay = false }', '{ oneWay = true }')],
  },
  {
    id: 'W13',
    check: 'C2',
    why: 'takes a road for one-way wherever the option is given, also as false',
    rule: 'unless `oneWay` is `true`',
    edits: [
      map('{ oneWay = false }: { oneWay?: boolean } = {}', 'options: { oneWay?: boolean } = {}'),
      map('if (!oneWay)', "if (!('oneWay' in options))"),
    ],
  },
  {
    id: 'W14',
    check: 'C3',
    why: 'knows a way from a place that it does not know to itself',
    rule: 'also where a place is not known, even from it to itself',
    edits: [
      map(
        '    for (const arrival of this.#travel(from)) {\n      if (arrival.place === to) return',
        '    if (from === to) return { minutes: 0, path: [from] }\n    for (const arrival of this.#travel(from)) {\n      if (arrival.place === to) return',
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C3',
    why: 'gives a way of infinite length where none leads',
    rule: '`fastest` where no way leads there',
    edits: [
      map('    return null\n', '    return { minutes: Number.POSITIVE_INFINITY, path: [] }\n'),
    ],
  },
  {
    id: 'W16',
    check: 'C1',
    why: 'leaves the start out of the path',
    rule: 'the places on it, both ends included',
    edits: [map('at; at = at.from)', 'at?.from; at = at.from)')],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'gives the path from the target to the start',
    rule: 'the places on it, both ends included',
    edits: [map('return path.reverse()', 'return path')],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'keeps the roads of all maps in one place',
    rule: 'Each knows only its own roads.',
    edits: [
      map('readonly #roads = new Map<string, Map<string, number>>()', 'readonly #roads = shared'),
      map(
        '/** Places and the roads',
        'const shared = new Map<string, Map<string, number>>()\n\n/** Places and the roads',
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C5',
    why: 'leaves out places that take exactly so many minutes',
    rule: 'so is a place that takes exactly so many minutes',
    edits: [map('if (arrival.minutes > minutes) break', 'if (arrival.minutes >= minutes) break')],
  },
  {
    id: 'W20',
    check: 'C5',
    why: 'leaves out the start',
    rule: 'The start itself is in it',
    edits: [
      map(
        '      reached.add(arrival.place)\n',
        '      if (arrival.from) reached.add(arrival.place)\n',
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C5',
    why: 'takes a start that it does not know for a place',
    rule: 'A start that is not known gives an empty `Set`.',
    edits: [map('const reached = new Set<string>()', 'const reached = new Set([from])')],
  },
  {
    id: 'W22',
    check: 'C5',
    why: 'gives an array',
    rule: 'gives a `Set` of the places',
    edits: [map('    return reached\n', '    return [...reached] as never\n')],
  },
  {
    id: 'W23',
    check: 'C6',
    why: 'closes one direction only',
    rule: 'Closes all roads between the two, one-way ones of either direction too.',
    edits: [map('const back = this.#roads.get(b)?.delete(a) ?? false', 'const back = false')],
  },
  {
    id: 'W24',
    check: 'C6',
    why: 'always says that it closed a road',
    rule: '`true`, or `false` if there were none',
    edits: [map('return there || back', 'return true')],
  },
  {
    id: 'W25',
    check: 'C6',
    why: 'forgets a place when its last road is closed',
    rule: 'Both places stay known.',
    edits: [
      map(
        '    return there || back\n',
        '    for (const place of [a, b]) if (this.#roads.get(place)?.size === 0) this.#roads.delete(place)\n    return there || back\n',
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C6',
    why: 'closes the fastest of several roads only',
    rule: 'Closes all roads between the two',
    edits: [
      map(
        '    const roads = this.#roads.get(from)!\n',
        '    const roads = this.#roads.get(from)!\n    if (roads.has(to)) this.#more.push({ from, to, minutes: Math.max(minutes, roads.get(to)!) })\n',
      ),
      map(
        '    return there || back\n',
        '    for (const { from, to, minutes } of this.#more.splice(0)) this.#lead(from, to, minutes)\n    return there || back\n',
      ),
      map(
        '  /** Adds a road, in',
        '  readonly #more: { from: string; to: string; minutes: number }[] = []\n\n  /** Adds a road, in',
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C10',
    why: 'takes negative minutes',
    rule: 'Anything else → `RangeError`',
    edits: [map('!Number.isFinite(minutes) || minutes < 0', '!Number.isFinite(minutes)')],
  },
  {
    id: 'W28',
    check: 'C10',
    why: 'takes NaN and infinite minutes',
    rule: 'Anything else → `RangeError`',
    edits: [map('!Number.isFinite(minutes) || minutes < 0', 'minutes < 0')],
  },
  {
    id: 'W29',
    check: 'C10',
    why: 'throws an Error of another class',
    rule: 'Anything else → `RangeError`',
    edits: [map('throw new RangeError(', 'throw new TypeError(')],
  },
  {
    id: 'W30',
    check: 'C10',
    why: 'adds the places before it looks at the minutes',
    rule: 'and nothing is added, not even the places',
    edits: [
      map('    this.#know(from)\n    this.#know(to)\n', ''),
      map(
        '    if (!Number.isFinite(minutes)',
        '    this.#know(from)\n    this.#know(to)\n    if (!Number.isFinite(minutes)',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C2',
    why: 'takes whole minutes only',
    rule: 'A finite number of at least 0, also a fraction.',
    edits: [map('!Number.isFinite(minutes)', '!Number.isInteger(minutes)')],
  },
  {
    id: 'W32',
    check: 'C7',
    why: 'leaves out items that only stand in lists',
    rule: 'Every text that is a key or stands in a list, each once.',
    edits: [
      load('  return order\n', '  return order.filter((item) => Object.hasOwn(deps, item))\n'),
    ],
  },
  {
    id: 'W33',
    check: 'C7',
    why: 'counts an item twice that stands in a list twice',
    rule: 'The same item may stand in a list twice.',
    edits: [
      load(
        'missing = new Map([...needs].map(([item, set]) => [item, set.size]))',
        'missing = new Map([...needs].map(([item]) => [item, (deps[item] ?? []).length]))',
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C7',
    why: 'lists all items that could not be loaded as the cycle',
    rule: 'The items of one such circle, each once',
    edits: [
      load(
        '  return list.slice(list.indexOf(item))\n',
        '  return [...needs.keys()].filter(isStuck)\n',
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C7',
    why: 'lists the items that lead to the cycle as well',
    rule: 'Items that only lead to the circle are not in it.',
    edits: [load('list.slice(list.indexOf(item))', 'list')],
  },
  {
    id: 'W36',
    check: 'C7',
    why: 'lists the first item of the cycle once more at its end',
    rule: 'each once: each needs the next, and the last needs the first',
    edits: [load('list.slice(list.indexOf(item))', '[...list.slice(list.indexOf(item)), item]')],
  },
  {
    id: 'W37',
    check: 'C7',
    why: 'lists the cycle backwards: each is needed by the next',
    rule: 'each needs the next, and the last needs the first',
    edits: [load('list.slice(list.indexOf(item))', 'list.slice(list.indexOf(item)).reverse()')],
  },
  {
    id: 'W38',
    check: 'C7',
    why: 'lets an item need itself',
    rule: 'An item that needs itself is a circle, too.',
    edits: [
      load('[item, new Set(list)]', '[item, new Set(list.filter((other) => other !== item))]'),
    ],
  },
  {
    id: 'W39',
    check: 'C7',
    why: 'leaves out what needs each other, without a word',
    rule: '`loadOrder` throws a `CycleError`',
    edits: [
      load(
        '  if (order.length < needs.size) throw new CycleError(findCycle(needs, new Set(order)))\n',
        '',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C8',
    why: 'looks up needs in the object itself, which also has what every object inherits',
    rule: "Any text names an item, also `'__proto__'` and `'constructor'`.",
    edits: [
      load(
        'if (!needs.has(item)) needs.set(item, new Set())',
        'if (!needs.has(item) && !deps[item]) needs.set(item, new Set())',
      ),
      load('neededBy.get(needed)!.push(item)', 'neededBy.get(needed)?.push(item)'),
    ],
  },
  {
    id: 'W41',
    check: 'C9',
    why: 'orders by recursion, which overflows the stack where items need each other in a long line',
    rule: '50 000 items of which each needs the next, work in every function',
    edits: [
      load(
        '  const missing = new Map',
        `  const done = new Set<string>()
  const open: string[] = []
  const visit = (item: string): void => {
    if (done.has(item)) return
    if (open.includes(item)) throw new CycleError(open.slice(open.indexOf(item)))
    open.push(item)
    for (const needed of needs.get(item)!) visit(needed)
    open.pop()
    done.add(item)
  }
  if (needs.size > 0) {
    for (const item of needs.keys()) visit(item)
    return [...done]
  }

  const missing = new Map`,
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C9',
    why: 'goes through all items again after each one that could be loaded',
    rule: 'Time in proportion to the number of items and needs.',
    edits: [
      load(
        '  for (const item of order) {\n',
        `  while (order.length < needs.size) {
    const ready = [...needs].find(([item, set]) => !order.includes(item) && [...set].every((needed) => order.includes(needed)))
    if (!ready) break
    order.push(ready[0])
  }
  if (order.length === needs.size) return order
  for (const item of order) {
`,
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C9',
    why: 'copies the whole path at each step',
    rule: 'Ways through 50 000 places',
    edits: [
      map(
        'type Arrival = { place: string; minutes: number; from: Arrival | null }',
        'type Arrival = { place: string; minutes: number; from: Arrival | null; path?: string[] }',
      ),
      map(
        'waiting.push({ place, minutes: total, from: arrival })',
        'waiting.push({ place, minutes: total, from: arrival, path: [...(arrival.path ?? []), place] })',
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C11',
    why: 'sorts the lists it was given',
    rule: 'Stays as it was, with its lists.',
    edits: [
      load(
        '  const needs = new Map(',
        '  for (const list of Object.values(deps) as string[][]) list.sort()\n  const needs = new Map(',
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C11',
    why: 'keeps each route it has found, and gives the same one again',
    rule: 'The caller may change a path or a set you gave. That changes no later answer.',
    edits: [
      map(
        '    for (const arrival of this.#travel(from)) {\n      if (arrival.place === to) return { minutes: arrival.minutes, path: pathTo(arrival) }\n',
        `    const key = JSON.stringify([from, to])
    const known = this.#found.get(key)
    if (known) return known
    for (const arrival of this.#travel(from)) {
      if (arrival.place !== to) continue
      const route = { minutes: arrival.minutes, path: pathTo(arrival) }
      this.#found.set(key, route)
      return route
`,
      ),
      map(
        '    this.#know(from)\n    this.#know(to)\n',
        '    this.#found.clear()\n    this.#know(from)\n    this.#know(to)\n',
      ),
      map(
        '    const there = this.#roads',
        '    this.#found.clear()\n    const there = this.#roads',
      ),
      map(
        '  /** Adds a road, in',
        '  readonly #found = new Map<string, Route>()\n\n  /** Adds a road, in',
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C6',
    why: 'remembers routes, and gives them also after a road on them was closed',
    rule: 'removes all roads between two places',
    edits: [
      map(
        '    for (const arrival of this.#travel(from)) {\n      if (arrival.place === to) return { minutes: arrival.minutes, path: pathTo(arrival) }\n',
        `    const key = JSON.stringify([from, to])
    const known = this.#found.get(key)
    if (known) return structuredClone(known)
    for (const arrival of this.#travel(from)) {
      if (arrival.place !== to) continue
      const route = { minutes: arrival.minutes, path: pathTo(arrival) }
      this.#found.set(key, route)
      return structuredClone(route)
`,
      ),
      map(
        '    this.#know(from)\n    this.#know(to)\n',
        '    this.#found.clear()\n    this.#know(from)\n    this.#know(to)\n',
      ),
      map(
        '  /** Adds a road, in',
        '  readonly #found = new Map<string, Route>()\n\n  /** Adds a road, in',
      ),
    ],
  },
  {
    id: 'W47',
    check: 'C4',
    why: "goes through a place's roads again for each way that it had found to it, in `within` only",
    rule: "going through a place's roads again each time a better way to it turns up",
    edits: [
      map(
        `    for (const arrival of this.#travel(from)) {
      if (arrival.minutes > minutes) break
      reached.add(arrival.place)
    }
`,
        `    if (!this.#roads.has(from)) return reached
    const best = new Map([[from, 0]])
    const waiting = new Heap()
    waiting.push({ place: from, minutes: 0, from: null })
    for (let arrival = waiting.pop(); arrival; arrival = waiting.pop()) {
      if (arrival.minutes > minutes) break
      reached.add(arrival.place)
      for (const [place, more] of this.#roads.get(arrival.place)!) {
        const total = arrival.minutes + more
        if (total >= (best.get(place) ?? Number.POSITIVE_INFINITY)) continue
        best.set(place, total)
        waiting.push({ place, minutes: total, from: arrival })
      }
    }
`,
      ),
    ],
  },
]
