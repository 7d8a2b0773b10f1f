import { styleText } from 'node:util'

/** A mistake in how a command was called: shown as one sentence, without a stack trace. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Something about the machine that keeps the kit from working; shown without a stack trace. */
export class EnvironmentError extends Error {
  override name = 'EnvironmentError'
}

const QUIET = new Set(['UsageError', 'FrontmatterError', 'ServicesModeError', 'SandboxModeError'])

/** Words that the file system says when it is the disk that is the problem. */
const DISK: Record<string, string> = {
  ENOSPC: 'The disk is full. Free some space and run it again.',
  EDQUOT: 'Your disk quota is used up. Free some space and run it again.',
  EROFS: 'The checkout is on a read-only disk; the kit must write below .roadworks/.',
  EACCES: 'A file of the checkout may not be written. Does it belong to another user?',
}

/**
 * Runs a command's main function and turns what it throws into a sentence and an exit code: 2 for
 * wrong usage, 3 for a broken environment, a stack trace only for a fault of ours.
 */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const code = (error as NodeJS.ErrnoException).code ?? ''
    const say = (text: string) =>
      process.stderr.write(`${styleText('red', 'roadworks:')} ${text}\n`)
    if (QUIET.has(error.name)) {
      say(error.message)
      process.exitCode = 2
    } else if (error.name === 'EnvironmentError') {
      say(error.message)
      process.exitCode = 3
    } else if (DISK[code]) {
      say(`${DISK[code]} (${error.message})`)
      process.exitCode = 3
    } else {
      say('This is a fault of the kit, not of yours. Please report it with these lines:')
      process.stderr.write(`${error.stack}\n`)
      process.exitCode = 3
    }
  }
}
