import { parseAllDocuments } from 'yaml'
import { type Labels, type Manifest, nameOf, type Selector, type Template } from './kinds.ts'
import { type Flaw, flawsOf } from './schema.ts'
import { KINDS } from './types.ts'
import { invalidIn } from './validation.ts'

/** The file in documents, or what is no YAML in it. */
export function readDocuments(text: string): { documents: unknown[]; problems: string[] } {
  const problems: string[] = []
  const documents: unknown[] = []
  for (const document of parsedOf(text, problems)) {
    for (const { message, linePos } of document.errors) {
      const line = linePos?.[0].line
      problems.push(`${line ? `line ${line}: ` : ''}${message.split('\n')[0]}`)
    }
    if (document.errors.length > 0) continue
    try {
      const value = withoutNulls(document.toJS({ maxAliasCount: 1000 }))
      if (value !== null && value !== undefined) documents.push(value)
    } catch (error) {
      problems.push((error as Error).message)
    }
  }
  return { documents: documents.flatMap(itemsOf), problems }
}

function parsedOf(text: string, problems: string[]): ReturnType<typeof parseAllDocuments> | [] {
  try {
    return parseAllDocuments(text, {
      // As kubectl reads it: `yes` and `on` are booleans, and times are texts.
      version: '1.1',
      merge: true,
      customTags: (tags) =>
        tags.filter(
          (one) =>
            typeof one === 'string' ||
            (one.tag !== 'tag:yaml.org,2002:timestamp' && one.format !== 'TIME'),
        ),
    })
  } catch (error) {
    // Thousands of brackets in one another.
    problems.push((error as Error).message)
    return []
  }
}

/** The API server takes null for a field that is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isMap(value)) return value
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]))
}

/** The objects of a List, which stands for them. */
function itemsOf(document: unknown): unknown[] {
  const { kind, items } = (document ?? {}) as { kind?: unknown; items?: unknown }
  return kind === 'List' && Array.isArray(items) ? items : [document]
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const ONCE = [
  'Namespace',
  'Deployment',
  'Service',
  'Ingress',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
]

const said = (where: string) => (flaw: Flaw) => `${where}: ${flaw.path.slice(1)} ${flaw.text}`

/** Everything that the API server would not take, or that is not among what was asked for. */
export function problemsOf(documents: unknown[]): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const [index, document] of documents.entries()) {
    const { kind, apiVersion, metadata } = (isMap(document) ? document : {}) as Partial<Manifest>
    const name = isMap(metadata) ? String(metadata.name ?? '') : ''
    const where = typeof kind === 'string' ? `${kind} ${name}`.trim() : `document ${index + 1}`
    // C6 speaks of Secrets.
    if (kind === 'Secret') continue
    const version = Object.hasOwn(KINDS, String(kind)) ? KINDS[String(kind)] : undefined
    if (!isMap(document) || version === undefined) {
      problems.push(`${where}: its kind is none of ${Object.keys(KINDS).join(', ')}`)
      continue
    }
    if (apiVersion !== version) {
      problems.push(`${where}: apiVersion must be ${version}, and is ${apiVersion ?? 'missing'}`)
      continue
    }
    if (seen.has(where)) problems.push(`${where} stands twice`)
    seen.add(where)
    const flaws = flawsOf(document, kind!, '').map(said(where))
    problems.push(...flaws)
    if (flaws.length > 0) continue
    const manifest = document as Manifest
    problems.push(...invalidIn(manifest).map((text) => `${where}: ${text}`))
    const { namespace } = manifest.metadata
    if (kind === 'Namespace') {
      if (name !== 'pelican') problems.push(`${where}: its name must be pelican`)
    } else if (namespace !== 'pelican') {
      problems.push(`${where}: metadata.namespace must be pelican, and is ${namespace ?? 'missing'}`)
    }
    if (kind === 'Deployment' && name !== 'api') {
      problems.push(`${where}: its name must be api`)
    }
  }
  for (const kind of ONCE) {
    const count = documents.filter((one) => isMap(one) && one.kind === kind).length
    if (count !== 1) problems.push(`${kind}: there must be one, and there are ${count}`)
  }
  return problems
}

/** Whether labels are selected: an empty selector selects all, and none at all selects nothing. */
export function selects(selector: Selector | undefined, labels: Labels = {}): boolean {
  if (selector === undefined) return false
  const { matchLabels = {}, matchExpressions = [] } = selector
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key]
      if (operator === 'Exists') return value !== undefined
      if (operator === 'DoesNotExist') return value === undefined
      const isIn = value !== undefined && values.includes(value)
      return operator === 'In' ? isIn : !isIn
    })
  )
}

/** The selector of a Service, which selects nothing where it is empty. */
export function serviceSelector({ spec }: Manifest): Selector | undefined {
  const matchLabels = (spec.selector ?? {}) as Labels
  return Object.keys(matchLabels).length > 0 ? { matchLabels } : undefined
}

/** The manifests by their places in the exercise; `problemsOf` has said that they are there. */
export function arrange(manifests: Manifest[]) {
  const one = (kind: string) => manifests.find((manifest) => manifest.kind === kind)!
  const all = (kind: string) => manifests.filter((manifest) => manifest.kind === kind)
  const deployment = one('Deployment')
  const template = deployment.spec.template as Template
  const jobs = all('Job').map((job) => ({ job, template: job.spec.template as Template }))
  return {
    deployment,
    template,
    labels: template.metadata?.labels ?? {},
    pod: template.spec,
    service: one('Service'),
    ingress: one('Ingress'),
    hpa: one('HorizontalPodAutoscaler'),
    pdb: one('PodDisruptionBudget'),
    jobs,
    configMaps: new Map(all('ConfigMap').map((map) => [map.metadata.name, map.data ?? {}])),
    serviceAccounts: new Map(all('ServiceAccount').map((one) => [one.metadata.name, one])),
    /** All pods that the manifests make. */
    pods: [
      { owner: nameOf(deployment), spec: template.spec },
      ...jobs.map(({ job, template: { spec } }) => ({ owner: nameOf(job), spec })),
    ],
  }
}
export type Cluster = ReturnType<typeof arrange>

/** The containers of a pod, those that come first included, with their names in messages. */
export function containersOf({ owner, spec }: Cluster['pods'][number]) {
  return [...(spec.initContainers ?? []), ...spec.containers].map((container) => ({
    container,
    spec,
    where: `${owner}, container ${container.name}`,
  }))
}
