import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanup, freshName } from '../../harness/index.ts'
import type { Container, Manifest, Template } from './kinds.ts'

// C8: the manifests in a namespace of their own on a cluster of the learner's. Node's own image stands for the
// app's, with the app in it from a ConfigMap.

/** What has Node 24 or later in it, and can be had by the cluster. */
const IMAGE = process.env.ROADWORKS_KUBE_IMAGE ?? 'node:24-alpine'

/** The context of kubectl to use; without one the test is skipped. */
export function contextOrSkip(skip: (reason: string) => never): string {
  const context = process.env.ROADWORKS_KUBE_CONTEXT
  if (context) return context
  return skip(
    'a Kubernetes cluster: set ROADWORKS_KUBE_CONTEXT to a context of kubectl, such as kind-kind',
  )
}

type Kubectl = (args: string[], input?: unknown) => Promise<{ code: number; said: string }>

/** kubectl for one context and namespace. Its input is sent as JSON, which is YAML too. */
function kubectlFor(context: string, namespace: string): Kubectl {
  return (args, input) =>
    new Promise((resolve, reject) => {
      const all = ['--context', context, '--namespace', namespace, ...args]
      const limits = { timeout: 300_000, maxBuffer: 16 * 1024 ** 2 }
      const child = execFile('kubectl', all, limits, (failed, out, error) => {
        if (failed?.code === 'ENOENT') return reject(new Error('kubectl is not on PATH. Install it.'))
        const code = failed ? (typeof failed.code === 'number' ? failed.code : -1) : 0
        resolve({ code, said: `${out}${error}`.trim() })
      })
      child.stdin!.on('error', () => {})
      child.stdin!.end(input === undefined ? '' : JSON.stringify(input))
    })
}

const listOf = (items: unknown[]) => ({ apiVersion: 'v1', kind: 'List', items })

const SOURCES = ['api.ts', 'server.ts', 'migrate.ts']

/** A server that accepts connections, and a client that counts what goes wrong. */
const DATABASE = "require('node:net').createServer((socket) => socket.destroy()).listen(5432)"
const load = (url: string) => `
let requests = 0, failed = 0
const one = async () => {
  for (;;) {
    requests += 1
    try {
      const answer = await fetch(${JSON.stringify(url)}, {
        headers: { connection: 'close' }, signal: AbortSignal.timeout(5000) })
      await answer.text()
      if (!answer.ok) failed += 1
    } catch { failed += 1 }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
for (let i = 0; i < 4; i++) one()
setInterval(() => console.log(JSON.stringify({ requests, failed })), 500)
process.on('SIGTERM', () => process.exit())
`

const podOf = (name: string, script: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { 'roadworks.test/pod': name } },
  spec: {
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsUser: 10001, runAsNonRoot: true },
    containers: [{ name: 'node', image: IMAGE, command: ['node', '-e', script] }],
  },
})

/** A copy of a manifest for another namespace. */
const moved = (manifest: Manifest, namespace: string): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, namespace },
})

/** Puts Node's image and the app in place of the app's image. */
function withNode(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Deployment' && manifest.kind !== 'Job') return manifest
  const template = manifest.spec.template as Template
  const { spec } = template
  const change = (container: Container): Container => {
    const { command = ['node'], args = container.command ? [] : ['server.ts'] } = container
    const volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name: 'roadworks-app', mountPath: '/app' },
    ]
    const workingDir = container.workingDir ?? '/app'
    return { ...container, image: IMAGE, command, args, workingDir, volumeMounts }
  }
  const changed = {
    ...spec,
    securityContext: { runAsUser: 10001, ...spec.securityContext },
    containers: spec.containers.map(change),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(change) }),
    volumes: [
      ...(spec.volumes ?? []),
      { name: 'roadworks-app', configMap: { name: 'roadworks-app' } },
    ],
  }
  return { ...manifest, spec: { ...manifest.spec, template: { ...template, spec: changed } } }
}

/** What came of it: what was refused, and the requests during the restart. */
export type Trial = { refused: string[]; requests: number; failed: number }

const refusal = (what: string, said: string): Trial => ({
  refused: [`${what}: ${said.slice(-2000)}`],
  requests: 0,
  failed: 0,
})

/** Applies the manifests, waits for the rollout, and restarts it under load. */
export async function tryOnCluster(context: string, manifests: Manifest[]): Promise<Trial> {
  const namespace = freshName('k8s').replaceAll('_', '-')
  const kubectl = kubectlFor(context, namespace)
  /** For what is ours to make: a failure of it is no mistake of the learner's. */
  const must = async (args: string[], input?: unknown): Promise<string> => {
    const { code, said } = await kubectl(args, input)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${said.slice(-1000)}`)
    return said
  }
  cleanup(async () => {
    await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false'])
  })
  await must(['create', 'namespace', namespace])

  const own = manifests
    .filter(({ kind }) => kind !== 'Namespace')
    .map((manifest) => moved(manifest, namespace))
  const strict = ['apply', '--validate=strict', '-f', '-']
  const checked = await kubectl([...strict, '--dry-run=server'], listOf(own))
  if (checked.code !== 0) return refusal('kubectl apply --dry-run=server', checked.said)

  const app = path.join(import.meta.dirname, 'starter', 'app')
  const data = Object.fromEntries(
    SOURCES.map((name) => [name, readFileSync(path.join(app, name), 'utf8')]),
  )
  const stringData = {
    DATABASE_URL: 'postgres://pelican@roadworks-database:5432/pelican',
    REDIS_URL: 'redis://roadworks-database:6379/0',
  }
  await must(
    ['apply', '-f', '-'],
    listOf([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'roadworks-app' }, data },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'api-secrets' }, stringData },
      podOf('roadworks-database', DATABASE),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'roadworks-database' },
        spec: {
          selector: { 'roadworks.test/pod': 'roadworks-database' },
          ports: [{ port: 5432 }],
        },
      },
    ]),
  )
  await must(['wait', '--for=condition=Ready', 'pod/roadworks-database', '--timeout=180s'])

  const applied = await kubectl(
    strict,
    listOf(own.filter(({ kind }) => kind !== 'Ingress').map(withNode)),
  )
  if (applied.code !== 0) return refusal('kubectl apply', applied.said)
  const rolled = ['rollout', 'status', 'deployment/api', '--timeout=240s']
  const first = await kubectl(rolled)
  if (first.code !== 0) return refusal('kubectl rollout status deployment/api', first.said)
  for (const { metadata } of own.filter(({ kind }) => kind === 'Job')) {
    const done = await kubectl([
      ...['wait', '--for=condition=Complete', `job/${metadata.name}`, '--timeout=120s'],
    ])
    if (done.code !== 0) return refusal(`kubectl wait job/${metadata.name}`, done.said)
  }

  const { metadata, spec } = own.find(({ kind }) => kind === 'Service')!
  const url = `http://${metadata.name}:${spec.ports[0].port}/parcels/PP-1`
  await must(['apply', '-f', '-'], podOf('roadworks-load', load(url)))
  await must(['wait', '--for=condition=Ready', 'pod/roadworks-load', '--timeout=180s'])
  const counted = async () => {
    const line = await must(['logs', 'pod/roadworks-load', '--tail=1'])
    return (line === '' ? { requests: 0, failed: 0 } : JSON.parse(line)) as Omit<Trial, 'refused'>
  }
  const untilMore = async (than: number): Promise<Omit<Trial, 'refused'>> => {
    for (let tries = 0; tries < 240; tries++) {
      const now = await counted()
      if (now.requests > than) return now
      await sleep(500)
    }
    throw new Error('The pod that sends requests sends none.')
  }
  const before = await untilMore(20)
  await must(['rollout', 'restart', 'deployment/api'])
  const second = await kubectl(rolled)
  if (second.code !== 0) return refusal('kubectl rollout restart deployment/api', second.said)
  // The last old pods go on for a while after the rollout's end.
  const after = await untilMore((await counted()).requests + 2000)
  return {
    refused: [],
    requests: after.requests - before.requests,
    failed: after.failed - before.failed,
  }
}
