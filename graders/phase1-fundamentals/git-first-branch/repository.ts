import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { mustGit } from '../../harness/git/index.ts'
import type { Fresh } from '../../harness/index.ts'

export type Prices = {
  validFrom: string
  currency: string
  taxIncluded: boolean
  S: number
  M: number
  L: number
  maxParcels: number
  pickup: number
  labelFee: number
}

/** The repository as the learner's script finds it, and what must come of it. */
export type Seeded = {
  folder: string
  /** The text of .git/config before the script ran. */
  config: string
  /** The tips of the two branches. */
  main: string
  incoming: string
  /** What the learner's side says, and what the merge must say. */
  mine: Prices
  merged: Prices
  secret: string
  /** The files beside the commits: labels.ts, .env and notes.txt. */
  texts: Record<string, string>
}

/** A whole number of one to seven digits that is none of the others. */
function amount(fresh: Fresh, ...others: number[]): number {
  const made = fresh.int(1, 10 ** fresh.int(1, 7) - 1)
  return others.includes(made) ? amount(fresh, ...others) : made
}

function threeSides(fresh: Fresh): { base: Prices; incoming: Prices; mine: Prices } {
  const base: Prices = {
    validFrom: `${fresh.int(2020, 2025)}-0${fresh.int(1, 9)}-01`,
    currency: fresh.pick(['EUR', 'SEK', 'CZK', 'PLN']),
    taxIncluded: fresh.oneIn(),
    S: amount(fresh),
    M: amount(fresh),
    L: amount(fresh),
    maxParcels: fresh.int(2, 40),
    pickup: amount(fresh),
    labelFee: fresh.oneIn() ? 0 : amount(fresh),
  }
  const incoming = {
    ...base,
    validFrom: `${fresh.int(2026, 2031)}-${fresh.int(10, 12)}-15`,
    S: amount(fresh, base.S),
    M: amount(fresh, base.M),
    L: amount(fresh, base.L),
  }
  const mine = {
    ...base,
    L: amount(fresh, base.L, incoming.L),
    labelFee: amount(fresh, base.labelFee),
  }
  return { base, incoming, mine }
}

/** Amounts that meet: whoever looks for an amount, and not for a key, finds the wrong line. */
function coincidingSides(fresh: Fresh): ReturnType<typeof threeSides> {
  const sides = threeSides(fresh)
  const before = fresh.int(1, 9)
  const after = fresh.int(10, 99)
  const base = { ...sides.base, S: before, M: before, L: before, maxParcels: before }
  const shared = { ...base, pickup: after * 10, labelFee: after }
  return {
    base: shared,
    incoming: { ...shared, validFrom: sides.incoming.validFrom, S: after, M: after, L: after },
    mine: { ...shared, L: fresh.int(100_000_000, 999_999_999), labelFee: 0 },
  }
}

/**
 * Builds the repository that a learner's script starts from.
 * @param folder a new folder
 * @param options.coinciding sizes cost the same, amounts are very short and very long
 */
export async function seedRepository(
  folder: string,
  fresh: Fresh,
  options: { coinciding?: boolean } = {},
): Promise<Seeded> {
  const { base, incoming, mine } = options.coinciding ? coincidingSides(fresh) : threeSides(fresh)
  const put = (name: string, text: string) => writeFileSync(path.join(folder, name), text)
  const run = (...args: string[]) => mustGit(folder, args)
  let day = fresh.int(1, 200)
  const commit = async (author: string): Promise<void> => {
    day += fresh.int(1, 9)
    const date = new Date(Date.UTC(2025, 0, day, fresh.int(6, 20), fresh.int(0, 59))).toISOString()
    await run('add', '--all')
    await mustGit(folder, ['commit', '-q', '-m', `${fresh.name()} ${fresh.word()}`], {
      GIT_AUTHOR_NAME: author,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    })
  }
  const putPrices = (prices: Prices) => put('prices.json', `${JSON.stringify(prices, null, 2)}\n`)

  mkdirSync(folder, { recursive: true })
  await run('init', '-q')
  await run('symbolic-ref', 'HEAD', 'refs/heads/main')
  await run('config', 'user.name', `${fresh.name()} ${fresh.name()}`)
  await run('config', 'user.email', fresh.email())

  const [first, second] = [fresh.name(), fresh.name()]
  let readme = `# ${fresh.name()}\n\nAmounts are in hundredths.\n`
  put('README.md', readme)
  await commit(first)
  putPrices(base)
  await commit(first)

  await run('checkout', '-q', '-b', 'incoming')
  putPrices(incoming)
  await commit(second)
  for (let more = fresh.int(0, 2); more > 0; more--) {
    readme += `\n${fresh.name()} ${fresh.word()}.\n`
    put('README.md', readme)
    await commit(second)
  }

  await run('checkout', '-q', 'main')
  putPrices(mine)
  const secret = fresh.string(24)
  const texts = {
    'labels.ts': `export const ${fresh.unique('label')} = (id: string): string =>\n  \`${fresh.name()} \${id}\`\n`,
    '.env': `PRINTER_KEY=${secret}\n`,
    'notes.txt': `${fresh.name()} ${fresh.word()}?\n`,
  }
  for (const [name, text] of Object.entries(texts)) put(name, text)
  return {
    folder,
    config: readFileSync(path.join(folder, '.git/config'), 'utf8'),
    main: await run('rev-parse', 'main'),
    incoming: await run('rev-parse', 'incoming'),
    mine,
    merged: { ...incoming, L: mine.L, labelFee: mine.labelFee },
    secret,
    texts,
  }
}
