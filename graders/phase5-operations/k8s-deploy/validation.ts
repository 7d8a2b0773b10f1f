import type { Container, Manifest, PodSpec, Probe } from './kinds.ts'
import { quantityOf } from './quantity.ts'

// What the API server refuses although each field has its type: what fields say together.

/** What is wrong with an object whose fields have the right types. */
export function invalidIn({ kind, spec }: Manifest): string[] {
  switch (kind) {
    case 'Deployment':
      return [
        ...invalidPod(spec.template.spec, 'spec.template.spec'),
        ...onlyRestarting(spec.template.spec),
        ...invalidSelector(spec.selector),
        ...(spec.strategy?.type === 'Recreate' && spec.strategy.rollingUpdate !== undefined
          ? ['spec.strategy has rollingUpdate, and its type is Recreate']
          : []),
      ]
    case 'Job':
      return invalidPod(spec.template.spec, 'spec.template.spec')
    case 'Service':
      return invalidService(spec)
    case 'Ingress':
      return invalidIngress(spec)
    case 'HorizontalPodAutoscaler':
      return invalidAutoscaler(spec)
    case 'PodDisruptionBudget':
      return spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
        ? ['spec has both minAvailable and maxUnavailable']
        : []
    default:
      return []
  }
}

const onlyRestarting = ({ restartPolicy = 'Always' }: PodSpec) =>
  restartPolicy === 'Always'
    ? []
    : [`spec.template.spec.restartPolicy must be Always, and is ${restartPolicy}`]

function invalidSelector({ matchLabels = {}, matchExpressions = [] }: any): string[] {
  const isEmpty = Object.keys(matchLabels).length === 0 && matchExpressions.length === 0
  return isEmpty ? ['spec.selector must not be empty'] : []
}

/** What stands more than once in a list. */
function twice(names: (string | undefined)[]): string[] {
  const given = names.filter((name) => name !== undefined)
  return [...new Set(given.filter((name, index) => given.indexOf(name) !== index))]
}

function invalidPod(spec: PodSpec, path: string): string[] {
  const problems: string[] = []
  const { containers, initContainers = [], volumes = [] } = spec
  const all = [...containers, ...initContainers]
  if (containers.length === 0) problems.push(`${path}.containers must not be empty`)
  for (const name of twice(all.map((one) => one.name))) {
    problems.push(`${path} has two containers named ${name}`)
  }
  for (const name of twice(volumes.map((one) => one.name))) {
    problems.push(`${path}.volumes has two named ${name}`)
  }
  for (const volume of volumes) {
    const sources = Object.keys(volume).filter((key) => key !== 'name' && volume[key] != null)
    if (sources.length > 1) {
      problems.push(`${path}.volumes: ${volume.name} has more than one kind (${sources.join(', ')})`)
    }
  }
  for (const container of containers) problems.push(...invalidContainer(container, spec, path))
  for (const container of initContainers) {
    problems.push(...invalidContainer(container, spec, path))
    if (container.restartPolicy === 'Always') continue
    for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe', 'lifecycle'] as const) {
      if (container[kind] == null) continue
      problems.push(`${path}: the init container ${container.name} may have no ${kind}`)
    }
  }
  return problems
}

const HANDLERS = ['exec', 'grpc', 'httpGet', 'tcpSocket'] as const

function invalidContainer(container: Container, spec: PodSpec, path: string): string[] {
  const problems: string[] = []
  const say = (text: string) => problems.push(`${path}, container ${container.name}: ${text}`)
  const volumes = new Set((spec.volumes ?? []).map((one) => one.name))
  for (const { name } of container.volumeMounts ?? []) {
    if (!volumes.has(name)) say(`volumeMounts: there is no volume named ${name}`)
  }
  for (const at of twice((container.volumeMounts ?? []).map((one) => one.mountPath))) {
    say(`volumeMounts: two are at ${at}`)
  }
  for (const name of twice((container.ports ?? []).map((one) => one.name))) {
    say(`ports: two are named ${name}`)
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom == null) continue
    if (value != null && value !== '') say(`env: ${name} has both value and valueFrom`)
    const sources = Object.values(valueFrom).filter((source) => source != null)
    if (sources.length !== 1) say(`env: valueFrom of ${name} must name one source`)
  }
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    const sources = [configMapRef, secretRef].filter((source) => source != null)
    if (sources.length !== 1) say('envFrom: each must name one source')
  }
  for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
    const probe = container[kind]
    if (probe != null) invalidProbe(probe, kind).forEach(say)
  }
  const { requests = {}, limits = {} } = container.resources ?? {}
  for (const [name, request] of Object.entries(requests ?? {})) {
    const limit = (limits ?? {})[name]
    if (limit != null && quantityOf(request)! > quantityOf(limit)!) {
      say(`resources: requests ${name} ${request}, and its limit is ${limit}`)
    }
  }
  const { allowPrivilegeEscalation, privileged } = container.securityContext ?? {}
  if (allowPrivilegeEscalation === false && privileged === true) {
    say('securityContext: privileged, and no allowPrivilegeEscalation')
  }
  return problems
}

function invalidProbe(probe: Probe, kind: string): string[] {
  const handlers = HANDLERS.filter((name) => probe[name] != null)
  const problems =
    handlers.length === 1 ? [] : [`${kind} must have one of ${HANDLERS.join(', ')}`]
  if (kind !== 'readinessProbe' && (probe.successThreshold ?? 1) !== 1) {
    problems.push(`${kind}.successThreshold must be 1`)
  }
  return problems
}

function invalidService({ type = 'ClusterIP', ports = [] }: any): string[] {
  if (type === 'ExternalName') return []
  const problems = ports?.length > 0 ? [] : ['spec.ports must not be empty']
  const names = (ports ?? []).map((port: any) => port.name)
  if (names.length > 1 && names.includes(undefined)) {
    problems.push('spec.ports: each of several needs a name')
  }
  for (const name of twice(names)) problems.push(`spec.ports: two are named ${name}`)
  return problems
}

function invalidIngress({ defaultBackend, rules = [] }: any): string[] {
  const problems: string[] = []
  if (defaultBackend == null && (rules ?? []).length === 0) {
    problems.push('spec must have rules')
  }
  for (const rule of rules ?? []) {
    for (const { path, pathType, backend } of rule?.http?.paths ?? []) {
      if (pathType !== 'ImplementationSpecific' && !String(path ?? '').startsWith('/')) {
        problems.push(`spec.rules: the path ${path ?? '(none)'} must begin with /`)
      }
      const { service, resource } = backend
      if ((service == null) === (resource == null)) {
        problems.push('spec.rules: each backend must have a service')
      }
      if (service == null) continue
      const { name, number } = service.port ?? {}
      if ((name == null) === (number == null)) {
        problems.push('spec.rules: the port of a backend must have a name or a number')
      }
    }
  }
  return problems
}

const SOURCES: Record<string, string> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
}

function invalidAutoscaler({ minReplicas = 1, maxReplicas, metrics = [] }: any): string[] {
  const problems: string[] = []
  if (minReplicas > maxReplicas) {
    problems.push(`spec.minReplicas is ${minReplicas}, more than maxReplicas ${maxReplicas}`)
  }
  for (const metric of metrics ?? []) {
    const source = metric[SOURCES[metric.type]!]
    if (source == null) {
      problems.push(`spec.metrics: type ${metric.type} needs the field ${SOURCES[metric.type]}`)
      continue
    }
    const { type, averageUtilization, averageValue } = source.target ?? {}
    if (type === 'Utilization' && averageUtilization == null) {
      problems.push('spec.metrics: a target of type Utilization needs averageUtilization')
    }
    if (type === 'AverageValue' && averageValue == null) {
      problems.push('spec.metrics: a target of type AverageValue needs averageValue')
    }
    if (type === 'Value' && metric.type.endsWith('Resource')) {
      problems.push(`spec.metrics: type ${metric.type} takes Utilization or AverageValue`)
    }
  }
  return problems
}
