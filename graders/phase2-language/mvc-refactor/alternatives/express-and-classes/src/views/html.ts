class Html {
  text: string
  constructor(text: string) {
    this.text = text
  }
}

const MAP = new Map([['&', 'amp'], ['<', 'lt'], ['>', 'gt'], ['"', 'quot'], ["'", '#39']])

const show = (value: unknown): string => {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(show).join('')
  return [...String(value ?? '')].map((c) => (MAP.has(c) ? `&${MAP.get(c)};` : c)).join('')
}

export const html = (parts: TemplateStringsArray, ...values: unknown[]) =>
  new Html(parts.map((part, at) => part + (at < values.length ? show(values[at]) : '')).join(''))

export const layout = (title: string, body: unknown): string =>
  html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>${title}</title>
  </head>
  <body>
    <h1>${title}</h1>
    ${body}
  </body>
</html>
`.text
