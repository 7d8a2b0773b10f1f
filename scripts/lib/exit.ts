/** Exit codes of `check`, and as far as they apply of every command. */
export const EXIT = { passed: 0, failed: 1, usage: 2, environment: 3 } as const
