const RULES = {
  recipient: [(text: string) => text.trim().length > 0, 'Who gets it?'],
  city: [(text: string) => text.trim().length > 0, 'Where to?'],
  weight: [
    (text: string) => /^0*([1-9][0-9]{0,3}|[12][0-9]{4}|30000)$/.test(text),
    'From 1 to 30000 grams.',
  ],
} as const

export function errorsIn(values: Record<keyof typeof RULES, string>) {
  const wrong = Object.entries(RULES).filter(([name, [isRight]]) => !isRight(values[name as 'city']))
  return wrong.length === 0 ? null : Object.fromEntries(wrong.map(([name, [, text]]) => [name, text]))
}
