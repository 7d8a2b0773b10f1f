import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Fresh, note, openSubmission, type Upstream } from '../../harness/index.ts'
import { evictions, isNone, limitOf, missingInRollout, requestOf } from './amounts.ts'
import { contextOrSkip, tryOnCluster } from './cluster.ts'
import type { Container, Labels, Manifest, Probe, Security } from './kinds.ts'
import {
  arrange,
  containersOf,
  problemsOf,
  readDocuments,
  selects,
  serviceSelector,
} from './manifests.ts'
import { argvOf, environmentOf, portOf, runs, type Secrets } from './pods.ts'
import { mebibytes, quantityOf } from './quantity.ts'
import { openDatabase, rehearse, STATES, type State } from './rehearsal.ts'
import { passwordsIn, withoutPlaceholder, wrongImage } from './secrets.ts'

// Manifests are data: nothing of the learner's is run. What runs is the app of this exercise, in the grader's
// own process, with the environment that the manifests give to its container.

const FILE = 'pelican.yaml'
const HOST = 'api.pelican.test'
const MIB = 1024 ** 2
const submission = openSubmission(import.meta)

const documents = () => {
  const { documents, problems } = readDocuments(submission.readText(FILE))
  expect(problems, `what cannot be read in ${FILE}`).toEqual([])
  return documents
}

/** What the API server does not take answers no other question. */
function cluster() {
  const all = documents()
  expect(problemsOf(all), `what Kubernetes does not take, or what is not asked for`).toEqual([])
  return arrange(all as Manifest[])
}

/** What every cluster of this exercise has; another one for each seed. */
function secretsOf(database: Pick<Upstream, 'port'>): Secrets {
  const fresh = new Fresh(submission.seed, 'k8s-deploy:secrets')
  const url = (scheme: string, port: number, path: string) =>
    `${scheme}://pelican:${fresh.string(20)}@127.0.0.1:${port}${path}`
  return {
    'api-secrets': {
      DATABASE_URL: url('postgres', database.port, '/pelican'),
      REDIS_URL: url('redis', 6379, '/0'),
    },
  }
}

/** Where no database is needed. */
const anySecrets = () => secretsOf({ port: 5432 })

/** The container that is the app, with its environment. */
function appOf({ pod, configMaps }: ReturnType<typeof cluster>, secrets = anySecrets()) {
  const environments = pod.containers.map((container) => ({
    container,
    ...environmentOf(container, configMaps, secrets),
  }))
  const isApp = (one: (typeof environments)[number]) =>
    runs(argvOf(one.container, one.env), 'server.ts', one.container)
  return environments.find(isApp) ?? environments[0]!
}

const inWords = (labels: Labels | undefined) =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(', ') || '(none)'

const shown = (value: unknown) => JSON.stringify(value) ?? '(none)'

// ---------------------------------------------------------------- what Kubernetes takes

test('C1 every document can be parsed', () => {
  expect(documents().length, `documents in ${FILE}`).toBeGreaterThan(0)
})

test('C1 no field is unknown, missing or of another type, and each kind is there', () => {
  cluster()
})

// ---------------------------------------------------------------- the same pods

test('C2 the Deployment selects the pods of its template', () => {
  const { deployment, labels } = cluster()
  const { selector } = deployment.spec
  const told = `The selector ${shown(selector)} selects pods with the labels ${inWords(labels)}`
  expect(selects(selector, labels), told).toBe(true)
})

test('C2 the Service selects the pods of the Deployment', () => {
  const { service, labels } = cluster()
  const told = `The selector ${inWords(service.spec.selector)} of the Service selects pods with the labels ${inWords(labels)}`
  expect(selects(serviceSelector(service), labels), told).toBe(true)
  expect(service.spec.type ?? 'ClusterIP', 'the type of the Service').toBe('ClusterIP')
})

test('C2 each port of the Service leads to the port where the app listens', () => {
  const all = cluster()
  const { container, env } = appOf(all)
  for (const { port, targetPort = port, protocol = 'TCP' } of all.service.spec.ports) {
    const told = `port ${port} of the Service, targetPort ${targetPort}`
    expect(protocol, `the protocol of ${told}`).toBe('TCP')
    const reached = portOf(targetPort, container)
    const ports = (container.ports ?? []).map((one) => one.name ?? '(no name)').join(', ')
    expect(reached, `${told}: the container names these ports: ${ports || '(none)'}`).toBeDefined()
    expect(String(reached), `the port of the pod behind ${told}; the app listens at PORT`).toBe(
      env.PORT ?? '(not set)',
    )
  }
})

type IngressPath = {
  path?: string
  pathType: string
  backend: { service?: { name: string; port?: { name?: string; number?: number } } }
}

test(`C2 the Ingress leads https://${HOST}/ to the Service`, () => {
  const { ingress, service } = cluster()
  const { ingressClassName, rules = [], tls = [] } = ingress.spec
  expect(ingressClassName ?? '(none)', 'the ingressClassName').toBe('nginx')
  const paths: IngressPath[] = rules
    .filter((rule: any) => rule.host === HOST)
    .flatMap((rule: any) => rule.http?.paths ?? [])
  const leads = paths.map(({ path = '/', pathType }) => `${path} (${pathType})`)
  const isRoot = ({ path = '/', pathType }: IngressPath) => path === '/' && pathType !== 'Exact'
  expect(
    paths.some(isRoot),
    `the host ${HOST} has a path / that holds for all below it. Its paths: ${leads.join(', ') || '(none)'}`,
  ).toBe(true)
  for (const { path, backend } of paths) {
    const told = `the path ${path} of ${HOST} leads to`
    expect(backend.service?.name, `${told} the Service`).toBe(service.metadata.name)
    const { name, number } = backend.service!.port!
    const ports = service.spec.ports.map((one: any) => (name === undefined ? one.port : one.name))
    expect(ports, `${told} the port ${name ?? number}; the Service has these`).toContain(
      name ?? number,
    )
  }
  const certificates = tls
    .filter((one: any) => (one.hosts ?? []).includes(HOST))
    .map((one: any) => one.secretName)
  expect(certificates, `the Secrets under tls for ${HOST}`).toEqual(['api-tls'])
})

test('C2 the HPA scales the Deployment', () => {
  const { apiVersion, kind, name } = cluster().hpa.spec.scaleTargetRef
  expect({ apiVersion, kind, name }, 'the scaleTargetRef of the HPA').toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: 'api',
  })
})

test('C2 the PDB selects the pods of the Deployment', () => {
  const { pdb, labels } = cluster()
  const told = `The selector ${shown(pdb.spec.selector)} of the PDB selects pods with the labels ${inWords(labels)}`
  expect(selects(pdb.spec.selector, labels), told).toBe(true)
})

// ---------------------------------------------------------------- the rehearsal

test('C3 a container runs the app', () => {
  const { container, env } = appOf(cluster())
  const argv = argvOf(container, env)
  const where = container.workingDir ? ` in ${container.workingDir}` : ''
  const told = `The container ${container.name} runs ${argv.join(' ')}${where}. It is node server.ts`
  expect(runs(argv, 'server.ts', container), told).toBe(true)
})

/** Fails where the app would not start with what the container finds in its environment. */
function expectSettings({ env, problems }: ReturnType<typeof appOf>, secrets: Secrets): void {
  expect(problems, 'why the kubelet does not start the container').toEqual([])
  for (const name of ['DATABASE_URL', 'REDIS_URL']) {
    const right = secrets['api-secrets']![name]
    const came = env[name] === undefined ? 'nothing' : 'something else'
    const seen = env[name] === right ? 'what api-secrets has' : came
    expect(seen, `the value of ${name} in the container`).toBe('what api-secrets has')
  }
}

/** As `rehearse`; settings that the app does not accept are the learner's. */
function startApp(env: Record<string, string>, database: Upstream) {
  try {
    return rehearse(env, database)
  } catch (error) {
    const { PORT = '(none)', LOG_LEVEL = '(none)' } = env
    note('the settings', `PORT: ${PORT}\nLOG_LEVEL: ${LOG_LEVEL}`)
    return expect.fail(`The app does not start. It prints:\napi: ${(error as Error).message}`)
  }
}

test('C3 the app starts with these settings', async () => {
  const database = await openDatabase()
  const secrets = secretsOf(database)
  const app = appOf(cluster(), secrets)
  expectSettings(app, secrets)
  const running = startApp(app.env, database)
  await running.enter('ready')
  const { said } = await running.get(Number(app.env.PORT), '/parcels/PP-1')
  expect(said, 'GET /parcels/PP-1 is answered with').toBe('200')
})

const KINDS = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const
type Kind = (typeof KINDS)[number]

/** Whether a probe must pass. A liveness probe is asked for where there is an app that may hang. */
const MUST_PASS: Record<Kind, Partial<Record<State, boolean>>> = {
  startupProbe: { starting: false, ready: true, 'without database': true },
  readinessProbe: { starting: false, ready: true, 'without database': false, stopping: false },
  livenessProbe: { ready: true, 'without database': true, stopping: true },
}

const IN_WORDS: Record<State, string> = {
  starting: 'while the app starts',
  ready: 'when the app is ready',
  'without database': 'when the database is gone',
  stopping: 'after SIGTERM',
}

/** The probes of a container. Only a startup probe may be missing. */
function probesOf(container: Container): [Kind, Probe][] {
  return KINDS.flatMap((kind): [Kind, Probe][] => {
    const probe = container[kind]
    if (probe === undefined && kind === 'startupProbe') return []
    expect(probe, `the ${kind} of the container ${container.name}`).toBeDefined()
    const { httpGet } = probe!
    expect(httpGet, `the httpGet of the ${kind}, which is ${shown(probe)}`).toBeDefined()
    const host = httpGet!.host || '(none)'
    expect(host, `the host of the ${kind}: without one the pod itself is asked`).toBe('(none)')
    return [[kind, probe!]]
  })
}

test('C3 each probe tells the truth about the app', async () => {
  const database = await openDatabase()
  const secrets = secretsOf(database)
  const app = appOf(cluster(), secrets)
  expectSettings(app, secrets)
  const probes = probesOf(app.container)
  const running = startApp(app.env, database)
  const wrong: string[] = []
  for (const state of STATES) {
    await running.enter(state)
    for (const [kind, probe] of probes) {
      const must = MUST_PASS[kind][state]
      if (must === undefined) continue
      const { path = '/', port } = probe.httpGet!
      const { passes, said } = await running.probe(probe, app.container)
      note(`${IN_WORDS[state]}: ${kind}, GET ${path} at port ${port}`, said)
      if (passes === must) continue
      const asked = `GET ${path} at port ${port}: ${said}`
      wrong.push(`${kind} must ${must ? 'pass' : 'fail'} ${IN_WORDS[state]} (${asked})`)
    }
  }
  expect(wrong, 'what probes get wrong').toEqual([])
})

/** Seconds until so many failures in a row have been seen. */
const secondsOf = ({ periodSeconds = 10, failureThreshold = 3 }: Probe) =>
  periodSeconds * failureThreshold

test('C3 probes are patient with a start, and soon notice the rest', () => {
  const { container } = appOf(cluster())
  const probes = new Map(probesOf(container))
  const liveness = probes.get('livenessProbe')!
  const [first, starts]: [Kind, Probe] = probes.has('startupProbe')
    ? ['startupProbe', probes.get('startupProbe')!]
    : ['livenessProbe', liveness]
  const patience = (starts.initialDelaySeconds ?? 0) + secondsOf(starts)
  expect(
    patience,
    `A start may take 60 seconds. Seconds that the ${first} gives it`,
  ).toBeGreaterThanOrEqual(60)
  expect(
    secondsOf(liveness),
    'An app that hangs is killed within 60 seconds. periodSeconds × failureThreshold of the livenessProbe',
  ).toBeLessThanOrEqual(60)
  expect(
    secondsOf(probes.get('readinessProbe')!),
    'A pod that is not ready gets no more traffic after 30 seconds. periodSeconds × failureThreshold of the readinessProbe',
  ).toBeLessThanOrEqual(30)
})

// ---------------------------------------------------------------- room

test('C4 every container requests CPU and memory, and has a memory limit', () => {
  const { pods } = cluster()
  for (const { container, where } of pods.flatMap(containersOf)) {
    const { requests, limits } = container.resources ?? {}
    const said = `requests ${shown(requests ?? {})}, limits ${shown(limits ?? {})}`
    // `toBeGreaterThan` takes numbers alone.
    const cpu = requestOf(container, 'cpu') ?? 0
    const memory = requestOf(container, 'memory') ?? 0
    const limit = limitOf(container, 'memory') ?? 0
    expect(cpu, `${where}, ${said}: the CPUs that it requests`).toBeGreaterThan(0)
    expect(memory, `${where}, ${said}: the bytes of memory that it requests`).toBeGreaterThan(0)
    expect(limit, `${where}, ${said}: its limit of memory in bytes`).toBeGreaterThan(0)
  }
})

test('C4 the app has the memory that it needs', () => {
  const { container } = appOf(cluster())
  const { requests, limits } = container.resources ?? {}
  const request = requestOf(container, 'memory') ?? 0
  const limit = limitOf(container, 'memory') ?? 0
  const told = `The app has requests ${shown(requests ?? {})}, limits ${shown(limits ?? {})}`
  expect(
    request >= 128 * MIB,
    `${told}. It requests at least 128 MiB, and here ${mebibytes(request)}`,
  ).toBe(true)
  expect(
    limit >= 256 * MIB,
    `${told}. Its limit is at least 256 MiB, and here ${mebibytes(limit)}`,
  ).toBe(true)
})

test('C4 each pod fits on a node', () => {
  for (const pod of cluster().pods) {
    const { containers, initContainers = [] } = pod.spec
    // One init container runs at a time, and before the others.
    const atMost = (amount: (container: Container) => number | undefined) => {
      const sum = containers.reduce((all, one) => all + (amount(one) ?? 0), 0)
      return Math.max(sum, ...initContainers.map((one) => amount(one) ?? 0))
    }
    const cpu = atMost((one) => requestOf(one, 'cpu'))
    const requested = atMost((one) => requestOf(one, 'memory'))
    const limit = atMost((one) => limitOf(one, 'memory'))
    expect(cpu, `CPUs that a pod of ${pod.owner} requests; a node has 4`).toBeLessThanOrEqual(4)
    expect(
      Math.max(requested, limit) <= 8192 * MIB,
      `A pod of ${pod.owner} requests ${mebibytes(requested)} and is limited to ${mebibytes(limit)}. A node has 8 GiB, which is enough for it`,
    ).toBe(true)
  }
})

test('C4 the HPA keeps two replicas, and may scale', () => {
  const { hpa, deployment } = cluster()
  const { minReplicas = 1, maxReplicas } = hpa.spec
  expect(minReplicas, 'the minReplicas of the HPA (1 where none is given)').toBeGreaterThanOrEqual(2)
  expect(maxReplicas, 'the maxReplicas, more than minReplicas').toBeGreaterThan(minReplicas)
  const { replicas } = deployment.spec
  if (replicas === undefined) return
  const told = `The Deployment says replicas: ${replicas}, the HPA allows ${minReplicas} to ${maxReplicas}. The number lies within`
  expect(replicas >= minReplicas && replicas <= maxReplicas, told).toBe(true)
})

type Metric = {
  type: string
  resource?: { name: string; target: { type: string } }
  containerResource?: { name: string; container: string; target: { type: string } }
}

test('C4 the HPA goes by something that the containers request', () => {
  const { hpa, pod } = cluster()
  // Without metrics it is CPU.
  const cpu: Metric = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } }
  const metrics = (hpa.spec.metrics ?? []) as Metric[]
  const measured = metrics.length > 0 ? metrics : [cpu]
  const own = measured.flatMap(({ resource, containerResource }) => {
    const source = resource ?? containerResource
    if (!source || !['cpu', 'memory'].includes(source.name)) return []
    return [{ ...source, container: containerResource?.container }]
  })
  expect(own.length, `metrics of CPU or memory among ${shown(metrics)}`).toBeGreaterThan(0)
  for (const { name, container, target } of own) {
    const asked = pod.containers.filter((one) => container === undefined || one.name === container)
    expect(asked.length, `containers named ${container}, which a metric is about`).toBeGreaterThan(0)
    if (target.type !== 'Utilization') continue
    for (const one of asked) {
      const request = requestOf(one, name as 'cpu' | 'memory') ?? 0
      const told = `The HPA wants a share of the ${name} that is requested. The container ${one.name} requests`
      expect(request, told).toBeGreaterThan(0)
    }
  }
})

test('C4 the PDB lets one pod go at any time, and never all', () => {
  const { hpa, pdb } = cluster()
  const { minReplicas = 1, maxReplicas } = hpa.spec
  const { minAvailable, maxUnavailable } = pdb.spec
  const budget = shown({ minAvailable, maxUnavailable })
  const most = Math.min(maxReplicas, minReplicas + 1000)
  for (let count = minReplicas; count <= most; count++) {
    const allowed = evictions(pdb.spec, count)
    const told = `The PDB has ${budget}. Of ${count} pods, all of them well, it lets so many go at once`
    expect(allowed, `${told}, which is at least one`).toBeGreaterThanOrEqual(1)
    expect(allowed, `${told}, which is not all`).toBeLessThan(count)
  }
})

// ---------------------------------------------------------------- rights

/** A setting of a container, or of its pod where it says nothing itself. */
const effective = <Name extends keyof Security>(
  name: Name,
  { container, spec }: ReturnType<typeof containersOf>[number],
) => container.securityContext?.[name] ?? spec.securityContext?.[name]

test('C5 no container runs as root', () => {
  for (const one of cluster().pods.flatMap(containersOf)) {
    expect(effective('runAsNonRoot', one), `runAsNonRoot of ${one.where}`).toBe(true)
    expect(effective('runAsUser', one), `runAsUser of ${one.where}`).not.toBe(0)
  }
})

test('C5 no container can get more rights', () => {
  for (const { container, where } of cluster().pods.flatMap(containersOf)) {
    const { allowPrivilegeEscalation, privileged, capabilities } = container.securityContext ?? {}
    expect(allowPrivilegeEscalation, `allowPrivilegeEscalation of ${where}`).toBe(false)
    expect(privileged ?? false, `privileged of ${where}`).toBe(false)
    expect(capabilities?.drop ?? [], `capabilities that ${where} drops`).toContain('ALL')
    expect(capabilities?.add ?? [], `capabilities that ${where} adds`).toEqual([])
  }
})

test('C5 every container has the seccomp profile RuntimeDefault', () => {
  for (const one of cluster().pods.flatMap(containersOf)) {
    const profile = effective('seccompProfile', one)
    expect(profile?.type ?? '(none)', `the seccompProfile of ${one.where}`).toBe('RuntimeDefault')
  }
})

test('C5 no container writes to its image', () => {
  for (const { container, where } of cluster().pods.flatMap(containersOf)) {
    const { readOnlyRootFilesystem } = container.securityContext ?? {}
    expect(readOnlyRootFilesystem, `readOnlyRootFilesystem of ${where}`).toBe(true)
  }
})

test('C5 the app has a /tmp that it may write to', () => {
  const all = cluster()
  const { container } = appOf(all)
  const mounts = container.volumeMounts ?? []
  const isTmp = (folder: string) => path.posix.join(folder, '/') === '/tmp/'
  const mount = mounts.find((one) => isTmp(one.mountPath))
  const folders = mounts.map((one) => one.mountPath).join(', ') || '(none)'
  expect(mount, `the volume at /tmp. The container mounts: ${folders}`).toBeDefined()
  expect(mount!.readOnly ?? false, 'readOnly of what is mounted at /tmp').toBe(false)
  const volume = (all.pod.volumes ?? []).find((one) => one.name === mount!.name)!
  const kinds = Object.keys(volume).filter((key) => key !== 'name')
  // A volume without a kind is an empty one.
  expect(kinds[0] ?? 'emptyDir', 'the kind of the volume at /tmp').toBe('emptyDir')
  const size = quantityOf(volume.emptyDir?.sizeLimit) ?? Number.POSITIVE_INFINITY
  const told = `The volume at /tmp has a sizeLimit of ${mebibytes(size)}. It has room for 100 MiB`
  expect(size >= 100 * MIB, told).toBe(true)
})

test('C5 no pod shares anything of its host', () => {
  for (const pod of cluster().pods) {
    const { hostNetwork, hostPID, hostIPC, volumes = [] } = pod.spec
    const used = Object.entries({ hostNetwork, hostPID, hostIPC })
      .filter(([, value]) => value === true)
      .map(([name]) => name)
    const folders = volumes.filter((one) => one.hostPath).map((one) => `hostPath ${one.name}`)
    const ports = containersOf(pod)
      .flatMap(({ container }) => container.ports ?? [])
      .filter((port) => port.hostPort !== undefined && port.hostPort !== 0)
      .map((port) => `hostPort ${port.hostPort}`)
    expect([...used, ...folders, ...ports], `what ${pod.owner} shares with its host`).toEqual([])
  }
})

// ---------------------------------------------------------------- secrets and images

test('C6 no password stands in the file', () => {
  const text = submission.readText(FILE)
  // Read as YAML, too: a text may stand in several lines, or be escaped.
  const read = JSON.stringify(documents())
  const found = [...new Set([...passwordsIn(text), ...passwordsIn(read)])]
  expect(found, `URLs with a password in ${FILE}`).toEqual([])
})

test('C6 there is no Secret among the documents', () => {
  const secrets = documents()
    .filter((one) => (one as Partial<Manifest>)?.kind === 'Secret')
    .map((one) => `Secret ${(one as Partial<Manifest>).metadata?.name ?? ''}`)
  expect(secrets, `Secrets in ${FILE}; api-secrets is in the cluster already`).toEqual([])
})

test('C6 an example of a Secret holds placeholders', () => {
  const name = 'secret.example.yaml'
  if (!existsSync(path.join(path.dirname(submission.file(FILE)), name))) return
  const { documents, problems } = readDocuments(submission.readText(name))
  expect(problems, `what cannot be read in ${name}`).toEqual([])
  expect(
    withoutPlaceholder(documents),
    `keys in ${name} whose values have no placeholder such as <database-url>`,
  ).toEqual([])
})

test('C6 every image has a version', () => {
  for (const { container, where } of cluster().pods.flatMap(containersOf)) {
    expect(wrongImage(container.image) ?? 'right', `the image of ${where}`).toBe('right')
  }
})

// ---------------------------------------------------------------- rollouts

test('C7 a rollout leaves a pod at any time', () => {
  const { deployment, hpa } = cluster()
  const { type = 'RollingUpdate', rollingUpdate = {} } = deployment.spec.strategy ?? {}
  expect(type, 'the strategy of the Deployment').toBe('RollingUpdate')
  const { maxSurge, maxUnavailable } = rollingUpdate
  const both = isNone(maxSurge) && isNone(maxUnavailable)
  expect(both, 'maxSurge and maxUnavailable are both 0, so that no rollout gets on').toBe(false)
  const count = hpa.spec.minReplicas ?? 1
  const left = count - missingInRollout(rollingUpdate, count)
  const told = `The strategy is ${shown(rollingUpdate)} (25% each where none is given). Pods that a rollout of ${count} leaves at any time`
  expect(left, told).toBeGreaterThanOrEqual(1)
})

test('C7 a pod has the time that it needs to stop', () => {
  const { pod } = cluster()
  const hooks = pod.containers.map((container) => {
    const { preStop } = container.lifecycle ?? {}
    const kinds = Object.keys(preStop ?? {})
    expect(
      kinds.filter((kind) => kind !== 'sleep'),
      `what else than a sleep the preStop hook of ${container.name} does. The image has no shell`,
    ).toEqual([])
    return preStop?.sleep?.seconds ?? 0
  })
  const slept = Math.max(0, ...hooks)
  const { terminationGracePeriodSeconds: grace = 30 } = pod
  const told = `The pod is killed after ${grace} seconds. It sleeps for ${slept} before SIGTERM, and then goes on for 15. The seconds that it has, more than it needs`
  expect(grace, told).toBeGreaterThan(slept + 15)
})

// ---------------------------------------------------------------- a real cluster

test('C8 a real cluster applies it, rolls it out, and restarts it under load', {
  timeout: 600_000,
}, async (context) => {
  const kube = contextOrSkip((reason) => context.skip(`not run: ${reason}`))
  const all = documents()
  cluster()
  const { refused, requests, failed } = await tryOnCluster(kube, all as Manifest[])
  expect(refused, 'what the API server, or the rollout, says').toEqual([])
  expect(requests, 'requests that were sent during the restart').toBeGreaterThan(50)
  expect(failed, `requests of ${requests} that failed during the restart`).toBe(0)
})

// ---------------------------------------------------------------- more than one node, and the token

test('C9 pods are spread over nodes or zones', () => {
  const { pod, labels } = cluster()
  const { requiredDuringSchedulingIgnoredDuringExecution: required = [] } =
    pod.affinity?.podAntiAffinity ?? {}
  const { preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } =
    pod.affinity?.podAntiAffinity ?? {}
  const terms = [
    ...(pod.topologySpreadConstraints ?? []),
    ...required,
    ...preferred.map((one) => one.podAffinityTerm),
  ]
  const KEYS = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone']
  const isSpread = terms.some(
    ({ topologyKey, labelSelector }) =>
      KEYS.includes(topologyKey) && selects(labelSelector, labels),
  )
  const told = `The pods have the labels ${inWords(labels)}, and are spread by ${terms.length > 0 ? shown(terms) : 'nothing'}. One of these is about nodes or zones, and selects them`
  expect(isSpread, told).toBe(true)
})

test('C9 no pod has a token for the API server', () => {
  const { pods, serviceAccounts } = cluster()
  for (const { owner, spec } of pods) {
    const name = spec.serviceAccountName ?? spec.serviceAccount ?? 'default'
    const account = serviceAccounts.get(name)?.automountServiceAccountToken
    const mounts = spec.automountServiceAccountToken ?? account
    const told = `automountServiceAccountToken of the pods of ${owner}, or of their ServiceAccount ${name}`
    expect(mounts, told).toBe(false)
  }
})

// ---------------------------------------------------------------- the migration

test('C10 a Job or an init container runs the migration', () => {
  const { jobs, pod, configMaps } = cluster()
  const secrets = anySecrets()
  const inJobs = jobs.flatMap(({ template }) => template.spec.containers)
  const all = [...(pod.initContainers ?? []), ...inJobs].map((container) => {
    const { env, problems } = environmentOf(container, configMaps, secrets)
    return { container, env, problems, argv: argvOf(container, env) }
  })
  const found = all.filter(({ argv, container }) => runs(argv, 'migrate.ts', container))
  const others = all.map(({ container, argv }) => `${container.name}: ${argv.join(' ')}`).join('; ')
  expect(
    found.length,
    `containers of Jobs, and init containers, that run node migrate.ts. There are: ${others || '(none)'}`,
  ).toBeGreaterThan(0)
  for (const { container, env, problems } of found) {
    expect(problems, `why the kubelet does not start ${container.name}`).toEqual([])
    const isRight = env.DATABASE_URL === secrets['api-secrets']!.DATABASE_URL
    const told = `${container.name} finds in DATABASE_URL what api-secrets has`
    expect(isRight, told).toBe(true)
    expect(container.restartPolicy, `the restartPolicy of ${container.name}, which ends`).not.toBe(
      'Always',
    )
  }
})

test('C10 the pods of a Job end, and nobody takes them for the API', () => {
  const { jobs, service, pdb, deployment } = cluster()
  for (const { job, template } of jobs) {
    const name = `Job ${job.metadata.name}`
    const policy = template.spec.restartPolicy ?? 'Always'
    expect(['Never', 'OnFailure'], `the restartPolicy of the pods of ${name}, one of these`).toContain(
      policy,
    )
    const labels = template.metadata?.labels ?? {}
    const takers = Object.entries({
      Service: serviceSelector(service),
      PodDisruptionBudget: pdb.spec.selector,
      Deployment: deployment.spec.selector,
    })
      .filter(([, selector]) => selects(selector, labels))
      .map(([kind]) => kind)
    expect(takers, `who selects the pods of ${name}, with the labels ${inWords(labels)}`).toEqual([])
  }
})
