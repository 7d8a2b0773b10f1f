import path from 'node:path'

/** Turns one of Docker's path patterns into an expression; `*` stays inside a folder. */
function expression(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*\*\/?|\*|\?|\[[^\]]+\]|[^*?[]|\[/g, (part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    if (part.length > 1) return part
    return part.replace(/[.+^${}()|[\]\\]/, '\\$&')
  })
  return new RegExp(`^${source}$`)
}

const tidy = (file: string) => path.posix.join('/', file).slice(1).replace(/\/$/, '')

/** A path and the folders it lies in: `a/b/c`, `a/b`, `a`. */
function withFolders(file: string): string[] {
  const parts = file.split('/')
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('/'))
}

/** Says for a path in the build context whether a `.dockerignore` leaves it out. */
export function ignoredBy(dockerignore: string): (file: string) => boolean {
  const rules = dockerignore
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .map((line) => {
      const keep = line.trim().startsWith('!')
      return {
        keep,
        pattern: expression(
          tidy(
            line
              .trim()
              .slice(keep ? 1 : 0)
              .trim(),
          ),
        ),
      }
    })
  return (file) => {
    let ignored = false
    // The last rule that matches decides; a rule for a folder holds for all below it.
    for (const { keep, pattern } of rules) {
      if (withFolders(file).some((part) => pattern.test(part))) ignored = !keep
    }
    return ignored
  }
}

/** Picks the files of the context that a source of COPY takes: `.`, `src/`, `package*.json`. */
export function taken(source: string, files: string[]): string[] {
  const wanted = tidy(source)
  if (wanted === '' || wanted === '.') return files
  const pattern = expression(wanted)
  return files.filter((file) => withFolders(file).some((part) => pattern.test(part)))
}
