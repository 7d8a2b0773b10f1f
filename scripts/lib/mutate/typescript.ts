import { Instrumenter } from '@stryker-mutator/instrumenter'
import { type Mutated, shorten } from './mutant.ts'

const silent = () => {}
const logger = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
}

/**
 * The functions that instrumented code calls; Stryker's own know nothing of our subjects, which are
 * killed and cannot report at their end. The variable holds one of:
 * - `<id>:<hits>`: switches a mutant on, and ends the process where that place is passed more often
 *   than any right program would: a loop that never ends is seen at once, and not by a time limit.
 * - `cover:<file>`: no mutant is on. What is passed is written down at its 1st, 10th, 100th time.
 */
const HEADER = `
import { appendFileSync as stryAppend } from 'node:fs';
const stryAsked = process.env.__STRYKER_ACTIVE_MUTANT__ ?? '';
const stryColon = stryAsked.indexOf(':');
const stryFile = stryAsked.startsWith('cover:') ? stryAsked.slice(stryColon + 1) : '';
const stryActive = stryFile ? '' : stryAsked.slice(0, Math.max(0, stryColon));
const stryLimit = Number(stryAsked.slice(stryColon + 1));
const stryHits = new Map();
let stryTimes = 0;
function stryNS_9fa48() {}
function stryMutAct_9fa48(id) {
  if (id !== stryActive) return false;
  stryTimes += 1;
  if (stryTimes > stryLimit) {
    console.error('This place was passed ' + stryLimit + ' times.');
    process.exit(70);
  }
  return true;
}
function stryCov_9fa48(...ids) {
  if (!stryFile) return;
  for (const id of ids) {
    const hit = stryHits.get(id) ?? { count: 0, next: 1 };
    hit.count += 1;
    if (hit.count >= hit.next) {
      hit.next *= 10;
      try {
        stryAppend(stryFile, Date.now() + ' ' + id + ' ' + hit.count + '\\n');
      } catch {} // a module may write nothing
    }
    stryHits.set(id, hit);
  }
}
`

/**
 * Mutates TypeScript or JavaScript with Stryker's mutators. The base holds every mutant.
 * @param prefix begins the mutants' ids, where an exercise has several such files
 */
export async function mutateTypeScript(
  file: string,
  text: string,
  prefix: string,
): Promise<Mutated> {
  const instrumenter = new Instrumenter(logger)
  const { files, mutants } = await instrumenter.instrument(
    [{ name: file, mutate: true, content: text }],
    { plugins: null, excludedMutations: [], ignorers: [], noHeader: true },
  )
  const lines = text.split('\n')
  const starts = lines.map((_, index) => lines.slice(0, index).join('\n').length + (index ? 1 : 0))
  const offset = ({ line, column }: { line: number; column: number }) => starts[line]! + column
  // Ids count from 0 in each file.
  const base = files[0]!.content.replaceAll(/\bstry(MutAct|Cov)_9fa48\(([^()]*)\)/g, (call) =>
    call.replaceAll(/"(\d+)"/g, `"${prefix}$1"`),
  )
  return {
    base: `${HEADER}${base}\n`,
    mutants: mutants
      .filter(({ status }) => status !== 'Ignored')
      .map(({ id, location, mutatorName, replacement }) => ({
        file,
        line: location.start.line + 1,
        mutator: mutatorName,
        original: shorten(text.slice(offset(location.start), offset(location.end))),
        replacement: shorten(replacement),
        make: { id: `${prefix}${id}` },
      })),
  }
}
