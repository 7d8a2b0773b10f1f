import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import express, { type Express } from 'express'
import MarkdownIt from 'markdown-it'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { ROOT } from '../../../graders/harness/paths.ts'
import { TITLES } from '../../../graders/harness/services/types.ts'
import { phaseTitle } from '../catalogue.ts'
import { type Hint, hintsShown, readHints, rememberHints } from '../hints.ts'
import { readLatest } from '../latest.ts'
import { resetExercise } from '../reset.ts'
import { openStandings } from '../standing.ts'
import { openGuard } from './guard.ts'
import type { Live } from './live.ts'

/** Texts become pages here; what looks like HTML in them is shown as it is. */
const markdown = new MarkdownIt({ html: false, linkify: false }).disable('image')
// Links lead to the web, in a tab of their own; a path in the checkout would lead nowhere.
const plainLink = markdown.renderer.rules.link_open
markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
  const token = tokens[index]!
  const href = String(token.attrGet('href') ?? '')
  token.attrs = /^https?:/.test(href)
    ? [
        ['href', href],
        ['target', '_blank'],
        ['rel', 'noopener noreferrer'],
      ]
    : []
  return plainLink
    ? plainLink(tokens, index, options, env, self)
    : self.renderToken(tokens, index, options)
}

const render = (text: string) => markdown.render(text.replaceAll(/<!--[\s\S]*?-->/g, ''))

/** The hints that the learner has asked for, as the page shows them. */
const firstHints = (hints: Hint[], count: number) =>
  hints.slice(0, count).map(({ title, text }) => ({ title, text: render(text) }))

/** What the road shows of an exercise: how it stands, without running anything. */
function entryOf(exercise: Exercise, standings = openStandings(), latest = readLatest()) {
  const { slug, phase, title, minutes, needs, files, checks } = exercise
  const standing = standings.of(exercise)
  const before = latest[slug]
  return {
    slug,
    phase,
    title,
    minutes,
    needs: needs.map((name) => TITLES[name]),
    folder: path.relative(ROOT, exercise.folder),
    files,
    checks: Object.entries(checks).map(([id, about]) => ({ id, ...about })),
    verdict: standing?.verdict ?? 'changed',
    passed: standing
      ? standing.checks.filter(({ status }) => status === 'passed').map(({ id }) => id)
      : (before?.passed ?? []),
  }
}

/** A checkout may lie below a folder whose name begins with a dot. */
const HIDDEN = { dotfiles: 'allow' } as const

const FILES = path.join(import.meta.dirname, 'page')

/**
 * The page's server: express with every route behind the guard. It listens on 127.0.0.1 only.
 * @param options.port the wanted one; another where that is taken
 * @returns the address to open, which carries the token
 */
export async function openPage(
  exercises: Exercise[],
  live: Live,
  options: { port: number },
): Promise<{ url: string; close(): Promise<void> }> {
  const app: Express = express().disable('x-powered-by')
  const server = createServer(app)
  const port = () => (server.address() as AddressInfo).port
  const { token, guard } = openGuard(port)
  app.use(guard)

  const require = createRequire(import.meta.url)
  const library = path.join(path.dirname(require.resolve('htm/preact')), 'standalone.mjs')
  app.get(
    '/',
    (_request, response) => void response.sendFile(path.join(FILES, 'index.html'), HIDDEN),
  )
  app.get('/htm.mjs', (_request, response) => void response.sendFile(library, HIDDEN))
  app.use('/page', express.static(FILES, { ...HIDDEN, index: false, redirect: false }))

  app.get('/api/map', (_request, response) => {
    const [standings, latest] = [openStandings(), readLatest()]
    const phases = Map.groupBy(exercises, ({ phase }) => phase)
    response.json({
      phases: [...phases].map(([phase, own]) => ({
        title: phaseTitle(phase),
        exercises: own.map((exercise) => entryOf(exercise, standings, latest)),
      })),
      next: standings.next(exercises)?.slug,
    })
  })
  app.param('slug', (_request, response, next, slug) => {
    response.locals.exercise = exercises.find((one) => one.slug === slug)
    if (response.locals.exercise) next()
    else response.status(404).json({ error: `There is no exercise ${JSON.stringify(slug)}.` })
  })
  app.get('/api/exercises/:slug', (_request, response) => {
    const { exercise } = response.locals as { exercise: Exercise }
    const hints = readHints(exercise)
    response.json({
      ...entryOf(exercise),
      // The page has the title in its own head.
      readme: render(exercise.readme.replace(/^\s*# .*\n/, '')),
      hints: hints.length,
      shown: firstHints(hints, hintsShown(exercise.slug)),
    })
  })
  app.post('/api/exercises/:slug/hint', (_request, response) => {
    const { exercise } = response.locals as { exercise: Exercise }
    const hints = readHints(exercise)
    const count = Math.min(hintsShown(exercise.slug) + 1, hints.length)
    rememberHints(exercise.slug, count)
    response.json({ shown: firstHints(hints, count) })
  })
  app.post('/api/exercises/:slug/watch', (_request, response) => {
    live.watch(response.locals.exercise)
    response.status(202).json({})
  })
  app.post('/api/exercises/:slug/reset', (_request, response) => {
    const backup = resetExercise(response.locals.exercise)
    response.json({ backup: backup && path.relative(ROOT, backup) })
  })
  app.get('/api/events', (request, response) => {
    response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
    response.flushHeaders()
    const end = live.follow((event) => response.write(`data: ${JSON.stringify(event)}\n\n`))
    const alive = setInterval(() => response.write(': still here\n\n'), 20_000)
    request.once('close', () => {
      end()
      clearInterval(alive)
    })
  })
  app.use(
    (_request, response) => void response.status(404).json({ error: 'There is no such page.' }),
  )

  await listen(server, options.port)
  return {
    url: `http://127.0.0.1:${port()}/?token=${token}`,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Listens on a port, or on any where somebody else has it. */
async function listen(server: Server, port: number): Promise<void> {
  const on = (wanted: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(wanted, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  await on(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    return on(0)
  })
}
