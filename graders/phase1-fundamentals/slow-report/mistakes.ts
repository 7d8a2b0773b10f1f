// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of code
import { editing, type Mistake } from '../../harness/mistakes.ts'

const report = editing('report.ts')
const complexity = editing('COMPLEXITY.json')

const KEY = 'JSON.stringify([parcel, depot, kind])'
const SORTED = 'const sorted = timestamps.toSorted((a, b) => a - b)'
const JOIN = `  const names = new Map(customers.map(({ id, name }) => [id, name]))
  return parcels.map(({ id, customer }) => ({ id, name: names.get(customer) ?? null }))`
const DEDUPE = `  const seen = new Set<string>()
  return scans.filter(({ parcel, depot, kind }) => {
    // JSON keeps fields apart whatever stands in them, and 1 apart from '1'.
    const key = JSON.stringify([parcel, depot, kind])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })`
const WINDOW_LOOP = '    while (end < sorted.length && sorted[end]! < start + ms) end += 1\n'
const CUT = 'kept = kept.sort((a, b) => b.score - a.score).slice(0, k)'
const BUFFER = `    kept.push({ item, score: score(item) })
    // Once in k items, so that each item pays for its own part of the sorting.
    if (kept.length >= 2 * k) cut()
`
const RANGES = `  const before = [0]
  for (const count of days) before.push(before.at(-1)! + count)
  return queries.map(({ from, to }) => {
    const first = Math.max(from, 0)
    const end = Math.min(to + 1, days.length)
    return end > first ? before[end]! - before[first]! : 0
  })`

const SAME_RULE =
  'Two scans are the same when `parcel`, `depot` and `kind` are all equal (`===`). Of equal scans the first one stays.'
const KEYS_RULE = 'Any text may occur'
const TYPES_RULE = "`1` and `'1'` are two different ones"
const WINDOW_RULE = 'holds every timestamp `t` with `start <= t` and `t < start + ms`'
const TIES_RULE = 'The item that came earlier stands first, and is kept before one that came later.'
const GIVEN_RULE = 'No function changes its arguments.'
const READS_RULE =
  'a function reads list places and fields of the input at most `200 × n` times in all'
const SCORE_RULE = '`topK` calls `score` at most `200 × n` times for `n` items.'
const CPU_RULE = 'An input of 400 000 things in all takes each function 3 s of CPU time at most.'
const GROWTH_RULE = 'but not as one size times another'
const MEMORY_RULE = 'While it walks, it keeps at most `10 × k + 1000` of the items.'
const RANGE_RULE =
  'For each query `{ from, to }` the sum of `days[from]` to `days[to]`, both included.'
const ODD_RULE = 'Days before the first and after the last count 0.'
const CLASSES_RULE =
  'For each function `given`, the class of the slow version, and `yours`, the class of your own, in the worst case.'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C4',
    why: 'glues the three fields together without a separator',
    rule: KEYS_RULE,
    edits: [report(KEY, '`${parcel}${depot}${kind}`')],
  },
  {
    id: 'W2',
    check: 'C4',
    why: 'takes an object for a map, which turns 1 into "1" and knows __proto__ already',
    rule: TYPES_RULE,
    edits: [
      report(
        JOIN,
        `  const names: Record<Key, string> = {}
  for (const { id, name } of customers) names[id] = name
  return parcels.map(({ id, customer }) => ({ id, name: names[customer] ?? null }))`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C6',
    why: 'keeps everything and sorts it at the end',
    rule: MEMORY_RULE,
    edits: [
      report(
        '    // Once in k items, so that each item pays for its own part of the sorting.\n    if (kept.length >= 2 * k) cut()\n',
        '',
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C1',
    why: 'sorts the timestamps of the caller',
    rule: GIVEN_RULE,
    edits: [report(SORTED, 'const sorted = (timestamps as number[]).sort((a, b) => a - b)')],
  },
  {
    id: 'W5',
    check: 'C1',
    why: 'keeps the last of equal scans',
    rule: SAME_RULE,
    edits: [
      report(
        DEDUPE,
        `  const kept = new Map<string, S>()
  for (const scan of scans) kept.set(JSON.stringify([scan.parcel, scan.depot, scan.kind]), scan)
  return [...kept.values()]`,
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C1',
    why: 'counts a timestamp that lies ms behind the start',
    rule: WINDOW_RULE,
    edits: [report('sorted[end]! < start + ms', 'sorted[end]! <= start + ms')],
  },
  {
    id: 'W7',
    check: 'C5',
    why: 'takes the class of the slow topK for one without k',
    rule: CLASSES_RULE,
    edits: [complexity('"given": "O(n * k)"', '"given": "O(n)"')],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'looks for each scan among all that were kept',
    rule: READS_RULE,
    edits: [
      report(
        DEDUPE,
        `  const kept: S[] = []
  for (const scan of scans) {
    const same = (other: S) => other.parcel === scan.parcel && other.depot === scan.depot && other.kind === scan.kind
    if (!kept.some(same)) kept.push(scan)
  }
  return kept`,
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C2',
    why: 'looks for each customer in the list',
    rule: READS_RULE,
    edits: [
      report(
        JOIN,
        `  return parcels.map((parcel) => {
    const found = customers.findLast(({ id }) => id === parcel.customer)
    return { id: parcel.id, name: found ? found.name : null }
  })`,
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C2',
    why: 'counts all timestamps for each start',
    rule: READS_RULE,
    edits: [
      report('  let end = 0\n', ''),
      report(
        WINDOW_LOOP,
        '    const end = at + timestamps.filter((time) => time >= start && time < start + ms).length\n',
      ),
    ],
  },
  {
    id: 'W11',
    check: 'C2',
    why: 'compares each item with the scores of all that it keeps',
    rule: SCORE_RULE,
    edits: [
      report(
        BUFFER,
        `    const at = kept.findIndex((other) => score(other.item) < score(item))
    kept.splice(at === -1 ? kept.length : at, 0, { item, score: score(item) })
    if (kept.length > k) kept.pop()
`,
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C2',
    why: 'adds the days of each range up again',
    rule: READS_RULE,
    edits: [
      report(
        RANGES,
        `  return queries.map(({ from, to }) => {
    let sum = 0
    for (let day = Math.max(from, 0); day <= to && day < days.length; day++) sum += days[day]!
    return sum
  })`,
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C3',
    why: 'keeps the keys in an array, and looks through it for each scan',
    rule: GROWTH_RULE,
    edits: [
      report('const seen = new Set<string>()', 'const seen: string[] = []'),
      report('if (seen.has(key))', 'if (seen.includes(key))'),
      report('seen.add(key)', 'seen.push(key)'),
    ],
  },
  {
    id: 'W14',
    check: 'C3',
    why: 'sorts, and then walks through each window from its start',
    rule: GROWTH_RULE,
    edits: [report('  let end = 0\n', ''), report(WINDOW_LOOP, `    let end = at\n${WINDOW_LOOP}`)],
  },
  {
    id: 'W15',
    check: 'C3',
    why: 'keeps a sorted list and inserts each item in its place, which moves all behind it',
    rule: CPU_RULE,
    edits: [
      report(
        BUFFER,
        `    const points = score(item)
    let low = 0
    let high = kept.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (kept[middle]!.score >= points) low = middle + 1
      else high = middle
    }
    if (low >= k) continue
    kept.splice(low, 0, { item, score: points })
    if (kept.length > k) kept.pop()
`,
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C3',
    why: 'copies the customers, and still looks through all of them for each parcel',
    rule: GROWTH_RULE,
    edits: [
      report(
        JOIN,
        `  const copies = customers.map(({ id, name }) => ({ id, name }))
  return parcels.map(({ id, customer }) => {
    const found = copies.findLast((one) => one.id === customer)
    return { id, name: found ? found.name : null }
  })`,
      ),
    ],
  },
  {
    id: 'W17',
    check: 'C3',
    why: 'cuts each range out of a copy and adds it up',
    rule: CPU_RULE,
    edits: [
      report(
        RANGES,
        `  const copy = [...days]
  return queries.map(({ from, to }) => {
    const first = Math.max(from, 0)
    return to < first ? 0 : copy.slice(first, to + 1).reduce((sum, count) => sum + count, 0)
  })`,
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C3',
    why: 'hands 200 000 scans to push as arguments, which is more than fit',
    rule: CPU_RULE,
    edits: [
      report('  return scans.filter((', '  const kept: S[] = []\n  kept.push(...scans.filter(('),
      report(
        '    seen.add(key)\n    return true\n  })',
        '    seen.add(key)\n    return true\n  }))\n  return kept',
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C4',
    why: 'separates the fields by a character that may stand in them',
    rule: KEYS_RULE,
    edits: [report(KEY, "[parcel, depot, kind].join('|')")],
  },
  {
    id: 'W20',
    check: 'C4',
    why: 'turns the fields into texts first, so that 1 is the same as "1"',
    rule: TYPES_RULE,
    edits: [report(KEY, 'JSON.stringify([parcel, depot, kind].map(String))')],
  },
  {
    id: 'W21',
    check: 'C1',
    why: 'takes the first of several customers',
    rule: 'The last one in the list counts.',
    edits: [report('new Map(customers.map(', 'new Map(customers.toReversed().map(')],
  },
  {
    id: 'W22',
    check: 'C1',
    why: 'takes an empty name for none',
    rule: 'An empty `name` is a name.',
    edits: [report('names.get(customer) ?? null', 'names.get(customer) || null')],
  },
  {
    id: 'W23',
    check: 'C1',
    why: 'leaves parcels out that have no customer',
    rule: 'One `{ id, name }` for each parcel, in the order of the parcels',
    edits: [
      report(
        'return parcels.map(({ id, customer }) => (',
        'return parcels.filter(({ customer }) => names.has(customer)).map(({ id, customer }) => (',
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C1',
    why: 'gives undefined where there is no customer',
    rule: 'The `name` is `null`.',
    edits: [report('names.get(customer) ?? null', 'names.get(customer) as string')],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'gives the later item first where scores are equal',
    rule: TIES_RULE,
    edits: [report(CUT, 'kept = kept.reverse().sort((a, b) => b.score - a.score).slice(0, k)')],
  },
  {
    id: 'W26',
    check: 'C1',
    why: 'gives the lowest score first',
    rule: 'An array of at most `k` items, the highest score first.',
    edits: [report('kept.map(({ item }) => item)', 'kept.map(({ item }) => item).reverse()')],
  },
  {
    id: 'W27',
    check: 'C1',
    why: 'gives one item where none was asked for',
    rule: '`k` is a whole number of at least 0.',
    edits: [report('.slice(0, k)', '.slice(0, Math.max(k, 1))')],
  },
  {
    id: 'W28',
    check: 'C1',
    why: 'walks through the items once to count them, and then finds none',
    rule: 'Anything that `for … of` can walk, and it can be walked only once.',
    edits: [
      report(
        '  let kept: { item: T; score: number }[] = []\n',
        '  let kept: { item: T; score: number }[] = []\n  if ([...items].length === 0) return []\n',
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C1',
    why: 'takes items for an array',
    rule: 'Anything that `for … of` can walk',
    edits: [
      report(
        '  let kept: { item: T; score: number }[] = []\n',
        '  let kept: { item: T; score: number }[] = []\n  if (!(items as T[]).length) return []\n',
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C1',
    why: 'does not count the last day of a range',
    rule: RANGE_RULE,
    edits: [report('Math.min(to + 1, days.length)', 'Math.min(to, days.length)')],
  },
  {
    id: 'W31',
    check: 'C1',
    why: 'a range that begins before the first day has no sum',
    rule: ODD_RULE,
    edits: [report('const first = Math.max(from, 0)', 'const first = from')],
  },
  {
    id: 'W32',
    check: 'C1',
    why: 'a range that ends behind the last day has no sum',
    rule: ODD_RULE,
    edits: [report('Math.min(to + 1, days.length)', 'to + 1')],
  },
  {
    id: 'W33',
    check: 'C1',
    why: 'the sum of a range whose ends are swapped is negative',
    rule: 'Where `from` is greater than `to`, the sum is 0.',
    edits: [
      report(
        'return end > first ? before[end]! - before[first]! : 0',
        'return before[Math.max(end, 0)]! - before[Math.min(first, days.length)]!',
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C1',
    why: 'takes the latest of several busiest windows',
    rule: 'The earliest one counts.',
    edits: [report('end - at > busiest.count', 'end - at >= busiest.count')],
  },
  {
    id: 'W35',
    check: 'C1',
    why: 'sorts the timestamps as texts',
    rule: 'in any order, the same one possibly several times',
    edits: [report(SORTED, 'const sorted = timestamps.toSorted()')],
  },
  {
    id: 'W36',
    check: 'C1',
    why: 'takes the timestamps for sorted',
    rule: 'in any order, the same one possibly several times',
    edits: [report(SORTED, 'const sorted = timestamps')],
  },
  {
    id: 'W37',
    check: 'C1',
    why: 'counts equal timestamps once',
    rule: 'the same one possibly several times',
    edits: [report(SORTED, 'const sorted = [...new Set(timestamps)].sort((a, b) => a - b)')],
  },
  {
    id: 'W38',
    check: 'C1',
    why: 'gives a window without timestamps for an empty list',
    rule: 'For an empty list the result is `null`.',
    edits: [report('  return busiest\n', '  return busiest ?? { start: 0, count: 0 }\n')],
  },
  {
    id: 'W39',
    check: 'C1',
    why: 'returns the scans sorted by parcel',
    rule: 'The scans that stay are in the order in which they came.',
    edits: [
      report(
        '    seen.add(key)\n    return true\n  })',
        '    seen.add(key)\n    return true\n  }).sort((a, b) => (a.parcel < b.parcel ? -1 : 1))',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C1',
    why: 'does not look at the kind of scan',
    rule: SAME_RULE,
    edits: [
      report(KEY, 'JSON.stringify([parcel, depot])'),
      report('({ parcel, depot, kind }) =>', '({ parcel, depot }) =>'),
    ],
  },
  {
    id: 'W41',
    check: 'C1',
    why: 'adds the days up in the list of the caller',
    rule: GIVEN_RULE,
    edits: [
      report(
        'for (const count of days) before.push(before.at(-1)! + count)',
        'for (const [day, count] of days.entries()) {\n    ;(days as number[])[day] = before.at(-1)! + count\n    before.push(days[day]!)\n  }',
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C5',
    why: 'forgets the sorting in the class of busiestWindow',
    rule: 'sorting `n` things as O(n log n), however it is done',
    edits: [complexity('"yours": "O(n log n)"', '"yours": "O(n)"')],
  },
  {
    id: 'W43',
    check: 'C5',
    why: 'names a class without the customers, whose list is walked, too',
    rule: CLASSES_RULE,
    edits: [complexity('"yours": "O(p + c)"', '"yours": "O(p)"')],
  },
  {
    id: 'W44',
    check: 'C5',
    why: 'writes a sentence in place of a class',
    rule: 'Choose from the last column.',
    edits: [complexity('"yours": "O(d + q)"', '"yours": "linear, thanks to sums"')],
  },
  {
    id: 'W45',
    check: 'C5',
    why: 'leaves a function out',
    rule: CLASSES_RULE,
    edits: [complexity('  "topK": { "given": "O(n * k)", "yours": "O(n log k)" },\n', '')],
  },
  {
    id: 'W46',
    check: 'C5',
    why: 'counts the fields of a scan as if their number could grow',
    rule: '`dedupeScans` | `n` scans',
    edits: [
      complexity(
        '"dedupeScans": { "given": "O(n^2)", "yours": "O(n)"',
        '"dedupeScans": { "given": "O(n^3)", "yours": "O(n)"',
      ),
    ],
  },
  {
    id: 'W47',
    check: 'C5',
    why: 'gives the parcels and the customers of the slow version one letter',
    rule: '`joinCustomers` | `p` parcels, `c` customers',
    edits: [complexity('"given": "O(p * c)"', '"given": "O(n^2)"')],
  },
  {
    id: 'W48',
    check: 'C5',
    why: 'says how often the slow version compares, and keeps the factor',
    rule: '`busiestWindow` | `n` timestamps',
    edits: [
      complexity('"busiestWindow": { "given": "O(n^2)"', '"busiestWindow": { "given": "O(2n^2)"'),
    ],
  },
  {
    id: 'W49',
    check: 'C5',
    why: 'counts only the items that topK returns',
    rule: '`topK` | `n` items, `k` of them wanted',
    edits: [complexity('"yours": "O(n log k)"', '"yours": "O(k)"')],
  },
  {
    id: 'W50',
    check: 'C5',
    why: 'takes days and queries for equally many, and names them by one letter',
    rule: '`rangeCounts` | `d` days, `q` queries',
    edits: [complexity('"yours": "O(d + q)"', '"yours": "O(n)"')],
  },
  {
    id: 'W51',
    check: 'C1',
    why: 'sorts the timestamps as numbers of 32 bits, which those of today do not fit',
    rule: 'also large ones such as `Date.now()` gives',
    edits: [report(SORTED, 'const sorted = Int32Array.from(timestamps).sort()')],
  },
]
