// The page of `npm run map`. It is sent as it stands here: Preact and htm come in one file of the package
// htm, so nothing is built. What comes from programs and files is only ever shown as text; the texts of
// exercises come as HTML that the server has made of Markdown.
import { html, render, useEffect, useReducer, useRef, useState } from '../htm.mjs'

const MARKS = {
  mastered: ['★', 'mastered'],
  passed: ['✔', 'passed'],
  failed: ['✘', 'failed'],
  untouched: ['○', 'untouched'],
  changed: ['●', 'not graded since it changed'],
  partial: ['◐', 'partial'],
  'not run': ['⊘', 'not run'],
  error: ['‼', 'could not be graded'],
}

async function ask(path, options) {
  const response = await fetch(`api/${path}`, options)
  const body = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(body.error ?? `The server answered ${response.status}.`)
  return body
}

const post = (path) => ask(path, { method: 'POST' })

function Mark({ verdict }) {
  const [mark, words] = MARKS[verdict] ?? MARKS.error
  return html`<span class="mark ${verdict.replace(' ', '-')}"><span aria-hidden="true">${mark}</span
    ><span class="soft"> ${words}</span></span>`
}

/** The place after the # of the address: empty for the road, or an exercise's name. */
function useRoute() {
  const read = () => decodeURIComponent(location.hash.replace(/^#\/?/, ''))
  const [route, setRoute] = useState(read())
  useEffect(() => {
    const changed = () => setRoute(read())
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return route
}

/** The live run, put together from what the server tells. */
function reduce(live, event) {
  switch (event.type) {
    case 'watching':
      return { slug: event.slug, checks: [], state: 'starting', notice: '' }
    case 'notice':
      return { ...live, notice: event.text }
    case 'missing':
      return { ...live, state: 'missing', notice: event.text }
    case 'begin':
      return {
        ...live,
        state: 'running',
        file: event.file,
        at: event.at,
        checks: [],
        result: undefined,
        notice: '',
      }
    case 'check':
      return { ...live, checks: [...live.checks, event.check] }
    case 'known':
      return { ...live, state: 'known', result: event.result }
    case 'end':
      return { ...live, state: 'over', ...event, checks: event.result.checks }
    case 'lost':
      return { ...live, lost: true }
    case 'found':
      return { checks: [] }
    default:
      return live
  }
}

function useLive(onEnd) {
  const [live, tell] = useReducer(reduce, { checks: [] })
  useEffect(() => {
    const source = new EventSource('api/events')
    // The server tells the whole story again to whoever comes back.
    source.onopen = () => tell({ type: 'found' })
    source.onerror = () => tell({ type: 'lost' })
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data)
      tell(event)
      if (event.type === 'end' || event.type === 'known') onEnd()
    }
    return () => source.close()
  }, [])
  return live
}

function Road({ map }) {
  return html`
    <h1>Roadworks</h1>
    ${map.next && html`<p>Next: <a href="#/${map.next}">${map.next}</a></p>`}
    ${map.phases.map(({ title, exercises }) => {
      const passed = exercises.filter((one) => ['passed', 'mastered'].includes(one.verdict)).length
      return html`
        <section key=${title}>
          <h2>${title} <span class="soft">${passed} of ${exercises.length} passed</span></h2>
          <ol class="road">
            ${exercises.map(
              (one) => html`
                <li key=${one.slug}>
                  <a href="#/${one.slug}" class=${one.slug === map.next ? 'next' : ''}>
                    <strong>${one.slug}</strong> <${Mark} verdict=${one.verdict} /><br />
                    ${one.title}<br />
                    <span class="soft">${[`${one.minutes} min`, ...one.needs].join(' · ')}</span>
                  </a>
                </li>
              `,
            )}
          </ol>
        </section>
      `
    })}
  `
}

function Evidence({ check }) {
  const { message, diff, evidence, output } = check
  return html`
    ${message && html`<pre>${message}</pre>`}
    ${diff && html`<p class="soft">Expected (−) and received (+)</p><pre>${diff}</pre>`}
    ${
      evidence.length > 0 &&
      html`<p class="soft">What happened, in its order</p>
        <ol class="lane">
          ${evidence.map(
            ({ title, text }, at) => html`
              <li key=${at}>
                <details open=${at >= evidence.length - 3}>
                  <summary>${title}</summary>
                  ${text && html`<pre>${text}</pre>`}
                </details>
              </li>
            `,
          )}
        </ol>`
    }
    ${output && html`<p class="soft">Your program printed</p><pre>${output}</pre>`}
  `
}

function Check({ about, check, isFirst }) {
  const status = check?.status
  const words = status ?? 'waits'
  const mark = { passed: '✔', failed: '✘', 'not run': '⊘', error: '‼' }[status] ?? '·'
  const head = html`
    <span class="mark ${status ?? ''}"><span aria-hidden="true">${mark}</span> ${about.id}</span>
    ${about.level === 'stretch' && html` <span class="soft">(stretch)</span>`} ${about.title}
    <span class="soft"> ${words}${check && `, ${(check.durationMs / 1000).toFixed(1)} s`}</span>
  `
  if (!check || status === 'passed') return html`<li>${head}</li>`
  return html`<li>
    <details open=${isFirst}>
      <summary>${head}</summary>
      <${Evidence} check=${check} />
    </details>
  </li>`
}

function stateOf(live, slug) {
  if (live.lost) return 'The connection is lost: is npm run map still running?'
  if (live.slug !== slug) return 'Not watched yet.'
  if (live.state === 'starting') return live.notice || 'Starting …'
  if (live.state === 'missing') return `Cannot be graded here: ${live.notice}`
  if (live.state === 'running')
    return `Grading ${live.file ? `what you saved in ${live.file}` : 'all of it'} … ${live.checks.length} checks are done.`
  const { result } = live
  const done = result.checks.filter(({ status }) => status === 'passed').length
  const { gained = [], lost = [] } = result.changed ?? {}
  const since = [
    gained.length > 0 && `${gained.join(' ')} gained`,
    lost.length > 0 && `${lost.join(' ')} lost`,
  ].filter(Boolean)
  if (live.state === 'known')
    return result.verdict === 'untouched'
      ? 'Untouched: edit its files, and save.'
      : (result.checks[0]?.message ?? result.verdict)
  return `${MARKS[result.verdict][1]}: ${done} of ${result.checks.length} checks, in ${live.seconds.toFixed(1)} s.${since.length > 0 ? ` Since the last run: ${since.join(', ')}.` : ''}`
}

function Run({ exercise, live, refresh }) {
  const dialog = useRef()
  const [said, setSaid] = useState('')
  const mine = live.slug === exercise.slug ? live : { checks: [] }
  const byId = new Map(mine.checks.map((check) => [check.id, check]))
  const first = mine.checks.find(({ status }) => status === 'failed')
  const act = (work) => work().catch((error) => setSaid(error.message))
  const watch = () => act(() => post(`exercises/${exercise.slug}/watch`))
  const reset = () =>
    act(async () => {
      dialog.current.close()
      const { backup } = await post(`exercises/${exercise.slug}/reset`)
      setSaid(
        backup ? `The starter is back. Yours is in ${backup}/.` : 'There is nothing to reset.',
      )
      await refresh()
    })
  return html`
    <section aria-labelledby="run">
      <h2 id="run">Your program</h2>
      <p>Edit <code>${exercise.folder}/${exercise.files.join(', ')}</code></p>
      <p class="row">
        <button type="button" onClick=${watch}>
          ${live.slug === exercise.slug ? 'Grade again' : 'Watch and grade'}
        </button>
        <button type="button" onClick=${() => dialog.current.showModal()}>Reset …</button>
      </p>
      <dialog ref=${dialog} aria-labelledby="ask">
        <p id="ask">Bring the starter of ${exercise.slug} back? What you wrote is kept beside.</p>
        <p class="row">
          <button type="button" onClick=${reset}>Bring it back</button>
          <button type="button" onClick=${() => dialog.current.close()}>Keep mine</button>
        </p>
      </dialog>
      <p role="status">${said || stateOf(live, exercise.slug)}</p>
      ${
        mine.state === 'over' &&
        mine.next &&
        ['passed', 'mastered'].includes(mine.result.verdict) &&
        html`<p>Next: <a href="#/${mine.next}">${mine.next}</a></p>`
      }
      <ul class="checks">
        ${exercise.checks.map(
          (about) =>
            html`<${Check}
              key=${`${about.id} ${mine.at}`}
              about=${about}
              check=${byId.get(about.id)}
              isFirst=${first?.id === about.id}
            />`,
        )}
      </ul>
    </section>
  `
}

function Hints({ exercise }) {
  const [shown, setShown] = useState(exercise.shown)
  const [said, setSaid] = useState('')
  const more = () =>
    post(`exercises/${exercise.slug}/hint`)
      .then((answer) => setShown(answer.shown))
      .catch((error) => setSaid(error.message))
  if (exercise.hints === 0) return null
  return html`
    <section aria-labelledby="hints" class="text">
      <h2 id="hints">Hints</h2>
      ${shown.map(
        ({ title, text }) => html`
          <details key=${title}>
            <summary>${title}</summary>
            <div dangerouslySetInnerHTML=${{ __html: text }} />
          </details>
        `,
      )}
      ${
        shown.length < exercise.hints &&
        html`<p>
          <button type="button" onClick=${more}>
            Show hint ${shown.length + 1} of ${exercise.hints}
          </button>
        </p>`
      }
      <p role="status">${said}</p>
    </section>
  `
}

function Exercise({ slug, live }) {
  const [exercise, setExercise] = useState()
  const [said, setSaid] = useState('')
  const refresh = () =>
    ask(`exercises/${encodeURIComponent(slug)}`)
      .then(setExercise)
      .catch((error) => setSaid(error.message))
  useEffect(() => {
    setExercise(undefined)
    setSaid('')
    refresh()
  }, [slug])
  useEffect(() => {
    document.title = `${slug} · Roadworks`
  }, [slug])
  if (!exercise)
    return html`<p><a href="#/">The road</a></p><p role="status">${said || 'Loading …'}</p>`
  return html`
    <p><a href="#/">The road</a></p>
    <h1>${exercise.title}</h1>
    <p class="soft">${[exercise.slug, `${exercise.minutes} min`, ...exercise.needs].join(' · ')}</p>
    <div class="sides">
      <div>
        <div class="text readme" dangerouslySetInnerHTML=${{ __html: exercise.readme }} />
        <${Hints} key=${slug} exercise=${exercise} />
      </div>
      <${Run} exercise=${exercise} live=${live} refresh=${refresh} />
    </div>
  `
}

function Page() {
  const route = useRoute()
  const [map, setMap] = useState()
  const [said, setSaid] = useState('')
  const load = () => ask('map').then(setMap, (error) => setSaid(error.message))
  const live = useLive(load)
  useEffect(() => {
    load()
  }, [route])
  useEffect(() => {
    if (!route) document.title = 'Roadworks'
  }, [route])
  if (route) return html`<${Exercise} key=${route} slug=${route} live=${live} />`
  return map ? html`<${Road} map=${map} />` : html`<p role="status">${said || 'Loading …'}</p>`
}

const root = document.getElementById('page')
root.textContent = ''
render(html`<${Page} />`, root)
