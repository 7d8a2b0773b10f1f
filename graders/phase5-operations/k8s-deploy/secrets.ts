/** Anything that looks like `scheme://user:password@`; placeholders and references are no passwords. */
const WITH_PASSWORD = /\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:"'<>]*:(?!\$[({])[^\s/@"'<>]+@/gi

const BASE64 = /[A-Za-z0-9+/_-]{16,}={0,2}/g

/** The URLs with a password in a text, also where they are written in base64; the passwords left out. */
export function passwordsIn(text: string): string[] {
  const hide = (url: string) => url.replace(/:[^:]*@$/, ':…@')
  const plain = [...text.matchAll(WITH_PASSWORD)].map(([url]) => hide(url))
  const coded = [...text.matchAll(BASE64)].flatMap(([word]) => {
    const decoded = Buffer.from(word, 'base64').toString('latin1')
    return [...decoded.matchAll(WITH_PASSWORD)].map(([url]) => `${hide(url)} (in base64)`)
  })
  return [...new Set([...plain, ...coded])]
}

/** The keys of an example's Secrets whose values hold no placeholder. */
export function withoutPlaceholder(documents: unknown[]): string[] {
  const hasPlaceholder = (value: string) => /<[^<>]+>/.test(value)
  return documents.flatMap((document) => {
    const { data, stringData } = (document ?? {}) as Record<string, Record<string, unknown>>
    const plain = Object.entries(stringData ?? {}).filter(([, value]) => !hasPlaceholder(`${value}`))
    const coded = Object.entries(data ?? {}).filter(([, value]) => {
      const decoded = Buffer.from(`${value}`, 'base64').toString('latin1')
      return !hasPlaceholder(`${value}`) && !hasPlaceholder(decoded)
    })
    return [...plain, ...coded].map(([key]) => key)
  })
}

const IMAGE = 'registry.pelican.test/api'

/** What is wrong with an image's name; undefined where it is right. */
export function wrongImage(image: string): string | undefined {
  const [, repository, tag, digest] =
    /^(.*?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? []
  if (repository !== IMAGE) return `${image} is not an image of ${IMAGE}`
  if (digest) return undefined
  if (tag === undefined) return `${image} has no tag, which means latest`
  return tag === '1.4.2' ? undefined : `${image} is not the version to ship`
}
