/** Memory a subject and its descendants may use together, in bytes. */
export const MEMORY_LIMIT = 1024 ** 3

/** How many processes a subject may be at a time. */
export const PROCESS_LIMIT = 200

/** What is said of a subject that the kit ended for using more than it may. */
export const OVER = {
  memory: (limit = MEMORY_LIMIT) => `used more than ${limit / 1024 ** 2} MiB of memory`,
  processes: () => `started more than ${PROCESS_LIMIT} processes`,
}
