import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Fresh } from '../../harness/index.ts'

/** What a path of the document root is answered with. */
export type Page = {
  /** As it stands in the request line. */
  target: string
  bytes: Buffer
  /** The README's rule that the path is about. */
  rule: string
  /** The types that are right, without parameters. */
  types: string[]
  /** True for a folder without a slash at the end, which may be redirected to the path with one. */
  mayRedirect?: boolean
}

/** A document root, what its paths are answered with, and what must never be sent. */
export type Site = {
  root: string
  /** A small text that is there, at `/hello.txt`. */
  plain: Page
  /** A file that takes several pieces on its way. */
  large: Page
  /** A file that no buffer of the system holds. It is not among `pages`. */
  huge: Page
  pages: Page[]
  /** Paths at which there is nothing. */
  missing: string[]
  /** Paths that lead out of the root. */
  outside: string[]
  /** Paths that lead out of the root, or to its top where `..` stays there. */
  above: string[]
  /** What stands in the files beside the root. */
  secret: string
}

const HTML = ['text/html']
const TEXT = ['text/plain']
const SCRIPT = ['text/javascript', 'application/javascript']
const OTHER = ['application/octet-stream']

const FOLDERS = '`/`, and a path that leads to a folder and ends with `/`, give its `index.html`.'
const BARE = 'The same, or a redirect (`301`, `302`, `307`, `308`) to the path with `/`.'

/** The rule that a path is most likely about. */
function ruleOf(target: string): string {
  if (/%3f/i.test(target)) return 'An escaped `%3F` is part of a name.'
  if (target.includes('%')) {
    return 'Escapes are decoded as UTF-8, once: `/caf%C3%A9.txt` is `café.txt`, `/5%2525.txt` is `5%25.txt`.'
  }
  if (target.includes('?')) {
    return 'What stands behind the first `?` is no part of the path, of a file or of `/echo`.'
  }
  if (target.includes('+')) return 'A `+` is a `+`.'
  if (target.endsWith('/')) return FOLDERS
  return '`200` and exactly the bytes of the file, whatever its name: `a..b.txt` is one.'
}

/** Makes a document root in an empty folder, with files beside it that nobody may have. */
export function makeSite(folder: string, fresh: Fresh): Site {
  // What a link in the path of the root itself does to a server is no matter of this exercise.
  const base = realpathSync(folder)
  const root = path.join(base, 'site')
  const secret = `secret-${fresh.string(24)}`
  const pages: Page[] = []

  const write = (name: string, content: string | Buffer) => {
    const file = path.join(root, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  const serve = (name: string, types: string[], content: string | Buffer, ...targets: string[]) => {
    write(name, content)
    const spelled = targets.length > 0 ? targets : [`/${name}`]
    for (const target of spelled)
      pages.push({ target, rule: ruleOf(target), types, bytes: Buffer.from(content) })
    return pages.at(-1)!
  }
  const line = () => `${fresh.city()} → ${fresh.city()}, ${fresh.int(1, 999)} parcels\n`
  const html = () => `<!doctype html>\n<title>${fresh.city()}</title>\n<p>${line()}`
  const folderOf = (name: string, options: { slash: string; bare?: string }) => {
    const content = html()
    serve(`${name}/index.html`, HTML, content, options.slash)
    if (options.bare === undefined) return
    pages.push({
      target: options.bare,
      rule: BARE,
      types: HTML,
      bytes: Buffer.from(content),
      mayRedirect: true,
    })
  }

  const plain = serve('hello.txt', TEXT, `Hello from ${line()}`)
  const large = serve('map.png', ['image/png'], fresh.bytes(256 * 1024))
  const huge = serve('archive.bin', OTHER, Buffer.concat(Array(32).fill(large.bytes)))
  pages.pop()
  serve('index.html', HTML, html(), '/', '/index.html', '/?', '/?page=2', '/index.html?a=/b?c')
  serve('style.css', ['text/css'], 'p { color: #b00 } /* ü */\n')
  serve('app.js', SCRIPT, `export const depot = '${fresh.city()}'\n`)
  serve('app.mjs', SCRIPT, 'export {}\n')
  serve('data.json', ['application/json'], JSON.stringify({ from: fresh.city() }))
  serve('logo.svg', ['image/svg+xml'], '<svg xmlns="http://www.w3.org/2000/svg"/>\n')
  serve('latin.txt', TEXT, Buffer.from(`Z\u00fcrich\r\n\r\n${fresh.word()}`, 'latin1'))
  serve('empty.txt', TEXT, '')
  serve('scan.bin', OTHER, fresh.bytes(fresh.int(300, 3000)))
  serve('LICENSE', OTHER, 'Do as you like.\n')
  serve('html', OTHER, 'no extension\n')
  serve('page.html.bak', OTHER, '<p>old\n')
  serve('news.2026.txt', TEXT, line())
  serve('list.jsonl', OTHER, '{"a":1}\n')
  serve('page.xhtml', OTHER, '<p/>\n')
  serve('docs/deep/er/note.txt', TEXT, line())
  serve('docs.v2/note', OTHER, line())
  serve('café.txt', TEXT, line(), '/caf%C3%A9.txt', '/caf%c3%a9.txt?u=%C3%BC')
  serve('two words.txt', TEXT, line(), '/two%20words.txt', '/%74wo%20words.txt?x=1')
  serve('a+b.txt', TEXT, line(), '/a+b.txt', '/a%2Bb.txt?a+b')
  serve('5%25.txt', TEXT, line(), '/5%2525.txt')
  serve('5%.txt', TEXT, line(), '/5%25.txt')
  serve('lot#7.txt', TEXT, line(), '/lot%237.txt')
  serve('dots..txt', TEXT, line(), '/dots..txt')
  serve('echo.txt', TEXT, line())
  // Windows has no files of that name.
  if (process.platform !== 'win32') serve('why?.txt', TEXT, line(), '/why%3F.txt', '/why%3f.txt?no')
  folderOf('docs', { slash: '/docs/', bare: '/docs' })
  folderOf('docs/deep', { slash: '/docs/deep/?x', bare: '/docs/deep' })
  folderOf('v1.html', { slash: '/v1.html/' })
  mkdirSync(path.join(root, 'bare'))
  write('bare/other.html', html())

  // Beside the root: what a path that leads out of it would find.
  const hidden = (name: string) => {
    mkdirSync(path.dirname(path.join(base, name)), { recursive: true })
    writeFileSync(path.join(base, name), `${secret}\n`)
  }
  hidden('secret.txt')
  hidden('index.html')
  hidden('site-private/secret.txt')
  hidden('site-private/index.html')
  symlinkSync(path.join(base, 'secret.txt'), path.join(root, 'link.txt'))
  symlinkSync('../secret.txt', path.join(root, 'near.txt'))
  symlinkSync('../site-private', path.join(root, 'docs.out'))
  symlinkSync('..', path.join(root, 'up'))
  mkdirSync(path.join(root, 'trap'))
  symlinkSync('../../secret.txt', path.join(root, 'trap', 'index.html'))

  return {
    root,
    plain,
    large,
    huge,
    pages,
    secret,
    missing: [
      '/nothing.txt',
      '/hello',
      '/hello.txt.bak',
      '/docs/nothing/',
      '/nothing/hello.txt',
      '/bare/',
      '/bare/?x',
      '/a%20b.txt',
      '/two+words.txt',
      '/nothing?/hello.txt',
      '/echoes',
    ],
    above: ['/..', '/../', '/../index.html', '/docs/../../index.html', '/%2e%2e/', '/../?x'],
    outside: [
      '/../secret.txt',
      '/docs/../../secret.txt',
      '/nothing/../../secret.txt',
      '/docs/deep/../../../secret.txt',
      '/./../secret.txt',
      '//../secret.txt',
      '/../site-private/secret.txt',
      '/../site-private/',
      '/%2e%2e/secret.txt',
      '/%2E%2e/secret.txt',
      '/.%2e/secret.txt',
      '/%2e%2e%2fsecret.txt',
      '/..%2fsecret.txt',
      '/..%2Fsite-private%2Fsecret.txt',
      '/docs%2f..%2f..%2fsecret.txt',
      '/%252e%252e%252fsecret.txt',
      '/..%5csecret.txt',
      '/docs%5c..%5c..%5csecret.txt',
      '/....//secret.txt',
      '/..././secret.txt',
      '/%00',
      '/hello.txt%00',
      '/..%00/secret.txt',
      '/../secret.txt%00.html',
      `/${path.join(base, 'secret.txt')}`,
      `/%2F${path.join(base, 'secret.txt').slice(1)}`,
      path.join(base, 'secret.txt'),
      '/link.txt',
      '/near.txt',
      '/docs.out/secret.txt',
      '/docs.out/',
      '/up/secret.txt',
      '/up/site-private/secret.txt',
      '/trap/',
      '/trap/index.html',
      '/../secret.txt?x=hello.txt',
    ],
  }
}
