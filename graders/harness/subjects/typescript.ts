import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
/** Brought by tsx, which starts programs with the same transformation. */
const esbuild = (): typeof import('esbuild') =>
  createRequire(require.resolve('tsx/package.json'))('esbuild')

const MOST_CHARACTERS = 1024 ** 2
/**
 * Words of what Node cannot run by leaving types out: enums, namespaces, `import =`, `export =`,
 * parameter properties, assertions in angle brackets, decorators, accessors. Where one of them
 * stands in a comment, a file is transformed that need not be.
 */
const NOT_ERASABLE =
  /\b(enum|namespace|module)\s+[\w$"']|\bimport\s+[\w$]+\s*=|\bexport\s*=|\b(public|private|protected|readonly|override)\s+[\w$[{]|<[^<>=\n]+>\s*[\w$({["'`]|@[\w$(]|\baccessor\s+[\w$#["']/

/**
 * Returns the JavaScript of a TypeScript file that Node may be unable to run as it is, with a source
 * map in it; the text itself where there is nothing of the kind, or where it is no TypeScript: Node
 * then says so, with file and line.
 * @param name the file's name, for stack traces
 * @param tsconfig the text of the submission's own tsconfig.json: esbuild heeds
 *   `experimentalDecorators` in it, and knows nothing of `emitDecoratorMetadata`
 */
export function toJavaScript(text: string, name: string, tsconfig?: string): string {
  if (text.length > MOST_CHARACTERS || !NOT_ERASABLE.test(text)) return text
  try {
    return esbuild().transformSync(text, {
      loader: 'ts',
      sourcefile: name,
      sourcemap: 'inline',
      target: `node${process.versions.node}`,
      tsconfigRaw: tsconfig,
      logLevel: 'silent',
    }).code
  } catch {
    return text
  }
}
