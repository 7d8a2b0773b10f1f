import { expect } from 'vitest'
import { Outcome as Repository } from '../../harness/git/index.ts'
import { note, type ScriptResult } from '../../harness/index.ts'
import type { Seeded } from './repository.ts'

/** The repository after the script has run. */
export class Outcome extends Repository {
  readonly seeded: Seeded
  readonly #script: ScriptResult

  /** @param gitDir a new folder, for a copy of what git knows that none of the learner's settings rule */
  constructor(seeded: Seeded, script: ScriptResult, gitDir: string) {
    super(seeded.folder, seeded.config, gitDir)
    this.seeded = seeded
    this.#script = script
  }

  /** Shows the learner what was found, should the running test fail. */
  async explain(): Promise<void> {
    const { code, signal, output } = this.#script
    note('bash solve.sh', `${output}\n(exit ${code ?? signal})`.trim())
    const graph = await this.git('log', '--graph', '--oneline', '--decorate', '--all', '-n', '40')
    note('git log --graph --oneline --all', graph.out || graph.error)
    const status = await this.git('status', '--short')
    note('git status --short', status.out || status.error || '(nothing)')
  }

  async tip(): Promise<string> {
    const tip = await this.commit('refs/heads/main')
    expect(tip, 'there is a branch main with a commit').toBeDefined()
    return tip!
  }

  /** The last commit of the branch that was merged into main. */
  async branchTip(): Promise<string> {
    const [, second] = await this.parents(await this.tip())
    const why = 'the tip of main must have a second parent; without one no branch was merged'
    expect(second, why).toBeDefined()
    return second!
  }

  /** What the branch brings that was in no branch before, merges too; newest first. */
  async brought(): Promise<string[]> {
    const branch = await this.branchTip()
    const { incoming, main } = this.seeded
    const [first] = await this.parents(await this.tip())
    return this.lines('rev-list', branch, `^${first}`, `^${incoming}`, `^${main}`)
  }
}
