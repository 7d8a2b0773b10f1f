import type { Wrong } from './complain.ts'
import {
  collapse,
  type Element,
  fragment,
  isElement,
  nameOf,
  type Page,
  pathOn,
  resolve,
  short,
  textOf,
} from './page.ts'
import { RULES } from './rules.ts'

export const FIELDS = ['name', 'email', 'depot', 'note'] as const
export type Field = (typeof FIELDS)[number]
export type Depot = { id: string; name: string }

/** The form as a browser has it: its four fields. */
export type Form = { page: Page; form: Element; fields: Record<Field, Element> }

const ELEMENTS: Record<Field, string> = {
  name: 'input',
  email: 'input',
  depot: 'select',
  note: 'textarea',
}
/** Inputs that nobody can type a text into. */
const NO_TEXT =
  /^(hidden|submit|button|reset|image|checkbox|radio|file|range|color|date|time|month|week|datetime-local|number)$/i

const structure = (complaint: string, rule: string): Wrong => ({ complaint, rule, check: 'C1' })

/** The form that a control belongs to. */
function ownerOf({ $ }: Page, control: Element): Element | undefined {
  const { form } = control.attribs
  const owner = form === undefined ? $(control).closest('form')[0] : $(`form[id="${form}"]`)[0]
  return owner && isElement(owner) ? owner : undefined
}

/** Finds the form with its four fields, or says what it lacks. */
export function readForm(page: Page): Form | Wrong {
  const { $ } = page
  const named = (field: Field) => {
    const all = $(`input[name="${field}"], select[name="${field}"], textarea[name="${field}"]`)
    return all.toArray().filter((one) => isElement(one) && ownerOf(page, one))
  }
  const fields: Partial<Record<Field, Element>> = {}
  for (const field of FIELDS) {
    const [first, second] = named(field)
    const wanted = `<${ELEMENTS[field]} name="${field}">`
    if (!first) return structure(`there is no ${wanted} in a form`, RULES.fields)
    if (second) {
      return structure(`two fields have the name ${field}${fragment(page, second)}`, RULES.fields)
    }
    const isText = first.name !== 'input' || !NO_TEXT.test(first.attribs.type ?? '')
    if (first.name !== ELEMENTS[field] || !isText || 'multiple' in first.attribs) {
      return structure(`expected ${wanted}${fragment(page, first)}`, RULES.fields)
    }
    fields[field] = first
  }
  const forms = new Set(FIELDS.map((field) => ownerOf(page, fields[field]!)))
  if (forms.size > 1) {
    return structure(`the fields stand in ${forms.size} forms, expected one`, RULES.form)
  }
  return { page, form: [...forms][0]!, fields: fields as Form['fields'] }
}

/** What is wrong with how the form is sent, its options and its labels. */
export function* wrongsOfForm(own: Form, depots: Depot[]): Iterable<Wrong> {
  const { page, form, fields } = own
  const { method = 'get', action = '', enctype = '' } = form.attribs
  const to = resolve(action, page.url)
  const open = `<form ${Object.entries(form.attribs)
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ')}>`
  if (method.toLowerCase() !== 'post' || pathOn(page.server, to)?.split('?')[0] !== '/pickup') {
    const sends = `${method.toUpperCase()} ${pathOn(page.server, to) ?? action}`
    yield structure(`the form must send POST /pickup, ${open} sends ${sends}`, RULES.form)
  }
  if (/^(multipart\/form-data|text\/plain)$/i.test(enctype)) {
    yield structure(`the form must be sent urlencoded, came ${open}`, RULES.form)
  }
  const { $ } = page
  const buttons = $('button, input').toArray().filter(isElement)
  const sending = buttons.filter(({ name, attribs: { type } }) =>
    name === 'button'
      ? !/^(button|reset)$/i.test(type ?? '')
      : /^(submit|image)$/i.test(type ?? ''),
  )
  const ownButton = sending.find(
    (button) => ownerOf(page, button) === form && !('disabled' in button.attribs),
  )
  if (!ownButton) {
    yield structure('the form has no button that sends it without a script', RULES.form)
  }
  yield* wrongsOfOptions(own, depots)
  for (const field of FIELDS) {
    if ('disabled' in fields[field].attribs) {
      yield structure(`a disabled field is not sent${fragment(page, fields[field])}`, RULES.fields)
    }
    if (labelsOf(page, fields[field]).join('') === '') {
      yield structure(
        `the field ${field} has no label that everybody sees${fragment(page, fields[field])}`,
        RULES.labels,
      )
    }
  }
}

const optionsOf = ({ page: { $ }, fields }: Form) =>
  $(fields.depot).find('option').toArray().filter(isElement)

/** An option's value: without the attribute, it is the text. */
function optionValue({ page: { $ } }: Form, option: Element): string {
  return option.attribs.value ?? collapse($(option).text())
}

function* wrongsOfOptions(own: Form, depots: Depot[]): Iterable<Wrong> {
  const { page } = own
  const options = optionsOf(own)
  const first = options[0]
  const rest = first && optionValue(own, first) === '' ? options.slice(1) : options
  for (const [at, { id, name }] of depots.entries()) {
    const option = rest[at]
    if (!option) {
      yield structure(`the select has no option for the depot ${short(name)}`, RULES.options)
      return
    }
    const value = optionValue(own, option)
    if (value !== id) {
      const came = `expected the value ${JSON.stringify(id)}, a browser reads ${JSON.stringify(value)}`
      yield structure(`option ${at + 1}: ${came}${fragment(page, option)}`, RULES.options)
    }
    const text = option.attribs.label ?? page.$(option).text()
    if (collapse(text) !== collapse(name)) {
      const came = `expected the text ${JSON.stringify(name)}, a browser reads ${JSON.stringify(collapse(text))}`
      yield structure(`option ${at + 1}: ${came}${fragment(page, option)}`, RULES.options)
    }
  }
  if (rest.length > depots.length) {
    const surplus = fragment(page, rest[depots.length]!)
    yield structure(
      `the select has ${rest.length} options for ${depots.length} depots${surplus}`,
      RULES.options,
    )
  }
}

const LABELABLE = 'button, input:not([type="hidden" i]), meter, output, progress, select, textarea'

const withId = ({ $ }: Page, id: string): Element | undefined => {
  const found = $('[id]')
    .toArray()
    .find((one) => isElement(one) && one.attribs.id === id)
  return found as Element | undefined
}

/** The texts of the elements whose ids an attribute lists. */
function referred(page: Page, control: Element, attribute: string): string[] {
  const ids = (control.attribs[attribute] ?? '').split(/\s+/).filter(Boolean)
  return ids
    .map((id) => withId(page, id))
    .filter((found) => found !== undefined)
    .map((found) => collapse(textOf(found)))
}

/** The texts that are tied to a field as its label; those that nobody sees are empty. */
function labelsOf(page: Page, control: Element): string[] {
  const { $ } = page
  const own = $('label')
    .toArray()
    .filter((label) => {
      const { for: id } = (label as Element).attribs
      const labelled = id === undefined ? $(label).find(LABELABLE)[0] : withId(page, id)
      return labelled === control
    })
    .map((label) => collapse(textOf(label)))
  return [...own, ...referred(page, control, 'aria-labelledby')]
}

/** Every text that is tied to a field: its labels and what describes it. */
export function tiedTo({ page, fields }: Form, field: Field): string[] {
  const control = fields[field]
  return [
    ...labelsOf(page, control),
    ...referred(page, control, 'aria-describedby'),
    ...referred(page, control, 'aria-errormessage'),
    control.attribs['aria-description'] ?? '',
  ].filter((text) => text !== '')
}

/** What the field holds when the page is opened. */
export function heldBy(own: Form, field: Field): string {
  const control = own.fields[field]
  if (field === 'note') return own.page.$(control).text()
  if (field !== 'depot') return control.attribs.value ?? ''
  const options = optionsOf(own)
  const chosen =
    options.findLast((option) => 'selected' in option.attribs) ??
    options.find((option) => !('disabled' in option.attribs))
  return chosen ? optionValue(own, chosen) : ''
}

const lines = (text: string) => text.replaceAll(/\r\n?/g, '\n')

/** Whether a field holds what was typed; blanks at the ends may be cut off. */
export function isKept(held: string, typed: string): boolean {
  const [own, wanted] = [lines(held), lines(typed)]
  return own === wanted || own === wanted.trim()
}

/** What differs between what was typed and what the field holds. */
export function keptComplaint(own: Form, field: Field, typed: string): string {
  const control = own.fields[field]
  const held = heldBy(own, field)
  const shown = (text: string) =>
    JSON.stringify(short(JSON.stringify(lines(text)).slice(1, -1), 60))
  return `the field ${field} must hold ${shown(typed)}, a browser finds ${shown(held)} in ${nameOf(control)}${fragment(own.page, control)}`
}
