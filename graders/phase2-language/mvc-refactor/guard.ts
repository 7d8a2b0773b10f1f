import { FORBIDDEN } from './imports.ts'

/**
 * What makes Node refuse the imports that a folder may not have, in the process of one module: NODE_OPTIONS
 * with a hook. Packages may import what they like.
 */
export function guardOf(folder: string): Record<string, string> {
  const { not, rule } = FORBIDDEN.find((one) => one.folder === folder)!
  const hook = `
import { registerHooks } from 'node:module'
const not = ${not}
registerHooks({
  resolve(name, context, next) {
    const parent = context.parentURL ?? ''
    if (!parent.includes('/src/') || parent.includes('/node_modules/')) return next(name, context)
    const found = next(name, context)
    const target = /\\/(src\\/(?!.*\\/src\\/).*)$/.exec(found.url)?.[1]
    if (not.test(name) || (target && not.test(target))) {
      throw new Error(name + ' cannot be loaded here. ' + ${JSON.stringify(rule)})
    }
    return found
  },
})`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}` }
}
