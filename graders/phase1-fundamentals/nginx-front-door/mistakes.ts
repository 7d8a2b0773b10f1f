import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('default.conf.template')

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C5',
    why: 'proxies with a path of its own, so that nginx decodes the request',
    rule: 'The app gets them byte by byte as the client sent them.',
    edits: [
      edit('proxy_pass http://127.0.0.1:${APP_PORT};', 'proxy_pass http://127.0.0.1:${APP_PORT}/;'),
    ],
  },
]
