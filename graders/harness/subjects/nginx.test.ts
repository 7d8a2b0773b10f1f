// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { ROOT } from '../paths.ts'
import { startServices } from '../services/start.ts'
import { cleanup, currentRun } from '../submission.ts'
import { explainRefusal, fillTemplate, startNginx } from './nginx.ts'

beforeAll(async () => {
  const services = await startServices(['nginx'], currentRun())
  // Without it a test would be skipped, and say nothing.
  expect(services.nginx).not.toHaveProperty('missing')
  Object.assign(currentRun().services, services)
})

function prepare(template: string) {
  const folder = mkdtempSync(path.join(currentRun().dir, `nginx-${process.pid}-`))
  cleanup(() => rmSync(folder, { recursive: true, force: true }))
  const given = { file: 'site.conf', template, folder, values: { FOLDER: folder }, ports: ['PORT'] }
  return { folder, given }
}

const start = (template: string) => startNginx(prepare(template).given)

const get = async (port: number | undefined, at = '/') => {
  const answer = await fetch(`http://127.0.0.1:${port}${at}`)
  return { status: answer.status, text: await answer.text() }
}

test('placeholders are replaced as envsubst does, and nothing else is', () => {
  const filled = fillTemplate('${A} $A $AB ${AB} $host ${b} $A_1', { A: 1, b: 'x' })
  expect(filled).toBe('1 1 $AB ${AB} $host x $A_1')
})

test('what nginx says of a mistake is shown with the line of the template', async () => {
  const template = 'server {\n  listen ${PORT};\n  lisen 80;\n}\n'
  await expect(start(template)).rejects.toThrow(
    'nginx: [emerg] unknown directive "lisen" in site.conf:3\n3 |   lisen 80;\n      ^',
  )
  await expect(start('server { listen ${PORT}; return 200 $nothing; }')).rejects.toThrow(
    'unknown "nothing" variable',
  )
  const deep = '2026/11/29 10:00:00 [emerg] 7#7: no port in listen in /x/learner.conf:2'
  expect(explainRefusal(deep, { file: 'site.conf', template })).toBe(
    'nginx: [emerg] no port in listen in site.conf:2\n2 |   listen ${PORT};\n      ^',
  )
})

test('it serves until it is killed, and then nothing of it runs', async () => {
  const nginx = await start('server { listen ${PORT}; return 200 "here"; }')
  expect(await get(nginx.ports.PORT)).toEqual({ status: 200, text: 'here' })
  await nginx.kill()
  await expect(get(nginx.ports.PORT)).rejects.toThrow('fetch failed')
})

test('it has a subject’s rights: it reads nothing of the checkout', async () => {
  const secret = path.join(ROOT, 'package.json')
  const { ports } = await start('server { listen ${PORT}; root /; }')
  const { confinement } = currentRun()
  const { view } = confinement.kind === 'docker' ? confinement.beneath : confinement
  // The file that says how Node reads programs is every subject's to see.
  if (view) expect((await get(ports.PORT, secret)).status).toBe(200)
  for (const name of ['solutions', 'graders/harness/submission.ts', 'package-lock.json']) {
    if (view) expect((await get(ports.PORT, path.join(ROOT, name))).status).toBe(404)
  }
  const include = `include ${path.join(ROOT, 'package-lock.json')}; server { listen \${PORT}; }`
  if (view) await expect(start(include)).rejects.toThrow(/No such file/)
})

test('it cannot leave the http block', async () => {
  await expect(start('} load_module x.so; http { server { listen ${PORT}; }')).rejects.toThrow(
    'unexpected "}"',
  )
  await expect(start('load_module x.so;')).rejects.toThrow(/directive is not allowed here/)
})

test.runIf(process.platform === 'linux')('no log of a learner’s fills the disk', async () => {
  const { folder, given } = prepare('server { listen ${PORT}; }')
  await startNginx(given)
  const pid = readFileSync(path.join(folder, 'nginx.pid'), 'utf8').trim()
  expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/Max file size +67108864 +67108864/)
})
