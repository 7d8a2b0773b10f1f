import type { Mistake } from '../../harness/mistakes.ts'

const LAST_STAGE = `FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
`

const BUILD_SOURCES = `RUN npm ci
COPY tsconfig.json ./
COPY src ./src
`

const COMMAND = 'CMD ["node", "dist/server.js"]'

const PROBE =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the Dockerfile's text
  'fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C6',
    rule: 'the next build runs no installation of packages again',
    why: 'copies everything before it installs, so that each change installs again',
    edits: [{ file: 'Dockerfile', old: BUILD_SOURCES, new: 'COPY . .\nRUN npm ci\n' }],
  },
  {
    id: 'W2',
    check: 'C3',
    rule: 'on `docker stop` the running request is answered',
    why: 'a shell is process 1 and keeps the SIGTERM to itself',
    edits: [{ file: 'Dockerfile', old: COMMAND, new: 'CMD cd /app && npm start' }],
  },
  {
    id: 'W3',
    check: 'C2',
    rule: "not root: by the image's configuration and by the uid of every process",
    why: 'runs as root, as the base image does',
    edits: [{ file: 'Dockerfile', old: 'USER node\n', new: '' }],
  },
  {
    id: 'W4',
    check: 'C1',
    rule: 'The build works all the same',
    why: 'no .dockerignore: the node_modules of another platform land on those just installed',
    edits: [{ file: 'Dockerfile', old: BUILD_SOURCES, new: 'RUN npm ci\nCOPY . .\n' }],
    files: { '.dockerignore': '# nothing\n' },
  },
  {
    id: 'W5',
    check: 'C4',
    rule: 'the value of `NPM_TOKEN`',
    why: 'keeps a token of the build in the environment of the image',
    edits: [
      {
        file: 'Dockerfile',
        old: 'ENV NODE_ENV=production\n',
        new: 'ARG NPM_TOKEN\nENV NODE_ENV=production NPM_TOKEN=$NPM_TOKEN\n',
      },
    ],
  },
  {
    id: 'W6',
    check: 'C5',
    rule: 'no TypeScript file outside `node_modules`',
    why: 'a single stage: compiler, type definitions and sources ship too',
    edits: [
      { file: 'Dockerfile', old: LAST_STAGE, new: 'ENV NODE_ENV=production\n' },
      { file: 'Dockerfile', old: 'COPY --from=build /app/dist ./dist\n', new: '' },
    ],
  },
  {
    id: 'W7',
    check: 'C2',
    rule: 'works under `--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges`',
    why: 'has temporary files written below the app, which is read-only in production',
    edits: [
      {
        file: 'Dockerfile',
        old: 'USER node\n',
        new: 'ENV TMPDIR=/app/spool\nRUN mkdir spool && chown node spool\nUSER node\n',
      },
    ],
  },
  {
    id: 'W8',
    check: 'C4',
    rule: 'not in the image: what is in `.env`, `.npmrc` and `.git`',
    why: 'ships .env with the app',
    edits: [
      { file: '.dockerignore', old: '.env\n.env.*\n', new: '' },
      { file: 'Dockerfile', old: 'COPY package.json ./\n', new: 'COPY package.json .env ./\n' },
    ],
  },
  {
    id: 'W9',
    check: 'C4',
    rule: 'Every layer counts, also files that a later layer deletes',
    why: 'deletes a secret in a later line; the earlier layer still has it',
    edits: [
      { file: '.dockerignore', old: '.npmrc\n', new: '' },
      {
        file: 'Dockerfile',
        old: 'COPY package.json ./\n',
        new: 'COPY package.json .npmrc ./\nRUN rm .npmrc\n',
      },
    ],
  },
  {
    id: 'W10',
    check: 'C6',
    rule: 'The layers with `node_modules` are the same as before, by digest.',
    why: 'packages and compiled output in one layer: each change ships all packages anew',
    edits: [
      {
        file: 'Dockerfile',
        old: 'RUN npm run build\n',
        new: 'RUN npm run build && npm prune --omit=dev && rm -r src tsconfig.json\n',
      },
      {
        file: 'Dockerfile',
        old: 'COPY --from=deps /app/node_modules ./node_modules\n',
        new: 'COPY --from=build /app ./\n',
      },
      { file: 'Dockerfile', old: 'COPY --from=build /app/dist ./dist\n', new: '' },
    ],
  },
  {
    id: 'W11',
    check: 'C7',
    rule: 'unhealthy within 60 seconds of a hang',
    why: 'asks only whether the port accepts connections, which the kernel does for a hung app too',
    edits: [
      {
        file: 'Dockerfile',
        old: PROBE,
        new: "require('net').connect(process.env.PORT).on('connect', () => process.exit(0)).on('error', () => process.exit(1))",
      },
    ],
  },
  {
    id: 'W12',
    check: 'C7',
    rule: 'whatever number is given at run time (also to the health check)',
    why: 'the health check knows only one port',
    edits: [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the Dockerfile's text
      { file: 'Dockerfile', old: '${process.env.PORT}/healthz', new: '1999/healthz' },
    ],
  },
  {
    id: 'W13',
    check: 'C9',
    rule: '(interval + timeout) × retries at most 60 s',
    why: 'leaves the times of the health check at their defaults: three minutes to notice a hang',
    edits: [
      {
        file: 'Dockerfile',
        old: 'HEALTHCHECK --interval=10s --timeout=3s --retries=3',
        new: 'HEALTHCHECK',
      },
    ],
  },
  {
    id: 'W14',
    check: 'C8',
    rule: 'without `LABEL_SECRET`, with one that is too short, or with a wrong `PORT`, the container ends within 30 seconds',
    why: 'has a default for the secret, so that a forgotten one is never noticed',
    edits: [
      {
        file: 'Dockerfile',
        old: 'ENV NODE_ENV=production\n',
        new: 'ENV NODE_ENV=production LABEL_SECRET=change-me-in-production\n',
      },
    ],
  },
  {
    id: 'W15',
    check: 'C8',
    rule: 'No restarting in a loop inside of the container',
    why: 'starts the app again and again inside of the container',
    edits: [
      {
        file: 'Dockerfile',
        old: COMMAND,
        new: 'CMD ["sh", "-c", "until node dist/server.js; do sleep 1; done"]',
      },
    ],
  },
  {
    id: 'W16',
    check: 'C5',
    rule: 'are at most 40 MiB together, uncompressed',
    why: 'leaves a large file behind',
    edits: [
      {
        file: 'Dockerfile',
        old: 'USER node\n',
        new: 'RUN dd if=/dev/zero of=/swapfile bs=1M count=48\nUSER node\n',
      },
    ],
  },
  {
    id: 'W17',
    check: 'C4',
    rule: '`.env`, `.npmrc`, `.git` and `node_modules` do not even get to the builder',
    why: 'no .dockerignore, for COPY takes single files only: all secrets are sent to the builder',
    files: { '.dockerignore': '# nothing\n' },
  },
  {
    id: 'W18',
    check: 'C1',
    rule: '`.env`, `.npmrc`, `.git` and `node_modules` do not even get to the builder',
    why: 'a .dockerignore for secrets only: the host’s node_modules is sent with every build',
    edits: [{ file: '.dockerignore', old: 'node_modules\n', new: '' }],
  },
  {
    id: 'W19',
    check: 'C5',
    rule: 'no package that the lockfile marks as `dev`',
    why: 'installs the dev dependencies into what ships',
    edits: [{ file: 'Dockerfile', old: 'RUN npm ci --omit=dev\n', new: 'RUN npm ci\n' }],
  },
]
