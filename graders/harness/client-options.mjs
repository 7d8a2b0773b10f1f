// Plain JavaScript without packages, for what imports it runs before there are any.

/** What PostgreSQL's clients take from the environment that changes what a statement gives. */
export const CLIENT_OPTIONS = ['PGOPTIONS', 'PGDATESTYLE', 'PGTZ', 'PGCLIENTENCODING', 'PGGEQO']

/**
 * Leaves out of the environment what would change every connection that a grader opens, such as a
 * search_path in PGOPTIONS: of this process and of those it starts.
 */
export function forgetClientOptions() {
  for (const name of CLIENT_OPTIONS) {
    if (process.env[name] === undefined) continue
    // For `npm run doctor` to tell.
    process.env.ROADWORKS_FORGOTTEN = [process.env.ROADWORKS_FORGOTTEN, name]
      .filter(Boolean)
      .join(' ')
    delete process.env[name]
  }
}
