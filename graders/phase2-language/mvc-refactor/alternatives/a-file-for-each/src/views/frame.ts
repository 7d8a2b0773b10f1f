export const e = (text: unknown = '') =>
  String(text).replace(/[&<>"']/g, (c) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }[c]};`)
export const frame = (title: string, ...body: string[]) =>
  ['<!doctype html><html lang="en"><head><meta charset="utf-8">', `<title>${e(title)}</title></head>`, `<body><h1>${e(title)}</h1>`, ...body, '</body></html>'].join('\n')
