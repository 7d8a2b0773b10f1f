import { editing, type Mistake } from '../../harness/mistakes.ts'

const tree = editing('tree.ts')
const index = editing('address-index.ts')

/** An index that keeps all addresses in one array; what a search does with them is left open. */
const arrayIndex = (search: string, parts: { add?: string; remove?: string } = {}): string => `
type Entry = { folded: string; id: string }

function fold(text: string): string {
  return text.normalize('NFD').replace(/[\\u0300-\\u036f]/g, '').toLowerCase()
}

function compare(a: Entry, b: Entry): number {
  if (a.folded !== b.folded) return a.folded < b.folded ? -1 : 1
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}

export class AddressIndex {
  entries: Entry[] = []

  #at(entry: Entry): number {
    let [low, high] = [0, this.entries.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(this.entries[middle]!, entry) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #isAt(at: number, entry: Entry): boolean {
    return at < this.entries.length && compare(this.entries[at]!, entry) === 0
  }

  add(text: string, id: string): void {
    const entry = { folded: fold(text), id }
    ${parts.add ?? 'const at = this.#at(entry)\n    if (!this.#isAt(at, entry)) this.entries.splice(at, 0, entry)'}
  }

  remove(text: string, id: string): boolean {
    const entry = { folded: fold(text), id }
    ${parts.remove ?? 'const at = this.#at(entry)\n    return this.#isAt(at, entry) && this.entries.splice(at, 1).length > 0'}
  }

  search(prefix: string, limit: number): string[] {
    const start = fold(prefix)
    ${search}
  }
}
`

const LIST_FROM_PLACE = `const found: string[] = []
    let at = this.#at({ folded: start, id: '' })
    while (found.length < limit && this.entries[at]?.folded.startsWith(start)) {
      found.push(this.entries[at]!.id)
      at += 1
    }
    return found`

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C3',
    why: 'walks the tree by recursion, which overflows the stack where the tree is deep',
    rule: 'A line of 50 000 depots, each below the one before it, works in every function.',
    edits: [
      tree(
        `  for (let depot = waiting.pop(); depot; depot = waiting.pop()) {
    preOrder.push(depot)
    for (const child of depot.children.sort(lastFirst)) {
      child.depth = depot.depth + 1
      waiting.push(child)
    }
  }`,
        `  const visit = (depot: Depot, depth: number): void => {
    depot.depth = depth
    preOrder.push(depot)
    for (const child of depot.children.sort(lastFirst).toReversed()) visit(child, depth + 1)
  }
  for (const root of waiting.toReversed()) visit(root, 0)`,
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C4',
    why: 'looks through all rows for the children of each depot',
    rule: 'Time in proportion to the number of depots',
    edits: [
      tree(
        '  if (orphans.length > 0)',
        `  for (const depot of byId.values()) {
    const below = rows.filter((row) => row.parentId === depot.id)
    depot.children = below.map(({ id }) => byId.get(id)!)
  }
  if (orphans.length > 0)`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C2',
    why: 'drops depots whose parent is missing',
    rule: "a `parentId` is no row's `id`",
    edits: [
      tree('      orphans.push(id)\n      continue', '      byId.delete(id)\n      continue'),
    ],
  },
  {
    id: 'W4',
    check: 'C2',
    why: 'goes round and round in a circle of depots',
    rule: 'going from parent to parent leads round in a circle',
    edits: [
      tree(
        '  const preOrder = walk(roots)\n',
        `  for (const depot of byId.values()) {
    let root = depot
    while (root.parent) root = root.parent
  }
  const preOrder = walk(roots)
`,
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C9',
    why: 'tests every address at each search',
    rule: 'Time in proportion to what it gives, not to how many addresses there are',
    files: {
      'address-index.ts': arrayIndex(
        'return this.entries.filter(({ folded }) => folded.startsWith(start)).slice(0, limit).map(({ id }) => id)',
      ),
    },
  },
  {
    id: 'W6',
    check: 'C1',
    why: 'takes the first root for the only one',
    rule: 'There may be several, or no rows at all.',
    edits: [
      tree('const preOrder = walk(roots)', 'const preOrder = walk(roots.slice(0, 1))'),
      tree(
        "  if (preOrder.length < byId.size) throw new TreeError('CYCLE', findCircle(byId, preOrder))\n",
        '',
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C7',
    why: 'sorts the rows it was given',
    rule: 'They stay as they were: the array, its order and every row in it.',
    edits: [
      tree(
        '  const byId = indexById(rows)\n',
        '  ;(rows as Row[]).sort((a, b) => compare(a.name, b.name))\n  const byId = indexById(rows)\n',
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C7',
    why: 'hangs the children on the rows it was given',
    rule: 'They stay as they were: the array, its order and every row in it.',
    edits: [
      tree(
        '    parent.children.push(depot)\n',
        '    parent.children.push(depot)\n    Object.assign(rows.find((row) => row.id === parentId)!, { children: parent.children.length })\n',
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C7',
    why: 'keeps the sums and gives the same map again',
    rule: 'The caller may change a map or an array you gave. That changes no later answer.',
    edits: [
      tree(
        '  const totals = new Map(preOrder',
        `  const known = kept.get(preOrder)
  if (known) return known
  const totals = new Map(preOrder`,
      ),
      tree('  return totals\n', '  kept.set(preOrder, totals)\n  return totals\n'),
      tree(
        '/** Returns for each depot the parcels',
        `const kept = new WeakMap<Depot[], Map<string, number>>()

/** Returns for each depot the parcels`,
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C7',
    why: 'gives the list of depots that the tree itself is made of',
    rule: 'The caller may change a map or an array you gave. That changes no later answer.',
    edits: [tree('  return preOrder.map(({ id, depth }) => ({ id, depth }))', '  return preOrder')],
  },
  {
    id: 'W11',
    check: 'C5',
    why: 'leaves siblings of the same name in the order of the rows',
    rule: 'By name, then by id, both as `<` compares texts',
    edits: [tree('compare(b.name, a.name) || compare(b.id, a.id)', 'compare(b.name, a.name)')],
  },
  {
    id: 'W12',
    check: 'C5',
    why: 'compares names with localeCompare, which puts a before Z and É next to E',
    rule: "`'10'` < `'9'` < `'Z'` < `'a'` < `'É'`",
    edits: [tree('compare(b.name, a.name) ||', 'b.name.localeCompare(a.name) ||')],
  },
  {
    id: 'W13',
    check: 'C5',
    why: 'lists the depots level by level',
    rule: 'Each depot comes right before all that is below it, and only then its next sibling.',
    edits: [
      tree(
        '  return preOrder.map(({ id, depth }) => ({ id, depth }))',
        '  return preOrder.map(({ id, depth }) => ({ id, depth })).sort((a, b) => a.depth - b.depth)',
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C5',
    why: 'leaves the roots in the order of the rows',
    rule: '`flatten`: siblings, and the roots',
    edits: [tree('const waiting = roots.sort(lastFirst)', 'const waiting = roots.reverse()')],
  },
  {
    id: 'W15',
    check: 'C5',
    why: 'gives roots the depth 1',
    rule: '0 for a root, and one more at each step down.',
    edits: [tree('({ id, depth }))', '({ id, depth: depth + 1 }))')],
  },
  {
    id: 'W16',
    check: 'C5',
    why: 'orders siblings by id alone',
    rule: 'By name, then by id, both as `<` compares texts',
    edits: [tree('compare(b.name, a.name) || compare(b.id, a.id)', 'compare(b.id, a.id)')],
  },
  {
    id: 'W17',
    check: 'C5',
    why: 'lists the children before their parent',
    rule: 'Each depot comes right before all that is below it',
    edits: [
      tree(
        '  return preOrder.map(({ id, depth }) => ({ id, depth }))',
        '  return preOrder.map(({ id, depth }) => ({ id, depth })).reverse()',
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C1',
    why: "leaves a depot's own name out of its path",
    rule: "The depot's own name comes last.",
    edits: [
      tree(
        'for (let at: Depot | null = depot; at; at = at.parent)',
        'for (let at = depot.parent; at; at = at.parent)',
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C1',
    why: 'gives the path from the depot up',
    rule: 'an array of names, from the root down to that depot',
    edits: [tree('return names.reverse()', 'return names')],
  },
  {
    id: 'W20',
    check: 'C1',
    why: 'gives an empty path for an unknown id',
    rule: 'For an id that no depot has: `null`.',
    edits: [tree('if (!depot) return null', 'if (!depot) return []')],
  },
  {
    id: 'W21',
    check: 'C1',
    why: 'does not take a region for the common depot of itself and a depot in it',
    rule: 'A depot is at or below itself',
    edits: [
      tree(
        '  return one && other && one.id',
        '  return one && other && (one.id === a || one.id === b ? (one.parent?.id ?? null) : one.id)',
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C1',
    why: 'answers an unknown id with itself where both are the same',
    rule: "also where one of the ids, or both, is no depot's",
    edits: [tree('  let [one, other]', '  if (a === b) return a\n  let [one, other]')],
  },
  {
    id: 'W23',
    check: 'C1',
    why: 'finds the first root above two depots that have none in common',
    rule: '`lowestCommon` of two depots below different roots',
    edits: [
      tree(
        '    if (deeper >= 0) one = one.parent\n',
        `    if (!one.parent && !other.parent) return one.id
    if (deeper >= 0) one = one.parent
`,
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C1',
    why: 'takes a child that stands before its parent for an orphan',
    rule: 'They come in any order: a child may stand before its parent.',
    edits: [
      tree(
        '    const parent = byId.get(parentId)\n',
        '    const parent = seen.has(parentId) ? byId.get(parentId) : undefined\n    seen.add(id)\n',
      ),
      tree('      roots.push(depot)\n', '      roots.push(depot)\n      seen.add(id)\n'),
      tree(
        '  const orphans: string[] = []\n',
        '  const orphans: string[] = []\n  const seen = new Set<string>()\n',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'keeps the depots of the last tree in a variable of the module',
    rule: 'Each keeps to its own rows, also when others are built later.',
    edits: [
      tree('export function pathTo({ byId }: Tree, id', 'export function pathTo(_: Tree, id'),
      tree('  const depot = byId.get(id)\n  if', '  const depot = latest.get(id)\n  if'),
      tree('  return { byId, preOrder }', '  latest = byId\n  return { byId, preOrder }'),
      tree('export type Fault', 'let latest = new Map<string, Depot>()\n\nexport type Fault'),
    ],
  },
  {
    id: 'W26',
    check: 'C1',
    why: 'takes two depots of the same name for the same depot',
    rule: 'Several depots may have the same name.',
    edits: [tree('one && other && one !== other', 'one && other && one.name !== other.name')],
  },
  {
    id: 'W27',
    check: 'C1',
    why: "leaves a depot's own parcels out of its sum",
    rule: "a `Map` from each depot's id to the parcels in it and in all depots below it",
    edits: [
      tree(
        '  return totals\n',
        '  for (const { id, parcels } of preOrder) totals.set(id, totals.get(id)! - parcels)\n  return totals\n',
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C1',
    why: 'adds up the depots right below, but not those below them',
    rule: 'in all depots below it',
    edits: [
      tree('{ id, parent } of preOrder.toReversed()', '{ parent, parcels } of preOrder'),
      tree('+ totals.get(id)!)', '+ parcels)'),
    ],
  },
  {
    id: 'W29',
    check: 'C1',
    why: 'gives the sums as a plain object',
    rule: "a `Map` from each depot's id",
    edits: [tree('  return totals\n', '  return Object.fromEntries(totals) as never\n')],
  },
  {
    id: 'W30',
    check: 'C1',
    why: 'fails where there are no rows',
    rule: 'or no rows at all',
    edits: [
      tree(
        '  const byId = indexById(rows)\n',
        "  if (rows.length === 0) throw new Error('no rows')\n  const byId = indexById(rows)\n",
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C2',
    why: 'names only the first id that is there twice',
    rule: 'all ids that more than one row has',
    edits: [tree('[...duplicates])', '[...duplicates].slice(0, 1))')],
  },
  {
    id: 'W32',
    check: 'C2',
    why: 'names an id once for each row too many',
    rule: '`ids`, each once and in any order',
    edits: [
      tree('const duplicates = new Set<string>()', 'const duplicates: string[] = []'),
      tree('duplicates.add(id)', 'duplicates.push(id)'),
      tree('duplicates.size', 'duplicates.length'),
    ],
  },
  {
    id: 'W33',
    check: 'C2',
    why: 'names the parent that is missing',
    rule: 'not the missing parent',
    edits: [tree('orphans.push(id)', 'orphans.push(parentId)')],
  },
  {
    id: 'W34',
    check: 'C2',
    why: 'names also the depots that only hang below a circle',
    rule: 'not those that only hang below it',
    edits: [
      tree(
        'return way.slice(way.indexOf(depot)).map(({ id }) => id)',
        'return [...byId.keys()].filter((id) => !free.has(byId.get(id)!))',
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C2',
    why: 'names the depots of the way to the circle as well',
    rule: 'the depots of one circle',
    edits: [tree('way.slice(way.indexOf(depot)).map', 'way.map')],
  },
  {
    id: 'W36',
    check: 'C2',
    why: 'takes a depot that is its own parent for a root',
    rule: 'going from parent to parent leads round in a circle',
    edits: [tree('if (parentId === null) {', 'if (parentId === null || parentId === id) {')],
  },
  {
    id: 'W37',
    check: 'C2',
    why: 'throws an Error of another class',
    rule: '`buildTree` throws a `TreeError`',
    edits: [
      tree(
        "throw new TreeError('ORPHAN', orphans)",
        "throw Object.assign(new Error('orphans'), { code: 'ORPHAN', ids: orphans })",
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C2',
    why: 'lets the last row win where an id is there twice',
    rule: 'several rows have the same `id`',
    edits: [
      tree("  if (duplicates.size > 0) throw new TreeError('DUPLICATE', [...duplicates])\n", ''),
    ],
  },
  {
    id: 'W39',
    check: 'C2',
    why: 'tells of orphans where ids are there twice as well',
    rule: 'Of these faults, it is the first in this table that the rows have',
    edits: [
      tree(
        '  const byId = indexById(rows)\n',
        `  const ids = new Set(rows.map(({ id }) => id))
  const lost = rows.filter(({ parentId }) => parentId !== null && !ids.has(parentId))
  if (lost.length > 0) throw new TreeError('ORPHAN', lost.map(({ id }) => id))
  const byId = indexById(rows)
`,
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C2',
    why: 'names what is below an orphan as well',
    rule: 'not what is below such a row',
    edits: [
      tree(
        "  if (orphans.length > 0) throw new TreeError('ORPHAN', orphans)\n",
        `  if (orphans.length > 0) {
    const lost = orphans.map((id) => byId.get(id)!)
    for (const depot of lost) lost.push(...depot.children)
    throw new TreeError('ORPHAN', lost.map(({ id }) => id))
  }
`,
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C4',
    why: 'looks through all depots for the one with the id',
    rule: 'Time in proportion to how deep the depots are, not to how many there are.',
    edits: [
      tree(
        'export function pathTo({ byId }: Tree, id: string): string[] | null {\n  const depot = byId.get(id)',
        'export function pathTo({ preOrder }: Tree, id: string): string[] | null {\n  const depot = preOrder.find((depot) => depot.id === id)',
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C3',
    why: 'looks for each depot above one in the list of those above the other',
    rule: 'Time in proportion to how deep the depots are',
    edits: [
      tree(
        '  // Whichever is deeper climbs. Two roots are equally deep, and then both climb to null.\n',
        `  const above: Depot[] = []
  for (let at = one; at; at = at.parent) above.push(at)
  while (other && !above.includes(other)) other = other.parent
  if (other) return other.id
`,
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C3',
    why: 'adds the parcels of each depot to all that are above it',
    rule: 'Time in proportion to the number of depots',
    edits: [
      tree(
        '    if (parent) totals.set(parent.id, totals.get(parent.id)! + totals.get(id)!)\n',
        `    const { parcels } = preOrder.length > 0 ? { parcels: byId.get(id)!.parcels } : { parcels: 0 }
    for (let at = parent; at; at = at.parent) totals.set(at.id, totals.get(at.id)! + parcels)
`,
      ),
      tree(
        'export function rollup({ preOrder }: Tree)',
        'export function rollup({ preOrder, byId }: Tree)',
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C11',
    why: "takes the parent '' for none",
    rule: "Any text is an id, also `''`, `'0'` and `'__proto__'`.",
    edits: [tree('if (parentId === null) {', 'if (!parentId) {')],
  },
  {
    id: 'W45',
    check: 'C11',
    why: 'keeps the depots in a plain object, which already has a __proto__ and a constructor',
    rule: "Any text is an id, also `''`, `'0'` and `'__proto__'`.",
    edits: [
      tree('    const parent = byId.get(parentId)\n', '    const parent = table[parentId]\n'),
      tree(
        '  const orphans: string[] = []\n',
        `  const orphans: string[] = []
  const table: Record<string, Depot> = {}
  for (const [id, depot] of byId) table[id] = depot
`,
      ),
      tree('    parent.children.push(depot)\n', '    parent.children?.push(depot)\n'),
    ],
  },
  {
    id: 'W46',
    check: 'C8',
    why: 'keeps the accents',
    rule: "Two texts are the same if they are equal after `normalize('NFD')`, without the characters U+0300 to U+036F",
    edits: [index("    .replace(/[\\u0300-\\u036f]/g, '')\n", '')],
  },
  {
    id: 'W47',
    check: 'C8',
    why: 'tells capital letters from small ones',
    rule: "and in lower case: `'São'`, `'SAO'` and `'são'` are.",
    edits: [index('    .toLowerCase()\n', '')],
  },
  {
    id: 'W48',
    check: 'C8',
    why: 'compares in upper case, where ß becomes SS',
    rule: "`'ß'`, `'ł'` and `'º'` stay letters of their own.",
    edits: [index('.toLowerCase()', '.toUpperCase()')],
  },
  {
    id: 'W49',
    check: 'C8',
    why: 'strips accents only where they are stored as characters of their own',
    rule: "equal after `normalize('NFD')`",
    edits: [index("    .normalize('NFD')\n", '')],
  },
  {
    id: 'W50',
    check: 'C8',
    why: 'searches for the prefix as it was typed',
    rule: 'They never matter.',
    edits: [index('this.#wayTo(fold(prefix))', "this.#wayTo(prefix.split(''))")],
  },
  {
    id: 'W51',
    check: 'C8',
    why: 'removes only what is spelled exactly as it was added',
    rule: 'They never matter.',
    edits: [index('const folded = fold(text)\n', "const folded = text.split('')\n")],
  },
  {
    id: 'W52',
    check: 'C8',
    why: 'keeps letters of a to z only',
    rule: "`'ß'`, `'ł'` and `'º'` stay letters of their own.",
    edits: [index('    .toLowerCase()\n', "    .toLowerCase()\n    .replace(/[^ -~]/g, '')\n")],
  },
  {
    id: 'W53',
    check: 'C6',
    why: 'lists an address twice that was added twice',
    rule: 'The same text with the same id is one address, however often it is added.',
    edits: [
      index('    insert(place.ids, id)', '    place.ids.splice(findPlace(place.ids, id), 0, id)'),
    ],
  },
  {
    id: 'W54',
    check: 'C6',
    why: 'gives an id once, though several of its addresses are found',
    rule: 'A search gives the id once for each that begins with the prefix.',
    edits: [
      index(
        'if (found.length < limit) found.push(id)',
        'if (found.length < limit && !found.includes(id)) found.push(id)',
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C6',
    why: 'removes all ids of the text',
    rule: '`remove` takes only the one with that id.',
    edits: [
      index(
        '    // Prunes what leads nowhere now',
        '    way.at(-1)!.ids = []\n    // Prunes what leads nowhere now',
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C6',
    why: 'lists the ids of one text in the order in which they were added',
    rule: 'without accents and in lower case), then by id, both as `<` compares texts.',
    edits: [
      index('    insert(place.ids, id)', '    if (!place.ids.includes(id)) place.ids.push(id)'),
      index('!take(way.at(-1)!.ids, id)', '!way.at(-1)!.ids.includes(id)'),
      index(
        '    // Prunes what leads nowhere now',
        '    const place = way.at(-1)!\n    place.ids = place.ids.filter((other) => other !== id)\n    // Prunes what leads nowhere now',
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C6',
    why: 'lists the texts in the order in which they were added',
    rule: 'By text (as above, without accents and in lower case)',
    edits: [
      index(
        '        insert(place.characters, character)\n',
        '        place.characters.push(character)\n',
      ),
      index(
        '      take(before.characters, folded[depth - 1]!)\n',
        '      before.characters = before.characters.filter((other) => other !== folded[depth - 1])\n',
      ),
    ],
  },
  {
    id: 'W58',
    check: 'C6',
    why: 'lists what is longer first, for it collects what is below a place before its own ids',
    rule: 'By text (as above, without accents and in lower case)',
    files: {
      'address-index.ts': arrayIndex(
        'return this.entries.filter(({ folded }) => folded.startsWith(start)).reverse().slice(0, limit).map(({ id }) => id)',
      ),
    },
  },
  {
    id: 'W59',
    check: 'C6',
    why: 'finds the prefix in the middle of an address, too',
    rule: 'finding it further in does not count',
    files: {
      'address-index.ts': arrayIndex(
        'return this.entries.filter(({ folded }) => folded.includes(start)).slice(0, limit).map(({ id }) => id)',
      ),
    },
  },
  {
    id: 'W60',
    check: 'C6',
    why: 'cuts off blanks at the ends',
    rule: 'Blanks are characters like any other.',
    edits: [index("    .normalize('NFD')\n", "    .normalize('NFD')\n    .trim()\n")],
  },
  {
    id: 'W61',
    check: 'C6',
    why: 'finds nothing for the empty prefix',
    rule: "The prefix `''` is how every address begins.",
    edits: [
      index(
        '    const found: string[] = []\n',
        '    const found: string[] = []\n    if (!prefix) return found\n',
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C6',
    why: 'gives one id where none is asked for',
    rule: 'A whole number of at least 0: no more ids than that.',
    edits: [
      index(
        'if (found.length < limit) found.push(id)',
        'if (found.length < (limit || 1)) found.push(id)',
      ),
      index('while (found.length < limit)', 'while (found.length < (limit || 1))'),
    ],
  },
  {
    id: 'W63',
    check: 'C6',
    why: 'goes over the limit where one text has several ids',
    rule: 'no more ids than that',
    edits: [index('if (found.length < limit) found.push(id)', 'found.push(id)')],
  },
  {
    id: 'W64',
    check: 'C6',
    why: 'says that an address was removed which was not there',
    rule: '`true`, or `false` if it was not there',
    edits: [
      index('!take(way.at(-1)!.ids, id)) return false', '!take(way.at(-1)!.ids, id)) return true'),
    ],
  },
  {
    id: 'W65',
    check: 'C6',
    why: 'keeps the addresses of all indexes in one place',
    rule: 'Each knows only its own addresses.',
    edits: [
      index('  readonly #root = newPlace()\n', '  readonly #root = shared\n'),
      index(
        '/** Finds addresses by how',
        'const shared = newPlace()\n\n/** Finds addresses by how',
      ),
    ],
  },
  {
    id: 'W66',
    check: 'C9',
    why: 'collects everything below the prefix before it cuts it to the limit',
    rule: 'not to how many addresses there are or begin with the prefix',
    edits: [
      index('while (found.length < limit) {', 'for (;;) {'),
      index('if (found.length < limit) found.push(id)', 'found.push(id)'),
      index('    return found\n', '    return found.slice(0, limit)\n'),
    ],
  },
  {
    id: 'W67',
    check: 'C10',
    why: 'sorts all addresses again at the first search after each change',
    rule: 'sorting everything again after each change is too slow',
    files: {
      'address-index.ts': arrayIndex(`this.entries.sort(compare)\n    ${LIST_FROM_PLACE}`, {
        add: 'const at = this.#at(entry)\n    if (!this.#isAt(at, entry)) this.entries.push(entry)',
        remove:
          'this.entries.sort(compare)\n    const at = this.#at(entry)\n    return this.#isAt(at, entry) && this.entries.splice(at, 1).length > 0',
      }),
    },
  },
  {
    id: 'W68',
    check: 'C10',
    why: 'leaves the places in the trie that lead nowhere',
    rule: 'They cost a search nothing.',
    edits: [index('depth > 0 && isEmpty(way[depth]!); depth--', 'depth > folded.length; depth--')],
  },
  {
    id: 'W69',
    check: 'C11',
    why: 'keeps the ids of each text in a plain object',
    rule: "Any text is an id, also `''`, `'0'` and `'__proto__'`.",
    files: {
      'address-index.ts': arrayIndex(LIST_FROM_PLACE, {
        add: `const known = this.known[id]
    if (known?.[entry.folded]) return
    this.known[id] = { ...known, [entry.folded]: true }
    this.entries.splice(this.#at(entry), 0, entry)`,
        remove: `delete this.known[id]?.[entry.folded]
    const at = this.#at(entry)
    return this.#isAt(at, entry) && this.entries.splice(at, 1).length > 0`,
      }).replace(
        'entries: Entry[] = []',
        'entries: Entry[] = []\n  known: Record<string, Record<string, boolean>> = {}',
      ),
    },
  },
  {
    id: 'W70',
    check: 'C6',
    why: 'compares the ids of one text with localeCompare',
    rule: 'without accents and in lower case), then by id, both as `<` compares texts.',
    edits: [
      index(
        '    insert(place.ids, id)',
        '    insert(place.ids, id)\n    place.ids.sort((a, b) => a.localeCompare(b))',
      ),
      index('take(way.at(-1)!.ids, id)', 'take(way.at(-1)!.ids.sort(), id)'),
    ],
  },
  {
    id: 'W71',
    check: 'C8',
    why: 'takes NFKD for NFD, which makes an o of º as well',
    rule: "`'ß'`, `'ł'` and `'º'` stay letters of their own.",
    edits: [index("normalize('NFD')", "normalize('NFKD')")],
  },
]
