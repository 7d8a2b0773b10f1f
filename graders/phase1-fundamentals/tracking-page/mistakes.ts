import { editing, type Mistake } from '../../harness/mistakes.ts'

const server = editing('server.ts')
const layout = editing('views/layout.eta')
const track = editing('views/track.eta')
const pickup = editing('views/pickup.eta')
const booked = editing('views/booked.eta')
const pickups = editing('views/pickups.eta')
const missing = editing('views/missing.eta')
const css = editing('style.css')

/** The rules that several mistakes break. */
const TEXT =
  'text | Data is shown exactly as it came: `<b>`, `&amp;` and `{{7*7}}` are texts like any other.'
const MARKUP = "markup | No data becomes an element, an attribute or part of one's name."
const PLACES =
  'Data stands in texts and attribute values, never in a `<script>`, a `<style>`, a `style` or an `on…` attribute.'
const LINK = 'website | One that begins with `https://` or `http://` is linked'
const NO_LINK = 'Any other website is not linked at all.'
const EVENTS =
  'which has one `<li>` or row for each event, with its place and text. Rows in `<thead>`, or of `<th>` alone, do not count.'
const ORDER = 'oldest first; events of the same instant as in the file'
const TIME = 'whose `datetime` is that instant in a form that HTML knows'
const NO_TIME =
  'Where `at` is no time, it is shown as it is, without a `<time>`, and the event stands after all others, as in the file.'
const LABELS =
  'Each field has a text that is tied to it, by `<label for>`, a `<label>` around it, or `aria-labelledby`.'
const EMPTY = '`GET /pickup` shows empty fields, whoever typed what before.'
const WRONG =
  'Where a field is wrong, the answer is `400` or `422` and the form again, and nothing is booked.'
const KEPT = 'Each field then holds what was typed, right or wrong'
const MESSAGE = 'message | Each wrong field has a message that is tied to it'
const NO_MESSAGE = 'A field that is right has no message.'
const POST = 'Where all fields are right, it books and answers `303` with a `Location`.'
const OWN_PAGE = "The `Location` is the booking's own"
const NAME = '`name` | `<input>` | 1 to 80 characters, not blanks alone'
const EMAIL = '`email` | `<input>` | one `@` with something on both sides, and no blanks.'
const DEPOT = '`depot` | `<select>` | the id of a depot in the file'
const NOTE = '`note` | `<textarea>` | up to 500 characters'
const LIST =
  'with one `<li>` or row for each booking, in the order in which they were made, with the same four values'
const STYLE = 'It links a stylesheet of this server, which answers `200` and `text/css`.'
const UNKNOWN = 'an unknown code, or any other path | `404` and a page'

const ETA = 'const eta = new Eta({ views'
const WITHOUT_QUOTES = `const eta = new Eta({
  escapeFunction: (text) =>
    String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  views`

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'puts pages together without escaping anything',
    rule: MARKUP,
    edits: [server(ETA, 'const eta = new Eta({ autoEscape: false, views')],
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'escapes < > and &, but no quotes',
    rule: MARKUP,
    edits: [server(ETA, WITHOUT_QUOTES)],
  },
  {
    id: 'W3',
    check: 'C4',
    why: 'answers the POST with the page itself, which a reload books again',
    rule: POST,
    edits: [
      server(
        'response.writeHead(303, { Location: `/pickups/${number}` }).end()',
        "page(response, 200, './booked', { booking: withDepot(bookings[number - 1]!) })",
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C3',
    why: 'shows an empty form where something is wrong',
    rule: KEPT,
    edits: [
      server('form(response, 422, values, messages)', 'form(response, 422, EMPTY, messages)'),
    ],
  },
  {
    id: 'W5',
    check: 'C5',
    why: 'shows a page that says "not found", with status 200',
    rule: UNKNOWN,
    edits: [server("page(response, 404, './missing', {})", "page(response, 200, './missing', {})")],
  },
  {
    id: 'W6',
    check: 'C6',
    why: 'names no charset',
    rule: 'type | `Content-Type: text/html; charset=utf-8`',
    edits: [server("'text/html; charset=utf-8', eta", "'text/html', eta")],
  },
  {
    id: 'W7',
    check: 'C1',
    why: 'has a placeholder in place of a label',
    rule: LABELS,
    edits: [
      pickup('    <label for="name">Name</label>\n', ''),
      pickup('id="name" name="name"', 'id="name" placeholder="Name" aria-label="Name" name="name"'),
    ],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'links every website, also javascript: ones',
    rule: NO_LINK,
    edits: [server('/^https?:\\/\\//.test(website) ? website : undefined', 'website || undefined')],
  },
  {
    id: 'W9',
    check: 'C2',
    why: 'looks for javascript: at the beginning, and misses every other spelling',
    rule: NO_LINK,
    edits: [
      server(
        '/^https?:\\/\\//.test(website) ? website : undefined',
        "website.startsWith('javascript:') ? undefined : website || undefined",
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C2',
    why: 'looks for https:// anywhere in the website',
    rule: NO_LINK,
    edits: [server('/^https?:\\/\\//', '/https?:\\/\\//')],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'links no website at all',
    rule: LINK,
    edits: [server('/^https?:\\/\\//.test(website) ? website : undefined', 'undefined')],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'links websites with https:// alone',
    rule: LINK,
    edits: [server('/^https?:\\/\\//', '/^https:\\/\\//')],
  },
  {
    id: 'W13',
    check: 'C2',
    why: 'writes an attribute without quotes',
    rule: MARKUP,
    edits: [pickup('value="<%= id %>"', 'value=<%= id %>')],
  },
  {
    id: 'W14',
    check: 'C2',
    why: 'leaves the textarea unescaped: it is "only text"',
    rule: MARKUP,
    edits: [pickup('<%= values.note %>', '<%~ values.note %>')],
  },
  {
    id: 'W15',
    check: 'C2',
    why: 'leaves the title unescaped: nothing in a head is shown',
    rule: MARKUP,
    edits: [layout('<%= it.title %>', '<%~ it.title %>')],
  },
  {
    id: 'W16',
    check: 'C2',
    why: 'escapes twice, so that people read &amp;amp;',
    rule: TEXT,
    edits: [track('<%= event.place %>', "<%= event.place.replaceAll('&', '&amp;') %>")],
  },
  {
    id: 'W17',
    check: 'C2',
    why: 'takes out what looks like a tag',
    rule: TEXT,
    edits: [track('<%= event.text %>', "<%= event.text.replaceAll(/<[^>]*>/g, '') %>")],
  },
  {
    id: 'W18',
    check: 'C2',
    why: 'escapes what is stored, and again what is shown',
    rule: TEXT,
    edits: [
      server(
        'const number = bookings.push(values)',
        "const number = bookings.push({ ...values, name: values.name.replaceAll('<', '&lt;') })",
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C2',
    why: 'fills its own placeholders with replace, where $& means something',
    rule: TEXT,
    edits: [
      booked(
        '<%= it.booking.note %>',
        "<%~ '[note]'.replace('[note]', escapeNote(it.booking.note)) %>",
      ),
      booked(
        '<h1>Your',
        "<% const escapeNote = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') %>\n<h1>Your",
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C2',
    why: 'asks before it deletes, with the name in an onclick',
    rule: PLACES,
    edits: [
      pickups(
        '<td><%= booking.name %></td>',
        '<td onclick="alert(\'<%= booking.name %>\')"><%= booking.name %></td>',
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C2',
    why: 'hands the parcel to a script as JSON',
    rule: PLACES,
    edits: [
      track(
        '<ol id="events">',
        "<script>const parcel = <%~ JSON.stringify(it.parcel).replaceAll('<', '\\\\u003c') %></script>\n<ol id=\"events\">",
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C5',
    why: 'shows the path that is unknown, unescaped',
    rule: UNKNOWN,
    edits: [
      server(
        'if (!isKnown) return missing(response)',
        "if (!isKnown) return page(response, 404, './missing', { at: decodeURIComponent(at) })",
      ),
      missing('There is nothing here.', 'There is no <%~ it.at %> here.'),
    ],
  },
  {
    id: 'W23',
    check: 'C1',
    why: 'leaves out the doctype, so that browsers go back to the rules of 1998',
    rule: 'It begins with `<!doctype html>`, and `<html>` has a `lang`.',
    edits: [layout('<!doctype html>\n', '')],
  },
  {
    id: 'W24',
    check: 'C1',
    why: 'does not say in which language the page is',
    rule: 'It begins with `<!doctype html>`, and `<html>` has a `lang`.',
    edits: [layout('<html lang="en">', '<html>')],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'has the name of the carrier as a second h1',
    rule: 'It has exactly one `<h1>` and a `<title>`, and neither is empty.',
    edits: [layout('    <main>\n', '    <h1>Pelican Post</h1>\n    <main>\n')],
  },
  {
    id: 'W26',
    check: 'C1',
    why: 'gives the list of pickups no heading',
    rule: 'It has exactly one `<h1>` and a `<title>`, and neither is empty.',
    edits: [pickups('<h1>Booked pickups</h1>\n', '')],
  },
  {
    id: 'W27',
    check: 'C1',
    why: 'gives every event the same id',
    rule: 'No two elements have the same `id`.',
    edits: [track('  <li>\n', '  <li id="event">\n')],
  },
  {
    id: 'W28',
    check: 'C7',
    why: 'links the stylesheet by a relative path, which leads elsewhere from /track/…',
    rule: STYLE,
    edits: [layout('href="/style.css"', 'href="style.css"')],
  },
  {
    id: 'W29',
    check: 'C7',
    why: 'serves the stylesheet as text/plain, which browsers refuse',
    rule: STYLE,
    edits: [server("'text/css; charset=utf-8'", "'text/plain; charset=utf-8'")],
  },
  {
    id: 'W30',
    check: 'C7',
    why: 'has a selector for a class that no event has',
    rule: 'events | At least one rule in that stylesheet matches the element with `id="events"` or something inside it',
    edits: [css('#events li', '.events li'), css('#events time,\n#events span', '.event time')],
  },
  {
    id: 'W31',
    check: 'C1',
    why: 'puts the list of events in with a script',
    rule: 'Everything works without scripts.',
    edits: [
      track('<ol id="events">', '<template id="list"><ol id="events">'),
      track(
        '</ol>',
        '</ol></template>\n<script>document.body.append(document.querySelector("#list").content)</script>',
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C1',
    why: 'sends the form by a script: its button sends nothing',
    rule: 'by a button in it. No cookie and no token is needed.',
    edits: [
      pickup('<button>Book</button>', '<button type="button" onclick="send()">Book</button>'),
    ],
  },
  {
    id: 'W33',
    check: 'C1',
    why: 'has a heading without the code',
    rule: '`<h1>` | contains the code',
    edits: [track('<h1>Parcel <%= it.parcel.code %></h1>', '<h1>Your parcel</h1>')],
  },
  {
    id: 'W34',
    check: 'C1',
    why: 'has the same title on every parcel',
    rule: '`<title>` | contains the code and the recipient',
    edits: [
      track('title: `Parcel ${it.parcel.code} for ${it.parcel.recipient}`', "title: 'Parcel'"),
    ],
  },
  {
    id: 'W35',
    check: 'C1',
    why: 'does not show who sent the parcel where there is no link',
    rule: "shown | the recipient and the sender's name",
    edits: [track('  <%= it.parcel.sender.name %>\n  <% } %>', '  <% } %>')],
  },
  {
    id: 'W36',
    check: 'C1',
    why: 'shows the events in the order of the file',
    rule: ORDER,
    edits: [
      server(
        'if (a.isTime && b.isTime) return a.time.getTime() - b.time.getTime()',
        'if (a.isTime && b.isTime) return 0',
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C1',
    why: 'compares times as texts, although their offsets differ',
    rule: ORDER,
    edits: [
      server(
        'return a.time.getTime() - b.time.getTime()',
        'return a.at < b.at ? -1 : a.at > b.at ? 1 : 0',
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C1',
    why: 'shows the newest event first',
    rule: ORDER,
    edits: [
      server(
        'return a.time.getTime() - b.time.getTime()',
        'return b.time.getTime() - a.time.getTime()',
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C1',
    why: 'turns events of the same instant round',
    rule: ORDER,
    edits: [
      server('return events\n    .map', 'return events\n    .toReversed()\n    .map'),
      server(
        'return Number(b.isTime) - Number(a.isTime)\n    })',
        'return Number(b.isTime) - Number(a.isTime)\n    })',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C1',
    why: 'has a row for the head among the rows of events',
    rule: EVENTS,
    edits: [track('<ol id="events">\n', '<ol id="events">\n  <li>When, where, what</li>\n')],
  },
  {
    id: 'W41',
    check: 'C1',
    why: 'has a table of lines in place of a list',
    rule: EVENTS,
    edits: [track('<ol id="events">', '<div id="events">'), track('</ol>', '</div>')],
  },
  {
    id: 'W42',
    check: 'C1',
    why: 'writes a time as people read it where a program is to',
    rule: TIME,
    edits: [
      track(
        'datetime="<%= event.time.toISOString() %>"',
        'datetime="<%= event.time.toUTCString() %>"',
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C1',
    why: 'leaves the offset out of the datetime',
    rule: TIME,
    edits: [
      track(
        'datetime="<%= event.time.toISOString() %>"',
        'datetime="<%= event.time.toISOString().slice(0, 19) %>"',
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C1',
    why: 'cuts the offset off in place of reckoning with it',
    rule: TIME,
    edits: [
      track(
        'datetime="<%= event.time.toISOString() %>"',
        'datetime="<%= event.at.slice(0, 19) %>Z"',
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C8',
    why: 'answers 500 where a time is none',
    rule: NO_TIME,
    edits: [server('isTime: !Number.isNaN(event.time.getTime())', 'isTime: true')],
  },
  {
    id: 'W46',
    check: 'C8',
    why: 'lists what has no time first',
    rule: NO_TIME,
    edits: [server('Number(b.isTime) - Number(a.isTime)', 'Number(a.isTime) - Number(b.isTime)')],
  },
  {
    id: 'W47',
    check: 'C8',
    why: 'leaves events without a time out',
    rule: NO_TIME,
    edits: [
      server(
        '    .sort((a, b) => {',
        '    .filter((event) => event.isTime)\n    .sort((a, b) => {',
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C8',
    why: 'writes every at into a <time>, whatever it is',
    rule: NO_TIME,
    edits: [
      track(
        '<span><%= event.at %></span>',
        '<time datetime="<%= event.at %>"><%= event.at %></time>',
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C8',
    why: 'trusts times: they need no escaping',
    rule: NO_TIME,
    edits: [track('<span><%= event.at %></span>', '<span><%~ event.at %></span>')],
  },
  {
    id: 'W50',
    check: 'C1',
    why: 'sends the form by GET, with what was typed in the address',
    rule: 'form | It is sent by `POST` to `/pickup`, urlencoded',
    edits: [pickup('method="post" action="/pickup"', 'action="/pickup"')],
  },
  {
    id: 'W51',
    check: 'C1',
    why: 'sends the form to another path',
    rule: 'form | It is sent by `POST` to `/pickup`, urlencoded',
    edits: [pickup('action="/pickup"', 'action="/pickups"')],
  },
  {
    id: 'W52',
    check: 'C1',
    why: 'writes the name of a depot where its id is to be sent',
    rule: 'options | The select has one option for each depot, as in the file',
    edits: [pickup('value="<%= id %>"', 'value="<%= name %>"')],
  },
  {
    id: 'W53',
    check: 'C1',
    why: 'sorts the depots by name',
    rule: 'options | The select has one option for each depot, as in the file',
    edits: [
      pickup(
        'of it.depots)',
        'of it.depots.toSorted((a, b) => (a.name < b.name ? 1 : -1)).slice(1).concat(it.depots[0]))',
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C1',
    why: 'has a label for an id that no field has',
    rule: LABELS,
    edits: [pickup('<label for="email">', '<label for="mail">')],
  },
  {
    id: 'W55',
    check: 'C1',
    why: 'has labels that are tied to nothing',
    rule: LABELS,
    edits: [pickup('<label for="note">Note</label>', '<span>Note</span>')],
  },
  {
    id: 'W56',
    check: 'C3',
    why: 'keeps what was typed in a variable that all requests share',
    rule: EMPTY,
    edits: [
      server(
        '  const messages = check(values)\n',
        '  const messages = check(values)\n  typed = values\n',
      ),
      server('form(response, 200, EMPTY)', 'form(response, 200, typed)'),
      server(
        'const EMPTY: Fields',
        "let typed: Fields = { name: '', email: '', depot: '', note: '' }\nconst EMPTY: Fields",
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C3',
    why: 'shows "undefined" in the empty form',
    rule: EMPTY,
    edits: [server('form(response, 200, EMPTY)', "form(response, 200, { depot: '' } as Fields)")],
  },
  {
    id: 'W58',
    check: 'C3',
    why: 'answers a wrong form with 200',
    rule: WRONG,
    edits: [server('form(response, 422,', 'form(response, 200,')],
  },
  {
    id: 'W59',
    check: 'C3',
    why: 'books first, and looks afterwards',
    rule: WRONG,
    edits: [
      server(
        '  const messages = check(values)\n',
        '  const messages = check(values)\n  const number = bookings.push(values)\n',
      ),
      server('  const number = bookings.push(values)\n  response', '  response'),
      server('depots.get(booking.depot)!.name', "depots.get(booking.depot)?.name ?? '?'"),
    ],
  },
  {
    id: 'W60',
    check: 'C3',
    why: 'keeps only what is right',
    rule: KEPT,
    edits: [
      server(
        'form(response, 422, values, messages)',
        "form(response, 422, { ...values, ...Object.fromEntries(Object.keys(messages).map((field) => [field, ''])) }, messages)",
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C3',
    why: 'forgets which depot was chosen',
    rule: KEPT,
    edits: [pickup("<%~ id === values.depot ? 'selected' : '' %>", '')],
  },
  {
    id: 'W62',
    check: 'C3',
    why: 'gives a textarea a value attribute, which HTML does not know',
    rule: KEPT,
    edits: [
      pickup(
        "<%~ describedBy('note') %>><%~ '\\n' %><%= values.note %></textarea>",
        'value="<%= values.note %>" <%~ describedBy(\'note\') %>></textarea>',
      ),
    ],
  },
  {
    id: 'W63',
    check: 'C8',
    why: 'writes the note directly behind <textarea>, which takes a line break away',
    rule: 'That is so for a note that begins with line breaks, too.',
    edits: [pickup("<%~ '\\n' %>", '')],
  },
  {
    id: 'W64',
    check: 'C3',
    why: 'shows the message beside the field, tied to nothing',
    rule: MESSAGE,
    edits: [pickup("<%~ describedBy('email') %>", '')],
  },
  {
    id: 'W65',
    check: 'C3',
    why: 'ties the message to an id that is not there',
    rule: MESSAGE,
    edits: [pickup('`aria-describedby="${name}-error"`', '`aria-describedby="error-${name}"`')],
  },
  {
    id: 'W66',
    check: 'C3',
    why: 'shows one message above the form, tied to every field',
    rule: NO_MESSAGE,
    edits: [
      pickup(
        'messages[name] ? `aria-describedby="${name}-error"` : \'\'',
        'Object.keys(messages).map((one) => `aria-describedby="${one}-error"`)[0] ?? \'\'',
      ),
    ],
  },
  {
    id: 'W67',
    check: 'C3',
    why: 'stops at the first field that is wrong',
    rule: MESSAGE,
    edits: [
      server(
        '  const messages = check(values)\n',
        '  const messages = Object.fromEntries(Object.entries(check(values)).slice(0, 1))\n',
      ),
    ],
  },
  {
    id: 'W68',
    check: 'C3',
    why: 'takes blanks for a name',
    rule: NAME,
    edits: [server("name.trim() === ''", "name === ''")],
  },
  {
    id: 'W69',
    check: 'C3',
    why: 'counts a name in UTF-16 units: 41 emoji are too many',
    rule: NAME,
    edits: [server('lengthOf(name) > 80', 'name.length > 80')],
  },
  {
    id: 'W70',
    check: 'C3',
    why: 'takes names of any length',
    rule: NAME,
    edits: [server('lengthOf(name) > 80', 'lengthOf(name) > 100')],
  },
  {
    id: 'W71',
    check: 'C3',
    why: 'takes everything with an @ in it for an address',
    rule: EMAIL,
    edits: [server('!/^[^@\\s]+@[^@\\s]+$/.test(email)', "!email.includes('@')")],
  },
  {
    id: 'W72',
    check: 'C3',
    why: 'does not look at the end of the address',
    rule: EMAIL,
    edits: [server('/^[^@\\s]+@[^@\\s]+$/', '/^[^@\\s]+@[^@\\s]+/')],
  },
  {
    id: 'W73',
    check: 'C3',
    why: 'trusts the select: nobody sends anything but its options',
    rule: DEPOT,
    edits: [
      server('!depots.has(depot)', "depot === ''"),
      server('depots.get(booking.depot)!.name', 'depots.get(booking.depot)?.name ?? booking.depot'),
    ],
  },
  {
    id: 'W74',
    check: 'C3',
    why: 'counts the note in bytes',
    rule: NOTE,
    edits: [server('lengthOf(note) > 500', 'Buffer.byteLength(note) > 500')],
  },
  {
    id: 'W75',
    check: 'C3',
    why: 'leaves the length of the note to maxlength in the browser',
    rule: NOTE,
    edits: [
      server(
        "  if (lengthOf(note) > 500) messages.note = 'The note has more than 500 characters.'\n",
        '',
      ),
    ],
  },
  {
    id: 'W76',
    check: 'C3',
    why: 'asks for a note',
    rule: NOTE,
    edits: [server('if (lengthOf(note) > 500)', "if (note === '' || lengthOf(note) > 500)")],
  },
  {
    id: 'W77',
    check: 'C4',
    why: 'answers with 302, which does not say that the next request is a GET',
    rule: POST,
    edits: [server('writeHead(303', 'writeHead(302')],
  },
  {
    id: 'W78',
    check: 'C4',
    why: 'takes an equal form for a second click, and books it once',
    rule: 'Two equal ones make two bookings.',
    edits: [
      server(
        '  const number = bookings.push(values)\n',
        '  const same = bookings.findIndex((one) => JSON.stringify(one) === JSON.stringify(values))\n  const number = same >= 0 ? same + 1 : bookings.push(values)\n',
      ),
    ],
  },
  {
    id: 'W79',
    check: 'C4',
    why: 'leads every booking to one address, which shows the last',
    rule: OWN_PAGE,
    edits: [
      server('Location: `/pickups/${number}`', "Location: '/pickups/1'"),
      server('bookings[Number(number) - 1]', 'bookings.at(-1)'),
    ],
  },
  {
    id: 'W80',
    check: 'C4',
    why: 'shows a booking once, and forgets it',
    rule: OWN_PAGE,
    edits: [
      server('const EMPTY: Fields', 'const shown = new Set<Fields>()\nconst EMPTY: Fields'),
      server(
        '  if (booking) return page',
        '  if (booking && shown.has(booking)) return missing(response)\n  if (booking) shown.add(booking)\n  if (booking) return page',
      ),
    ],
  },
  {
    id: 'W81',
    check: 'C4',
    why: 'shows a booking to the browser alone that has made it',
    rule: OWN_PAGE,
    edits: [
      server(
        'response.writeHead(303, { Location: `/pickups/${number}` }).end()',
        "response.writeHead(303, { Location: `/pickups/${number}`, 'Set-Cookie': `booking=${number}` }).end()",
      ),
      server(
        '  const booking = number &&',
        '  const mine = request.headers.cookie === `booking=${number}`\n  const booking = number && mine &&',
      ),
    ],
  },
  {
    id: 'W82',
    check: 'C4',
    why: 'books where the 303 leads to, so that each reload books again',
    rule: 'reload | No `GET` books anything.',
    edits: [
      server(
        '  const number = bookings.push(values)\n  response.writeHead(303, { Location: `/pickups/${number}` }).end()',
        '  response.writeHead(303, { Location: `/pickups?${new URLSearchParams(values)}` }).end()',
      ),
      server(
        "  if (at === '/pickups') {\n",
        "  if (at === '/pickups' && request.url!.includes('?')) {\n    const asked = Object.fromEntries(new URLSearchParams(request.url!.split('?')[1]))\n    bookings.push(asked as Fields)\n    return page(response, 200, './booked', { booking: withDepot(asked as Fields) })\n  }\n  if (at === '/pickups') {\n",
      ),
    ],
  },
  {
    id: 'W83',
    check: 'C4',
    why: 'shows the id of the depot in place of its name',
    rule: OWN_PAGE,
    edits: [server('depot: depots.get(booking.depot)!.name', 'depot: booking.depot')],
  },
  {
    id: 'W84',
    check: 'C4',
    why: 'lists the newest booking first',
    rule: LIST,
    edits: [
      server('bookings: bookings.map(withDepot)', 'bookings: bookings.map(withDepot).reverse()'),
    ],
  },
  {
    id: 'W85',
    check: 'C4',
    why: 'leaves the note out of the list',
    rule: LIST,
    edits: [pickups('<td class="note"><%= booking.note %></td>', '<td></td>')],
  },
  {
    id: 'W86',
    check: 'C4',
    why: 'lists the last ten bookings',
    rule: LIST,
    edits: [server('bookings.map(withDepot)', 'bookings.slice(-10).map(withDepot)')],
  },
  {
    id: 'W87',
    check: 'C5',
    why: 'looks a code up in an object, where toString is found',
    rule: UNKNOWN,
    edits: [
      server('/^\\/track\\/([A-Z0-9-]+)$/', '/^\\/track\\/(\\w+|PEL-[A-Z0-9]+)$/'),
      server('parcels.get(code)', '(Object.fromEntries(parcels) as Record<string, Parcel>)[code]'),
    ],
  },
  {
    id: 'W88',
    check: 'C5',
    why: 'answers other unknown paths with a line of plain text',
    rule: UNKNOWN,
    edits: [
      server(
        'if (!isKnown) return missing(response)',
        "if (!isKnown && !at.startsWith('/track/')) return reply(response, 404, 'text/plain', 'Not found')\n  if (!isKnown) return missing(response)",
      ),
    ],
  },
  {
    id: 'W89',
    check: 'C5',
    why: 'answers every method like GET',
    rule: 'another method on a path of the table above | `405` and `Allow`',
    edits: [
      server(
        "if (request.method !== 'GET' && request.method !== 'HEAD') {",
        "if (request.method === 'TRACE') {",
      ),
    ],
  },
  {
    id: 'W90',
    check: 'C5',
    why: 'does not know HEAD',
    rule: '`HEAD` | as `GET`, without the body',
    edits: [
      server(
        "if (request.method !== 'GET' && request.method !== 'HEAD') {",
        "if (request.method !== 'GET') {",
      ),
    ],
  },
  {
    id: 'W91',
    check: 'C5',
    why: 'answers JSON with 500',
    rule: '`POST` of another type than `application/x-www-form-urlencoded` (with any parameters) | `400`, `415` or `422`',
    edits: [
      server(
        "return reply(response, 415, 'text/plain; charset=utf-8', 'Please send the form.\\n')",
        "throw new Error('no form')",
      ),
    ],
  },
  {
    id: 'W92',
    check: 'C4',
    why: 'compares the Content-Type as a whole',
    rule: '`POST` of another type than `application/x-www-form-urlencoded` (with any parameters) | `400`, `415` or `422`',
    edits: [
      server(
        '/^application\\/x-www-form-urlencoded\\s*(;|$)/i',
        '/^application\\/x-www-form-urlencoded$/i',
      ),
    ],
  },
  {
    id: 'W93',
    check: 'C6',
    why: 'gives the length of the text, not of its bytes',
    rule: TEXT,
    edits: [
      server(
        'const bytes = Buffer.from(body)',
        'const bytes = Buffer.from(body).subarray(0, body.length)',
      ),
    ],
  },
  {
    id: 'W94',
    check: 'C6',
    why: 'reads the form as Latin-1',
    rule: TEXT,
    edits: [
      server(
        "new URLSearchParams(Buffer.concat(chunks).toString('utf8'))",
        "new URLSearchParams(\n    Buffer.concat(chunks)\n      .toString('latin1')\n      .replaceAll(/%([0-9A-F]{2})/gi, (_, hex) => encodeURIComponent(String.fromCharCode(Number.parseInt(hex, 16)))),\n  )",
      ),
    ],
  },
  {
    id: 'W95',
    check: 'C3',
    why: 'decodes the form by decodeURIComponent alone: blanks stay +',
    rule: KEPT,
    edits: [
      server(
        "const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))",
        "const pairs = Buffer.concat(chunks).toString('utf8').split('&').map((pair) => pair.split('='))\n  const form = new Map(pairs.map(([name, value = '']) => [name, decodeURIComponent(value)]))",
      ),
    ],
  },
  {
    id: 'W96',
    check: 'C2',
    why: 'takes the number of a message from the data: an attribute is named by it',
    rule: MARKUP,
    edits: [
      pickups(
        '<td><%= booking.name %></td>',
        '<td data-<%= booking.name %>><%= booking.name %></td>',
      ),
    ],
  },
  {
    id: 'W97',
    check: 'C1',
    why: 'has an item that says that there are no events',
    rule: 'Without events the list is empty or missing.',
    edits: [
      track(
        '</ol>',
        '  <% if (it.events.length === 0) { %>\n  <li>No events yet</li>\n  <% } %>\n</ol>',
      ),
    ],
  },
  {
    id: 'W98',
    check: 'C4',
    why: 'leads to localhost:3000, wherever the server is',
    rule: OWN_PAGE,
    edits: [server('Location: `/pickups/', 'Location: `http://localhost:3000/pickups/')],
  },
  {
    id: 'W99',
    check: 'C4',
    why: 'numbers bookings by the clock, which two in a moment have in common',
    rule: OWN_PAGE,
    edits: [
      server(
        'const number = bookings.push(values)',
        'bookings.push(values)\n  const number = Math.floor(Date.now() / 50)\n  byClock.set(String(number), values)',
      ),
      server('number && bookings[Number(number) - 1]', 'number && byClock.get(number)'),
      server(
        'const EMPTY: Fields',
        'const byClock = new Map<string, Fields>()\nconst EMPTY: Fields',
      ),
    ],
  },
  {
    id: 'W100',
    check: 'C1',
    why: 'forgets the seconds when it compares times',
    rule: ORDER,
    edits: [
      server(
        'return a.time.getTime() - b.time.getTime()',
        'return Math.floor(a.time.getTime() / 60_000) - Math.floor(b.time.getTime() / 60_000)',
      ),
    ],
  },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text
