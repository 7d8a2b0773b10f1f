import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { OpenRun } from '../../graders/harness/open-run.ts'
import { ROOT } from '../../graders/harness/paths.ts'
import { isRunning } from '../../graders/harness/services/types.ts'
import type { Report } from './report.ts'

/** The kit's version, as a report names it. */
export function kitVersion(): string {
  return JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version
}

/** The services that run, as a report names them. */
export function servicesOf({ services }: Pick<OpenRun, 'services'>): Report['services'] {
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, state]) =>
      isRunning(state) ? [[name, { provider: state.provider, version: state.version }]] : [],
    ),
  )
}
