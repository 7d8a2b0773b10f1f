/** What this grader reads of the API's types; the table in `types.ts` has been held to them before. */
export type Labels = Record<string, string>
export type Selector = {
  matchLabels?: Labels
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}
export type HttpGet = {
  path?: string
  port: number | string
  scheme?: string
  host?: string
}
export type Probe = {
  httpGet?: HttpGet
  exec?: unknown
  tcpSocket?: unknown
  grpc?: unknown
  initialDelaySeconds?: number
  periodSeconds?: number
  failureThreshold?: number
  successThreshold?: number
}
export type KeyRef = { name?: string; key: string; optional?: boolean }
export type EnvVar = {
  name: string
  value?: string
  valueFrom?: {
    configMapKeyRef?: KeyRef
    secretKeyRef?: KeyRef
    fieldRef?: { fieldPath: string }
    resourceFieldRef?: { resource: string }
  }
}
export type EnvFrom = {
  prefix?: string
  configMapRef?: { name?: string; optional?: boolean }
  secretRef?: { name?: string; optional?: boolean }
}
export type Security = {
  runAsNonRoot?: boolean
  runAsUser?: number
  allowPrivilegeEscalation?: boolean
  privileged?: boolean
  readOnlyRootFilesystem?: boolean
  capabilities?: { add?: string[]; drop?: string[] }
  seccompProfile?: { type: string }
}
export type Amounts = Record<string, string | number>
export type Container = {
  name: string
  image: string
  command?: string[]
  args?: string[]
  workingDir?: string
  env?: EnvVar[]
  envFrom?: EnvFrom[]
  ports?: { name?: string; containerPort: number; hostPort?: number; protocol?: string }[]
  resources?: { requests?: Amounts; limits?: Amounts }
  restartPolicy?: string
  lifecycle?: { preStop?: Record<string, unknown> & { sleep?: { seconds: number } } }
  startupProbe?: Probe
  livenessProbe?: Probe
  readinessProbe?: Probe
  securityContext?: Security
  volumeMounts?: {
    name: string
    mountPath: string
    readOnly?: boolean
    subPath?: string
    subPathExpr?: string
  }[]
}
export type Volume = { name: string } & Record<string, any>
export type AffinityTerm = { topologyKey: string; labelSelector?: Selector }
export type PodSpec = {
  containers: Container[]
  initContainers?: Container[]
  volumes?: Volume[]
  restartPolicy?: string
  serviceAccountName?: string
  serviceAccount?: string
  automountServiceAccountToken?: boolean
  terminationGracePeriodSeconds?: number
  securityContext?: Security
  hostNetwork?: boolean
  hostPID?: boolean
  hostIPC?: boolean
  topologySpreadConstraints?: AffinityTerm[]
  affinity?: {
    podAntiAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: AffinityTerm[]
      preferredDuringSchedulingIgnoredDuringExecution?: { podAffinityTerm: AffinityTerm }[]
    }
  }
}
export type Template = { metadata?: { labels?: Labels }; spec: PodSpec }
export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels }
  spec?: any
  data?: Record<string, string>
  automountServiceAccountToken?: boolean
}

/** How a manifest is called in messages: `Deployment api`. */
export const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`
