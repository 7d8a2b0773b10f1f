import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import type { DecodedPacket } from 'dns-packet'
import { register } from '../run.ts'
import { runTool, startTool } from '../subjects/tool.ts'
import { cleanup, currentRun, requireService } from '../submission.ts'
import { DNS_IMAGE, findBind } from './dns-server.ts'
import { freePort, patiently } from './native.ts'

/** A zone file in a real server, BIND. */
export type ServedZone = {
  /** What `named-checkzone` says of the file, a line each, and whether it takes it. */
  checked: { ok: boolean; lines: string[] }
  /** What the server said of the zone while it read it, a line each. */
  log: string[]
  /**
   * Asks the server over TCP, without recursion.
   * @throws Error where no answer comes within 10 s
   */
  ask(name: string, type: string): Promise<Reply>
}

export type Reply = DecodedPacket & { rcode: string }

/** Answers only for its zone, writes nothing, and takes no commands. */
const settings = (zone: string, file: string, port: number, address: string) => `
options {
  directory ".";
  listen-on port ${port} { ${address}; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  recursion no;
  empty-zones-enable no;
  minimal-responses no;
  notify no;
  dnssec-validation no;
  max-cache-size 4m;
};
controls { };
zone "${zone}" { type primary; file "${file}"; };
`

const checkArguments = (zone: string, file: string) => ['-i', 'local', '-k', 'fail', zone, file]

/**
 * Checks a zone file with BIND's own program, and serves it, until the test or what is shared ends. A zone
 * that cannot be read is served all the same: the server then says why in `log`, and answers with SERVFAIL
 * or REFUSED. Both programs have the rights of a subject, for the file may include others.
 * Where BIND is missing the running test is marked `not run`.
 * @param zone its name, without the dot at the end
 * @param text the zone file
 * @param folder an empty one that the server may own: `submission.temporaryFolder()`
 */
export async function serveZone(zone: string, text: string, folder: string): Promise<ServedZone> {
  const { provider } = requireService('dns')
  const file = `${zone}.zone`
  writeFileSync(path.join(folder, file), text)
  const served =
    provider === 'docker' ? await inContainer(zone, text) : await onMachine(zone, folder)
  const ask = (name: string, type: string) => askOverTcp(served, name, type)
  // Any answer will do: one that has not read the zone answers, too.
  await patiently(() => ask(zone, 'SOA'), 30)
  const lines = (await served.output()).split('\n')
  return { checked: served.checked, log: lines.flatMap((line) => aboutZone(line, zone, file)), ask }
}

type Server = {
  host: string
  port: number
  checked: ServedZone['checked']
  /** What it has printed so far. */
  output(): Promise<string>
}

const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '')

/** Leaves out the time, and all that is about the server itself. */
function aboutZone(line: string, zone: string, file: string): string[] {
  const said = line.replace(/^\S+ \d\d:\d\d:\d\d\.\d+ /, '').trim()
  return said.includes(file) || said.includes(`zone ${zone}/IN`) ? [said] : []
}

async function onMachine(zone: string, folder: string): Promise<Server> {
  const bind = findBind()!
  const port = await freePort()
  const file = `${zone}.zone`
  writeFileSync(path.join(folder, 'named.conf'), settings(zone, file, port, '127.0.0.1'))
  const checking = await runTool([bind.checkzone, ...checkArguments(zone, file)], { cwd: folder })
  const checked = { ok: checking.code === 0, lines: linesOf(checking.out + checking.error) }
  const argv = [bind.named, '-g', '-n', '1', '-c', path.join(folder, 'named.conf')]
  const server = startTool(argv, { cwd: folder })
  return { host: '127.0.0.1', port, checked, output: async () => server.output() }
}

async function inContainer(zone: string, text: string): Promise<Server> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const run = currentRun()
  register(run, { type: 'docker', label: `roadworks.run=${run.id}` })
  const file = `${zone}.zone`
  const container = await new GenericContainer(DNS_IMAGE)
    .withLabels({ 'roadworks.run': run.id, 'roadworks.service': 'dns' })
    .withExposedPorts(5353)
    // The server is started below, once its file was checked: nothing listens before.
    .withWaitStrategy(Wait.forSuccessfulCommand('true'))
    .withEntrypoint(['sh', '-c', 'cd /tmp && exec sleep infinity'])
    .withCopyContentToContainer([
      { content: text, target: `/tmp/${file}`, mode: 0o644 },
      { content: settings(zone, file, 5353, 'any'), target: '/tmp/named.conf', mode: 0o644 },
    ])
    .start()
  cleanup(async () => void (await container.stop()))
  const workingDir = '/tmp'
  const { output, exitCode } = await container.exec(
    ['named-checkzone', ...checkArguments(zone, file)],
    { workingDir },
  )
  const start = 'named -g -n 1 -c /tmp/named.conf > /tmp/log 2>&1 &'
  await container.exec(['sh', '-c', start], { workingDir })
  return {
    host: container.getHost(),
    port: container.getMappedPort(5353),
    checked: { ok: exitCode === 0, lines: linesOf(output) },
    output: async () => (await container.exec(['cat', '/tmp/log'])).output,
  }
}

async function askOverTcp(
  { host, port }: { host: string; port: number },
  name: string,
  type: string,
): Promise<Reply> {
  // Loaded where it is used: few graders ask for names.
  const { streamDecode, streamEncode } = await import('dns-packet')
  const id = Math.floor(Math.random() * 65_536)
  const question = streamEncode({ type: 'query', id, questions: [{ name, type: type as 'A' }] })
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const socket = connect(port, host)
    let kept = Buffer.alloc(0)
    socket.setTimeout(10_000, () => socket.destroy(new Error('the DNS server did not answer')))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the DNS server hung up')))
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk])
      if (kept.length < 2 || kept.length < 2 + kept.readUInt16BE()) return
      resolve(kept.subarray(0, 2 + kept.readUInt16BE()))
      socket.destroy()
    })
    socket.write(question)
  })
  return streamDecode(bytes) as Reply
}
