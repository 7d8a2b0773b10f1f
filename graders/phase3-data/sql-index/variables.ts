/** What a query is asked for: values of psql's variables, by name. */
export type Values = Record<string, string | number>

/**
 * Puts values in the place of variables, as `psql -v depot=7` does: `:depot` becomes 7, `:'depot'`
 * becomes '7'. What has no value stays as it is, and so does `::depot`, which is a cast.
 */
export function fillVariables(sql: string, values: Values): string {
  return sql.replaceAll(/(?<![:\w]):(?:(\w+)|'(\w+)')/g, (all, plain, quoted) => {
    const name = plain ?? quoted
    if (!Object.hasOwn(values, name)) return all
    const text = String(values[name])
    return quoted === undefined ? text : `'${text.replaceAll("'", "''")}'`
  })
}

/** The values as messages show them: `depot = 21, since = 2025-08-20 00:00:00+00`. */
export function showValues(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')
}
