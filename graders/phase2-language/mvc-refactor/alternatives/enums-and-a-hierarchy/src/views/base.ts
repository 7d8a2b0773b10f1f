const table: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#x27;' }
export const h = (text: any) => `${text ?? ''}`.replace(/[&<>"']/g, (c) => table[c]!)
export const page = (title: string, body: string) => `
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>${h(title)}</title>
  </head>
  <body>
    <h1>${h(title)}</h1>
    ${body}
  </body>
</html>
`
