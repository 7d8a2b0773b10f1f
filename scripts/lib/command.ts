import { Command, InvalidArgumentError, type Option } from 'commander'
import { EXIT } from './exit.ts'
import { type Flag, refuseSwallowedFlags } from './npm-flags.ts'
import { runCommand } from './usage.ts'

/**
 * A command of the kit: `--help`, exit code 2 for wrong usage, errors as sentences.
 * @param name as it is called: `npm run <name>`
 * @param describe adds arguments and options
 * @param main gets the positional arguments and the options, and returns the exit code
 */
export async function defineCommand<O extends object>(
  name: string,
  description: string,
  describe: (command: Command) => Command,
  main: (names: string[], options: O) => Promise<number> | number,
): Promise<void> {
  const command = describe(new Command(`npm run ${name}`).description(description))
    .allowExcessArguments(false)
    .showHelpAfterError(`(see npm run ${name} -- --help)`)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? EXIT.passed : EXIT.usage)
    })
    .action(async (...given: unknown[]) => {
      const options = given.at(-2) as O
      const names = given
        .slice(0, -2)
        .flat()
        .filter((word): word is string => typeof word === 'string')
      await runCommand(async () => main(names, options))
      // A pipe takes 64 KiB at a time, and what still waits for its reader would be lost.
      await Promise.all([process.stdout, process.stderr].map(written))
      process.exit()
    })
  // Before anything is read: a flag that is missing must not be asked for where it was typed.
  await runCommand(async () => {
    refuseSwallowedFlags(name, command.options.map(flagOf))
    return EXIT.passed
  })
  if (process.exitCode !== EXIT.passed) process.exit()
  await command.parseAsync()
}

/** Waits until all that was printed is written, or nobody reads it any more. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve())
    stream.write('', () => resolve())
  })
}

function flagOf({ long, flags }: Option): Flag {
  return { long: long!, value: /[<[].*[>\]]/.exec(flags)?.[0] }
}

/** Reads an option's value. @throws InvalidArgumentError for anything but a whole number from 1 up */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1 up.')
  return value
}

/** Reads the seed of a run. @throws InvalidArgumentError for anything but a whole number from 0 up */
export function seedNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a whole number from 0 up.')
  return value
}
