// Runs first in a subject's process, from a folder that the grader fills: gives Node TypeScript that
// was stripped before, for loading what strips it takes longer than all the rest of a start. A file
// that is not there, or has changed since, is stripped by Node itself. See stripped.ts.
import { readFileSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = import.meta.dirname
const staged = here.slice(0, -path.extname(here).length)
const below = `${pathToFileURL(staged).href}/`

registerHooks({
  load(url, context, next) {
    if (context.format === 'module-typescript' && url.startsWith(below)) {
      try {
        const file = fileURLToPath(url)
        const stripped = path.join(here, path.relative(staged, file))
        if (Number(statSync(stripped).mtime) === Number(statSync(file).mtime)) {
          return { format: 'module', source: readFileSync(stripped, 'utf8'), shortCircuit: true }
        }
      } catch {} // not stripped yet, or not to be stripped
    }
    return next(url, context)
  },
})
