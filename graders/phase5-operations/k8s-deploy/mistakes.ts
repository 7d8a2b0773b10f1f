import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('pelican.yaml')

// ---------------------------------------------------------------- rules

const YAML = 'Every document can be parsed, and no key stands twice.'
const FIELDS =
  'No field is unknown, misplaced, missing where it is required, or of another type.'
const VALUES = 'Quantities, names, ports and words are such as the API server accepts.'
const VERSIONS = 'Each kind has its current `apiVersion`.'
const ONE_EACH =
  'There is one each of the first six kinds of the table, and none that the table lacks.'
const NAMES = 'No object of a kind and name stands twice.'
const NAMESPACE = 'Each object says `namespace: pelican`, the Namespace itself aside.'
const OWN_PODS = 'Its selector selects the pods of its own template.'
const SERVICE =
  'Its selector selects these pods, and its port leads to the port where the app listens.'
const TYPE = 'The Service has the type `ClusterIP`.'
const INGRESS =
  'Class `nginx`; every path of the host `api.pelican.test` leads to a port that the Service has.'
const TLS = 'The Ingress serves `api.pelican.test` with the Secret `api-tls`.'
const HPA = 'It scales the Deployment `api`.'
const PDB = 'Its selector selects the pods of `api`.'
const NO_TRAFFIC =
  'Pods of a Job are selected by neither the Service, nor the PDB, nor the Deployment.'
const COMMAND = 'The container runs `node server.ts`, which the image does by itself.'
const SETTINGS = 'All four settings reach the app, with values that it accepts.'
const FROM_SECRET = '`DATABASE_URL` and `REDIS_URL` have the values of `api-secrets`.'
const FORM = 'Probes are `httpGet`, and ask the pod itself.'
const READINESS =
  'The readiness probe passes when the app is ready, and fails when it starts, when the database is gone, and from SIGTERM on.'
const LIVENESS =
  'The liveness probe passes when the app is ready, when the database is gone, and after SIGTERM.'
const STARTUP =
  'A startup probe, if any, fails before the app listens, and passes when it is ready, also when the database is gone.'
const PATIENCE = 'A start may take 60 seconds:'
const HANG = 'An app that hangs is killed within 60 seconds:'
const UNREADY = 'A pod that is not ready gets no more traffic after 30 seconds:'
const MIGRATION =
  'A Job or an init container runs `node migrate.ts`, with `DATABASE_URL` from `api-secrets`.'
const ENDS = "A Job's pods have `restartPolicy` `Never` or `OnFailure`."
const EVERY =
  '"Every container" means those of the Deployment and of the Job, init containers too.'
const REQUESTS = 'Every container requests CPU and memory.'
const MEMORY =
  'Every container has a memory limit; that of the app is at least 256 MiB, and it requests at least 128 MiB.'
const NODES =
  'A pod fits on a node: its requests and its memory limits are at most 4 CPUs and 8 GiB.'
const REPLICAS =
  'The HPA has at least 2 replicas at any time, and may scale to more than its minimum.'
const NUMBER = '`replicas` of the Deployment is left out, or lies within what the HPA allows.'
const METRIC = 'The HPA goes by CPU or memory that the containers request.'
const EVICTION =
  'With as many replicas as the HPA may choose, the PDB always allows one eviction, and never allows all at once.'
const USER =
  'Every container has `runAsNonRoot: true`, by itself or its pod, and no `runAsUser: 0`.'
const ESCALATION =
  'Every container has `allowPrivilegeEscalation: false`, and none is `privileged`.'
const CAPABILITIES = 'Every container drops `ALL` capabilities, and adds none.'
const READ_ONLY = 'Every container has `readOnlyRootFilesystem: true`.'
const TMP =
  'The app has an `emptyDir` at `/tmp` that it may write to and that has room for 100 MiB.'
const SECCOMP =
  'Every container has the seccomp profile `RuntimeDefault`, by itself or its pod.'
const HOST = "No pod shares the host's network, processes, IPC, ports or folders."
const TOKEN =
  'No pod has a token for the API server: `automountServiceAccountToken: false`, in the pod or in its ServiceAccount.'
const PASSWORDS =
  'No URL with a password stands in `pelican.yaml`, in comments and base64 neither.'
const NO_SECRET = 'There is no Secret among the documents.'
const EXAMPLE =
  'In a `secret.example.yaml`, if any, each value has a placeholder such as `<database-url>`.'
const IMAGES = 'Every container runs `registry.pelican.test/api`, by the tag `1.4.2` or a digest.'
const STRATEGY =
  '`RollingUpdate`, under which at least one pod stays with as few replicas as the HPA allows.'
const PROGRESS = '`maxSurge` and `maxUnavailable` are not both 0.'
const GRACE =
  '`terminationGracePeriodSeconds` is more than 15 seconds and the time of the `preStop` hook together.'
const HOOK = 'A `preStop` hook, if any, is a `sleep`.'
const SPREAD =
  'Pods are spread over nodes or zones, by `topologySpreadConstraints` or `podAntiAffinity` whose selector selects the pods of `api`.'

// ---------------------------------------------------------------- the reference's text

const APP_LABELS = `      labels: # of the pods
        app.kubernetes.io/name: api
`
const SERVICE_SELECTOR = `  selector: # of the Service
    app.kubernetes.io/name: api
`
const APP_NAME = '      containers:\n        - name: api\n'
const APP_IMAGE = 'registry.pelican.test/api:1.4.2 # the version to ship'
const MIGRATE_IMAGE = 'registry.pelican.test/api:1.4.2 # as the API'
const LOG_LEVEL = '  LOG_LEVEL: info\n'
const CONFIG_PORT = '  PORT: "8080"\n'
const DATABASE_URL = `            - name: DATABASE_URL
              valueFrom:
                secretKeyRef: { name: api-secrets, key: DATABASE_URL }
`
const REDIS_URL = `            - name: REDIS_URL
              valueFrom:
                secretKeyRef: { name: api-secrets, key: REDIS_URL }
`
const ENV_FROM = `          envFrom:
            - configMapRef:
                name: api-config
`
const STARTUP_PROBE = `          startupProbe:
            httpGet: { path: /livez, port: http } # startup
            periodSeconds: 3
            failureThreshold: 30
`
const LIVENESS_GET = 'httpGet: { path: /livez, port: http } # liveness'
const READINESS_GET = 'httpGet: { path: /readyz, port: http } # readiness'
const LIVENESS_PROBE = `          livenessProbe:
            ${LIVENESS_GET}
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 3 # liveness
`
const PRE_STOP = `              sleep:
                seconds: 5 # until everybody knows that the pod goes
`
const APP_RESOURCES = `          resources: # of the API
            requests: { cpu: 250m, memory: 160Mi }
            limits: { memory: 320Mi }
`
const MIGRATE_RESOURCES = `          resources: # of the migration
            requests: { cpu: 50m, memory: 128Mi }
            limits: { memory: 256Mi }
`
const APP_SECURITY = `          securityContext: # of the API
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
`
const MIGRATE_SECURITY = `          securityContext: # of the migration
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
`
const POD_SECURITY = `        runAsNonRoot: true # for the API
        seccompProfile:
          type: RuntimeDefault
`
const MOUNT = `          volumeMounts:
            - name: tmp
              mountPath: /tmp
`
const TMP_VOLUME = '          emptyDir: { sizeLimit: 200Mi }\n'
const GRACE_PERIOD = '      terminationGracePeriodSeconds: 30\n'
const ROLLING = `    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
`
const MIN_REPLICAS = '  minReplicas: 3\n'
const MAX_REPLICAS = '  maxReplicas: 10\n'
const NO_REPLICAS = "  # No replicas: their number is the HPA's.\n"
const BUDGET = '  maxUnavailable: 1\n  selector:\n'
const TARGET = '      targetPort: http # the container'
const CONFIG_MAP = 'kind: ConfigMap\nmetadata:\n  name: api-config\n  namespace: pelican\ndata:\n'
const PATHS = `          - path: /
            pathType: Prefix
`
const BACKEND_PORT = 'port: { name: web }'
const SPREADING = `      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: api # to spread
`
const JOB_LABELS = `      labels:
        app.kubernetes.io/name: migrate
`
const JOB_POLICY = 'restartPolicy: OnFailure # try again in the same pod'
const JOB_SECRET = `                secretKeyRef:
                  name: api-secrets
                  key: DATABASE_URL
`
const SCALE_TARGET = '{ apiVersion: apps/v1, kind: Deployment, name: api }'
const METRIC_CPU = `        name: cpu
        target: { type: Utilization, averageUtilization: 70 }
`
const TOKEN_OFF = 'automountServiceAccountToken: false\n'
/** Where a document begins that stands by itself. */
const FIRST = 'apiVersion: v1\nkind: Namespace\n'

const URL_WITH_PASSWORD = 'postgres://pelican:correct-horse@db.pelican.test:5432/pelican'

type Row = [check: string, why: string, rule: string, ...edits: ReturnType<typeof edit>[]]

const ROWS: Row[] = [
  [
    'C2',
    'the template has other labels than the selector asks for',
    OWN_PODS,
    edit(APP_LABELS, APP_LABELS.replace('name: api', 'name: pelican-api')),
  ],
  [
    'C2',
    'targetPort 80: nothing listens there',
    SERVICE,
    edit(TARGET, '      targetPort: 80 # the container'),
  ],
  [
    'C3',
    'liveness asks for the database: when it is gone, all pods are killed again and again',
    LIVENESS,
    edit(LIVENESS_GET, 'httpGet: { path: /readyz, port: http }'),
  ],
  [
    'C1',
    'a probe of the pod, which is one of the container',
    FIELDS,
    edit(LIVENESS_PROBE, ''),
    edit(
      GRACE_PERIOD,
      `${GRACE_PERIOD}      livenessProbe:\n        httpGet: { path: /livez, port: 8080 }\n`,
    ),
  ],
  [
    'C6',
    'DATABASE_URL, with its password, in the ConfigMap',
    PASSWORDS,
    edit(LOG_LEVEL, `${LOG_LEVEL}  DATABASE_URL: ${URL_WITH_PASSWORD}\n`),
    edit(DATABASE_URL, ''),
  ],
  [
    'C4',
    'the HPA wants a share of CPU, and the app requests none',
    METRIC,
    edit(APP_RESOURCES, APP_RESOURCES.replace('cpu: 250m, ', '')),
  ],
  [
    'C5',
    'a read-only root, and no /tmp to write to',
    TMP,
    edit(MOUNT, ''),
    edit(`      volumes:\n        - name: tmp\n${TMP_VOLUME}`, ''),
  ],
  [
    'C7',
    'killed after 10 seconds, in the midst of draining',
    GRACE,
    edit(GRACE_PERIOD, GRACE_PERIOD.replace('30', '10')),
  ],
  [
    'C4',
    'the PDB wants as many pods as there are: no node can be emptied',
    EVICTION,
    edit(BUDGET, '  minAvailable: 3\n  selector:\n'),
  ],
  // ---------------------------------------------------------------- C1
  ['C1', 'a key that stands twice', YAML, edit(MIN_REPLICAS, `${MIN_REPLICAS}  minReplicas: 2\n`)],
  ['C1', 'a tab in the indentation', YAML, edit(CONFIG_PORT, '\tPORT: "8080"\n')],
  ['C1', 'a number in a ConfigMap', FIELDS, edit(CONFIG_PORT, '  PORT: 8080\n')],
  [
    'C1',
    'a number in env, without quotes',
    FIELDS,
    edit(REDIS_URL, `${REDIS_URL}            - name: PORT\n              value: 8080\n`),
  ],
  [
    'C1',
    'a field in other letters',
    FIELDS,
    edit(MOUNT, MOUNT.replace('mountPath', 'mountpath')),
  ],
  [
    'C1',
    'securityContext of the pod with what only a container has',
    FIELDS,
    edit(POD_SECURITY, `${POD_SECURITY}        readOnlyRootFilesystem: true\n`),
  ],
  [
    'C1',
    'env as keys and values, as in compose',
    FIELDS,
    edit(`          env:\n${DATABASE_URL}${REDIS_URL}`, '          env:\n            LOG_LEVEL: info\n'),
  ],
  ['C1', 'no pathType, which is required', FIELDS, edit(PATHS, '          - path: /\n')],
  [
    'C1',
    'a unit that there is not',
    VALUES,
    edit(APP_RESOURCES, APP_RESOURCES.replace('320Mi', '320MB')),
  ],
  [
    'C1',
    'requests more memory than its limit',
    VALUES,
    edit(APP_RESOURCES, APP_RESOURCES.replace('160Mi', '512Mi')),
  ],
  [
    'C1',
    'an underscore in a name',
    VALUES,
    edit(APP_NAME, '      containers:\n        - name: pelican_api\n'),
  ],
  [
    'C1',
    'mounts a volume that there is not',
    VALUES,
    edit(MOUNT, MOUNT.replace('name: tmp', 'name: temp')),
  ],
  [
    'C1',
    'an API version that is gone: autoscaling/v2beta2',
    VERSIONS,
    edit('autoscaling/v2\n', 'autoscaling/v2beta2\n'),
  ],
  ['C1', 'policy/v1beta1, which is gone', VERSIONS, edit('policy/v1\n', 'policy/v1beta1\n')],
  [
    'C1',
    'no PDB',
    ONE_EACH,
    edit(
      `---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: api
  namespace: pelican
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: api # to evict
`,
      '',
    ),
  ],
  [
    'C1',
    'a Pod beside the Deployment, which nobody starts again',
    ONE_EACH,
    edit(
      FIRST,
      `apiVersion: v1
kind: Pod
metadata: { name: shell, namespace: pelican }
spec:
  containers: [{ name: shell, image: "registry.pelican.test/api:1.4.2" }]
---
${FIRST}`,
    ),
  ],
  [
    'C1',
    'two ConfigMaps of one name: the second takes the place of the first',
    NAMES,
    edit(
      FIRST,
      `apiVersion: v1
kind: ConfigMap
metadata: { name: api-config, namespace: pelican }
data: { LOG_LEVEL: debug }
---
${FIRST}`,
    ),
  ],
  [
    'C1',
    'a ConfigMap in the namespace that happens to be chosen',
    NAMESPACE,
    edit(CONFIG_MAP, CONFIG_MAP.replace('  namespace: pelican\n', '')),
  ],
  // ---------------------------------------------------------------- C2
  [
    'C2',
    'the Service selects a label that the pods do not have',
    SERVICE,
    edit(SERVICE_SELECTOR, '  selector: # of the Service\n    app: api\n'),
  ],
  [
    'C2',
    'the targetPort has a name that the container does not know',
    SERVICE,
    edit(TARGET, '      targetPort: web # the container'),
  ],
  ['C2', 'no targetPort: it is port 80, then', SERVICE, edit(`${TARGET}'s\n`, '')],
  [
    'C2',
    'the app is told another port than the Service leads to',
    SERVICE,
    edit(CONFIG_PORT, '  PORT: "3000"\n'),
  ],
  [
    'C2',
    'a LoadBalancer beside the Ingress: open to the world without TLS',
    TYPE,
    edit('  type: ClusterIP\n', '  type: LoadBalancer\n'),
  ],
  [
    'C2',
    'the Ingress asks for a port of the pod, which the Service does not have',
    INGRESS,
    edit(BACKEND_PORT, 'port: { number: 8080 }'),
  ],
  [
    'C2',
    'the Ingress leads to a Service that there is not',
    INGRESS,
    edit('                name: api # the Service\n', '                name: pelican-api\n'),
  ],
  [
    'C2',
    'only / itself: every other path is not found',
    INGRESS,
    edit(PATHS, PATHS.replace('Prefix', 'Exact')),
  ],
  [
    'C2',
    'no class: no controller feels addressed',
    INGRESS,
    edit('  ingressClassName: nginx\n', ''),
  ],
  [
    'C2',
    'no TLS for the host',
    TLS,
    edit('  tls:\n    - hosts: [api.pelican.test]\n      secretName: api-tls\n', ''),
  ],
  [
    'C2',
    'a certificate for another host',
    TLS,
    edit('- hosts: [api.pelican.test]', '- hosts: [pelican.test]'),
  ],
  [
    'C2',
    'the HPA scales a Deployment that there is not',
    HPA,
    edit(SCALE_TARGET, '{ apiVersion: apps/v1, kind: Deployment, name: pelican-api }'),
  ],
  [
    'C2',
    'the PDB is about pods that there are not',
    PDB,
    edit('app.kubernetes.io/name: api # to evict', 'app: api'),
  ],
  // ---------------------------------------------------------------- C3
  [
    'C3',
    'a command through a shell that the image does not have',
    COMMAND,
    edit(APP_IMAGE, `${APP_IMAGE}\n          command: [sh, -c, node server.ts]`),
  ],
  [
    'C3',
    'command in place of args: server.ts is no program',
    COMMAND,
    edit(APP_IMAGE, `${APP_IMAGE}\n          command: [server.ts]`),
  ],
  ['C3', 'LOG_LEVEL is not one of the four', SETTINGS, edit(LOG_LEVEL, '  LOG_LEVEL: verbose\n')],
  ['C3', 'no LOG_LEVEL', SETTINGS, edit(LOG_LEVEL, '')],
  [
    'C3',
    'takes the settings of a ConfigMap that there is not',
    SETTINGS,
    edit(ENV_FROM, ENV_FROM.replace('api-config', 'api-settings')),
  ],
  [
    'C3',
    'a key that the Secret does not have',
    FROM_SECRET,
    edit(REDIS_URL, REDIS_URL.replace('key: REDIS_URL', 'key: redis-url')),
  ],
  [
    'C3',
    'a database URL without a password, written down',
    FROM_SECRET,
    edit(
      DATABASE_URL,
      '            - name: DATABASE_URL\n              value: postgres://db.pelican.test:5432/pelican\n',
    ),
  ],
  [
    'C3',
    'DATABASE_URL has the value of REDIS_URL',
    FROM_SECRET,
    edit(DATABASE_URL, DATABASE_URL.replace('key: DATABASE_URL', 'key: REDIS_URL')),
  ],
  [
    'C3',
    'readiness by an open port, which is open without a database, too',
    FORM,
    edit(READINESS_GET, 'tcpSocket: { port: http }'),
  ],
  [
    'C3',
    'a liveness probe with curl, which the image does not have',
    FORM,
    edit(LIVENESS_GET, 'exec: { command: [curl, -f, "http://localhost:8080/livez"] }'),
  ],
  [
    'C3',
    'a probe that asks the Service, and so any pod',
    FORM,
    edit(READINESS_GET, 'httpGet: { path: /readyz, port: 80, host: api.pelican.svc }'),
  ],
  [
    'C3',
    'readiness asks whether the process lives',
    READINESS,
    edit(READINESS_GET, 'httpGet: { path: /livez, port: http }'),
  ],
  [
    'C3',
    'readiness at a path that there is not',
    READINESS,
    edit(READINESS_GET, 'httpGet: { path: /ready, port: http }'),
  ],
  [
    'C3',
    'readiness asks for the first page',
    READINESS,
    edit(READINESS_GET, 'httpGet: { port: http }'),
  ],
  [
    'C3',
    'liveness over HTTPS, which the app does not speak',
    LIVENESS,
    edit(LIVENESS_GET, 'httpGet: { path: /livez, port: http, scheme: HTTPS }'),
  ],
  [
    'C3',
    'liveness at the port of the Service',
    LIVENESS,
    edit(LIVENESS_GET, 'httpGet: { path: /livez, port: 80 }'),
  ],
  ['C3', 'no liveness probe: a hang is for ever', LIVENESS, edit(LIVENESS_PROBE, '')],
  [
    'C3',
    'the startup probe asks for the database: without it pods are killed while they start',
    STARTUP,
    edit('{ path: /livez, port: http } # startup', '{ path: /readyz, port: http }'),
  ],
  [
    'C3',
    'no startup probe: killed after 30 seconds, in the midst of a start',
    PATIENCE,
    edit(STARTUP_PROBE, ''),
  ],
  [
    'C3',
    'a startup probe that gives up after 30 seconds',
    PATIENCE,
    edit(STARTUP_PROBE, STARTUP_PROBE.replace('failureThreshold: 30', 'failureThreshold: 10')),
  ],
  [
    'C3',
    'a liveness probe so patient with the start that a hang lasts five minutes',
    HANG,
    edit(STARTUP_PROBE, ''),
    edit(LIVENESS_PROBE, LIVENESS_PROBE.replace('failureThreshold: 3', 'failureThreshold: 30')),
  ],
  [
    'C3',
    'a minute of traffic for a pod that is not ready',
    UNREADY,
    edit(
      '            periodSeconds: 5\n            timeoutSeconds: 2\n',
      '            periodSeconds: 30\n            timeoutSeconds: 2\n',
    ),
  ],
  // ---------------------------------------------------------------- C4
  [
    'C4',
    'the migration requests nothing',
    EVERY,
    edit(MIGRATE_RESOURCES, ''),
  ],
  ['C4', 'no requests, no limits', REQUESTS, edit(APP_RESOURCES, '')],
  [
    'C4',
    'no memory limit: one pod may take all of a node',
    MEMORY,
    edit(APP_RESOURCES, APP_RESOURCES.replace('            limits: { memory: 320Mi }\n', '')),
  ],
  [
    'C4',
    'a limit below what the app needs: killed in the midst of work',
    MEMORY,
    edit(APP_RESOURCES, APP_RESOURCES.replace('320Mi', '200Mi')),
  ],
  [
    'C4',
    'requests less memory than the app has when idle',
    MEMORY,
    edit(APP_RESOURCES, APP_RESOURCES.replace('160Mi', '64Mi')),
  ],
  [
    'C4',
    '250 CPUs, where 250m was meant',
    NODES,
    edit(APP_RESOURCES, APP_RESOURCES.replace('250m', '250')),
  ],
  ['C4', 'one replica at night', REPLICAS, edit(MIN_REPLICAS, '  minReplicas: 1\n')],
  ['C4', 'no minReplicas: it is 1, then', REPLICAS, edit(MIN_REPLICAS, '')],
  [
    'C4',
    'an HPA that has nothing to choose',
    REPLICAS,
    edit(MAX_REPLICAS, '  maxReplicas: 3\n'),
  ],
  [
    'C4',
    'each deployment takes it down to one replica',
    NUMBER,
    edit(NO_REPLICAS, '  replicas: 1\n'),
  ],
  [
    'C4',
    'a metric of something that is no container’s',
    METRIC,
    edit(METRIC_CPU, METRIC_CPU.replace('name: cpu', 'name: requests-per-second')),
  ],
  [
    'C4',
    'maxUnavailable 0: nobody may ever be evicted',
    EVICTION,
    edit(BUDGET, '  maxUnavailable: 0\n  selector:\n'),
  ],
  [
    'C4',
    '90 % of three pods are three pods',
    EVICTION,
    edit(BUDGET, '  minAvailable: 90%\n  selector:\n'),
  ],
  [
    'C4',
    'a budget that allows everything',
    EVICTION,
    edit(BUDGET, '  maxUnavailable: 100%\n  selector:\n'),
  ],
  // ---------------------------------------------------------------- C5
  [
    'C5',
    'does not say that the user is not root',
    USER,
    edit(POD_SECURITY, POD_SECURITY.replace('        runAsNonRoot: true # for the API\n', '')),
  ],
  [
    'C5',
    'the container takes back what the pod says',
    USER,
    edit(APP_SECURITY, `${APP_SECURITY}            runAsNonRoot: false\n`),
  ],
  [
    'C5',
    'root by its number',
    USER,
    edit(APP_SECURITY, `${APP_SECURITY}            runAsUser: 0\n`),
  ],
  [
    'C5',
    'privileges may grow',
    ESCALATION,
    edit(APP_SECURITY, APP_SECURITY.replace('allowPrivilegeEscalation: false', 'runAsGroup: 10001')),
  ],
  [
    'C5',
    'keeps all capabilities',
    CAPABILITIES,
    edit(APP_SECURITY, APP_SECURITY.replace('            capabilities: { drop: [ALL] }\n', '')),
  ],
  [
    'C5',
    'adds a capability for a port below 1024, which it does not use',
    CAPABILITIES,
    edit(
      APP_SECURITY,
      APP_SECURITY.replace('{ drop: [ALL] }', '{ drop: [ALL], add: [NET_BIND_SERVICE] }'),
    ),
  ],
  [
    'C5',
    'the migration may write to its image',
    READ_ONLY,
    edit(
      MIGRATE_SECURITY,
      MIGRATE_SECURITY.replace('            readOnlyRootFilesystem: true\n', ''),
    ),
  ],
  [
    'C5',
    '/tmp is read-only, too',
    TMP,
    edit(MOUNT, `${MOUNT}              readOnly: true\n`),
  ],
  ['C5', 'a /tmp of 10 MiB', TMP, edit(TMP_VOLUME, TMP_VOLUME.replace('200Mi', '10Mi'))],
  [
    'C5',
    'no seccomp profile',
    SECCOMP,
    edit(POD_SECURITY, '        runAsNonRoot: true # for the API\n'),
  ],
  [
    'C5',
    'seccomp is off',
    SECCOMP,
    edit(POD_SECURITY, POD_SECURITY.replace('RuntimeDefault', 'Unconfined')),
  ],
  [
    'C5',
    'a port of the host: one pod on each node, at most',
    HOST,
    edit(
      '              containerPort: 8080\n',
      '              containerPort: 8080\n              hostPort: 8080\n',
    ),
  ],
  [
    'C5',
    'the host’s network',
    HOST,
    edit(GRACE_PERIOD, `${GRACE_PERIOD}      hostNetwork: true\n`),
  ],
  // ---------------------------------------------------------------- C6
  [
    'C6',
    'a password in a comment, to remember it',
    PASSWORDS,
    edit(LOG_LEVEL, `${LOG_LEVEL}  # staging: ${URL_WITH_PASSWORD}\n`),
  ],
  [
    'C6',
    'a password in base64, which hides nothing',
    PASSWORDS,
    edit(
      CONFIG_MAP,
      CONFIG_MAP.replace(
        '\ndata:\n',
        `\nbinaryData:\n  database: ${Buffer.from(URL_WITH_PASSWORD).toString('base64')}\ndata:\n`,
      ),
    ),
  ],
  [
    'C6',
    'the Secret, with a value for the beginning',
    NO_SECRET,
    edit(
      FIRST,
      `apiVersion: v1
kind: Secret
metadata: { name: api-secrets, namespace: pelican }
stringData: { DATABASE_URL: change-me, REDIS_URL: change-me }
---
${FIRST}`,
    ),
  ],
  ['C6', 'no tag, which is the latest', IMAGES, edit(APP_IMAGE, 'registry.pelican.test/api')],
  [
    'C6',
    'latest: what runs depends on the day',
    IMAGES,
    edit(MIGRATE_IMAGE, 'registry.pelican.test/api:latest'),
  ],
  [
    'C6',
    'the version before, for the migration',
    IMAGES,
    edit(MIGRATE_IMAGE, 'registry.pelican.test/api:1.4.1'),
  ],
  // ---------------------------------------------------------------- C7
  [
    'C7',
    'Recreate: all pods go before the first new one comes',
    STRATEGY,
    edit(ROLLING, '    type: Recreate\n'),
  ],
  [
    'C7',
    'a rollout may do without all pods',
    STRATEGY,
    edit(ROLLING, ROLLING.replace('maxUnavailable: 0', 'maxUnavailable: 100%')),
  ],
  [
    'C7',
    'no pod more and no pod less: no rollout ever begins',
    PROGRESS,
    edit(ROLLING, ROLLING.replace('maxSurge: 1', 'maxSurge: 0')),
  ],
  [
    'C7',
    'sleeps for 20 of its 30 seconds',
    GRACE,
    edit(PRE_STOP, PRE_STOP.replace('seconds: 5', 'seconds: 20')),
  ],
  [
    'C7',
    'exactly as long as it needs, and nothing to spare',
    GRACE,
    edit(GRACE_PERIOD, GRACE_PERIOD.replace('30', '20')),
  ],
  [
    'C7',
    'sleep by a program that the image does not have',
    HOOK,
    edit(PRE_STOP, '              exec: { command: [sleep, "5"] }\n'),
  ],
  // ---------------------------------------------------------------- C9
  ['C9', 'all pods may run on one node', SPREAD, edit(SPREADING, '')],
  [
    'C9',
    'spreads pods that there are not',
    SPREAD,
    edit('app.kubernetes.io/name: api # to spread', 'app: api'),
  ],
  [
    'C9',
    'spreads over operating systems, of which there is one',
    SPREAD,
    edit('topologyKey: kubernetes.io/hostname', 'topologyKey: kubernetes.io/os'),
  ],
  ['C9', 'a token in every pod', TOKEN, edit(TOKEN_OFF, '')],
  [
    'C9',
    'the pods use another ServiceAccount than the one without a token',
    TOKEN,
    edit(
      `      serviceAccountName: api
      # 5 s of preStop`,
      '      # 5 s of preStop',
    ),
  ],
  // ---------------------------------------------------------------- C10
  [
    'C10',
    'the Job runs the app in place of the migration, and never ends',
    MIGRATION,
    edit('          args: [migrate.ts]\n', ''),
  ],
  [
    'C10',
    'command in place of args: migrate.ts is no program',
    MIGRATION,
    edit('          args: [migrate.ts]\n', '          command: [migrate.ts]\n'),
  ],
  [
    'C10',
    'the migration takes a key that the Secret does not have',
    MIGRATION,
    edit(JOB_SECRET, JOB_SECRET.replace('key: DATABASE_URL', 'key: database-url')),
  ],
  [
    'C10',
    'a Job whose pods are always started again',
    ENDS,
    edit(JOB_POLICY, 'restartPolicy: Always'),
  ],
  [
    'C10',
    'the Job’s pods have the label that the Service selects: they get requests',
    NO_TRAFFIC,
    edit(JOB_LABELS, JOB_LABELS.replace('name: migrate', 'name: api')),
  ],
]

const ofRows = ROWS.map(
  ([check, why, rule, ...edits], index): Mistake => ({
    id: `W${index + 1}`,
    check,
    why,
    rule,
    edits,
  }),
)

export const mistakes: Mistake[] = [
  ...ofRows,
  {
    id: `W${ROWS.length + 1}`,
    check: 'C6',
    why: 'an example with the values of staging',
    rule: EXAMPLE,
    files: {
      'secret.example.yaml': `apiVersion: v1
kind: Secret
metadata: { name: api-secrets, namespace: pelican }
stringData:
  DATABASE_URL: ${URL_WITH_PASSWORD}
  REDIS_URL: <redis-url>
`,
    },
  },
]
