import { type Browser, chromium } from 'playwright-core'
import { findProgram } from '../../graders/harness/services/native.ts'

/** The machine's own Chromium or Chrome; undefined where there is none. */
export const findBrowser = () =>
  findProgram(['chromium', 'chromium-browser', 'google-chrome', 'chrome'])

/** Starts it, without a window. */
export function launchBrowser(program: string): Promise<Browser> {
  // Its own sandbox does not start as root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: program, args })
}
