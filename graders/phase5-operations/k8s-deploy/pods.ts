import type { Container, EnvFrom, EnvVar, Labels } from './kinds.ts'
import type { Cluster } from './manifests.ts'

/** What the cluster has beside the manifests: Secrets by name, with their values. */
export type Secrets = Record<string, Record<string, string>>

/** The environment of a container, and why the kubelet would not start it. */
export type Environment = { env: Record<string, string>; problems: string[] }

/** Fills in `$(NAME)`, as the kubelet does; `$$(NAME)` stands for `$(NAME)`. */
export function expand(text: string, env: Record<string, string>): string {
  return text.replaceAll(/\$\$|\$\(([^()]*)\)/g, (whole, name?: string) => {
    if (name === undefined) return '$'
    return Object.hasOwn(env, name) ? env[name]! : whole
  })
}

/** What the kubelet knows of a pod. */
const FIELDS: Labels = {
  'metadata.name': 'api-6f9c7d5b8-x2x7k',
  'metadata.namespace': 'pelican',
  'metadata.uid': '5c1b2a7e-7d0e-4a51-9a0b-0f3a4f1f2c11',
  'spec.nodeName': 'node-1',
  'spec.serviceAccountName': 'api',
  'status.hostIP': '192.0.2.10',
  'status.hostIPs': '192.0.2.10',
  'status.podIP': '10.42.0.17',
  'status.podIPs': '10.42.0.17',
}

/** Works out what a container finds in its environment. */
export function environmentOf(
  { env: variables = [], envFrom = [] }: Container,
  configMaps: Cluster['configMaps'],
  secrets: Secrets,
): Environment {
  const env: Record<string, string> = {}
  const problems: string[] = []
  const sources = { configMaps, secrets, problems }
  for (const from of envFrom) addAll(env, from, sources)
  for (const variable of variables) {
    const value = valueOf(variable, env, sources)
    if (value !== undefined) env[variable.name] = value
  }
  return { env, problems }
}

type Sources = {
  configMaps: Cluster['configMaps']
  secrets: Secrets
  problems: string[]
}

const secretOf = (secrets: Secrets, name: string) =>
  Object.hasOwn(secrets, name) ? secrets[name] : undefined

function addAll(env: Record<string, string>, from: EnvFrom, sources: Sources): void {
  const { configMaps, secrets, problems } = sources
  const { prefix = '', configMapRef, secretRef } = from
  const kind = configMapRef ? 'ConfigMap' : 'Secret'
  const { name = '', optional } = configMapRef ?? secretRef ?? {}
  const values = configMapRef ? configMaps.get(name) : secretOf(secrets, name)
  if (values === undefined) {
    if (!optional) problems.push(`envFrom: there is no ${kind} ${name} in the namespace`)
    return
  }
  for (const [key, value] of Object.entries(values)) {
    // Keys that are no names of variables are left out.
    if (/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(prefix + key)) env[prefix + key] = value
  }
}

function valueOf(
  { name, value, valueFrom }: EnvVar,
  env: Record<string, string>,
  { configMaps, secrets, problems }: Sources,
): string | undefined {
  if (!valueFrom) return expand(value ?? '', env)
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom
  if (fieldRef) {
    const path = fieldRef.fieldPath
    if (Object.hasOwn(FIELDS, path)) return FIELDS[path]
    if (/^metadata\.(labels|annotations)\['.*'\]$/.test(path)) return ''
    problems.push(`env ${name}: a pod has no field ${path}`)
    return undefined
  }
  if (resourceFieldRef) return '1'
  const ref = configMapKeyRef ?? secretKeyRef
  if (!ref) {
    problems.push(`env ${name}: this valueFrom is none that Kubernetes 1.33 knows`)
    return undefined
  }
  const kind = configMapKeyRef ? 'ConfigMap' : 'Secret'
  const source = ref.name ?? ''
  const values = configMapKeyRef ? configMaps.get(source) : secretOf(secrets, source)
  if (values && Object.hasOwn(values, ref.key)) return values[ref.key]
  if (!ref.optional) {
    const lacks = values ? `${kind} ${source} has no key ${ref.key}` : `there is no ${kind} ${source}`
    problems.push(`env ${name}: ${lacks}`)
  }
  return undefined
}

const ENTRYPOINT = ['node']
const CMD = ['server.ts']

/** What a container runs, by its `command` and `args` and what the image has for them. */
export function argvOf({ command, args }: Container, env: Record<string, string>): string[] {
  const hasCommand = command !== undefined && command.length > 0
  const hasArgs = args !== undefined && args.length > 0
  const first = hasCommand ? command : ENTRYPOINT
  // A command of one's own drops the image's arguments, too.
  const rest = hasArgs ? args : hasCommand ? [] : CMD
  return [...first, ...rest].map((word) => expand(word, env))
}

/** Whether an argv runs a file of the app, in the folder where the image has it. */
export function runs(argv: string[], file: string, { workingDir = '/app' }: Container): boolean {
  const [program, script, ...rest] = argv
  const isNode = program === 'node' || program === '/usr/local/bin/node'
  const isThere = workingDir.replace(/\/$/, '') === '/app'
  const names = isThere ? [file, `./${file}`, `/app/${file}`] : [`/app/${file}`]
  return isNode && rest.length === 0 && names.includes(script ?? '')
}

/** The port that a number or a name of a container's port stands for. */
export function portOf(port: number | string, { ports = [] }: Container): number | undefined {
  if (typeof port === 'number') return port
  return ports.find((one) => one.name === port)?.containerPort
}
