import type { Channel } from './channel.ts'
import type { Listening } from './listening.ts'

/** How a subject ended. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null }

export type SubjectProcess = {
  /** How it ended; undefined while it runs. */
  readonly exit: Exit | undefined
  /** Resolves when the process ends, whatever ended it. */
  exited: Promise<Exit>
  /** Where news of it takes a while: resolves when an end that has come by now is known here. */
  settled?(): Promise<void>
  /** Everything it printed so far, cleaned; the middle left out where it is long. */
  output(): string
  /** CPU time of the process and its descendants so far, in seconds. */
  cpuSeconds(): Promise<number>
  /** Where it and its descendants listen for TCP; missing where that cannot be seen. */
  listening?(): Promise<Listening[]>
  /** Set when the kit killed it for using more than it may. */
  readonly overLimit: string | undefined
  /** Why it could not be started, where that is no fault of its own. */
  readonly fault?: string
  /** Messages to and from it, where it was started with `ipc`. */
  channel?: Channel
  /** Sends a signal to the program itself; one that has ended is no error. */
  signal(name: NodeJS.Signals): void
  /** Kills it with all its descendants. */
  kill(): Promise<void>
}

/** What a subject is started with. */
export type SubjectOptions = {
  /** `node` means the kit's own Node; other programs are looked up on PATH. */
  argv: string[]
  cwd: string
  /** A module that the kit's Node imports first, on this machine; none by default. */
  preload?: string
  /** Added to the allow-listed variables. */
  env?: Record<string, string>
  /** A folder of the subject's own to use as HOME, kept when it ends; a new one that goes with it by default. */
  home?: string
  /** Memory it and its descendants may use together, in bytes; 1 GiB by default. */
  memory?: number
  /** Opens a channel for messages. */
  ipc?: boolean
  /** Gets what it writes to standard output, whole and as it comes; `output` cleans and shortens. */
  onStdout?(chunk: Buffer): void
  /** Text to leave out of the shown output, such as the path of the temporary copy. */
  hide?: { from: string; to: string }
}
