import path from 'node:path'
import { list } from 'tar'
import { findLeaks } from '../../harness/index.ts'
import { dockerOk } from '../../harness/subjects/docker.ts'

/** A plain file in one of the layers that the learner's build added to its base image. */
export type LayerFile = {
  /** From the root of the image, such as `/app/dist/server.js`. */
  path: string
  bytes: number
  /** The digest of the layer's content; equal digests are equal layers. */
  layer: string
}

export type Layers = {
  files: LayerFile[]
  /** Where a secret was found: one line each. */
  leaks: string[]
}

/** The digests of an image's layers, the base's first. */
export async function layersOf(image: string): Promise<string[]> {
  return JSON.parse(
    await dockerOk(['image', 'inspect', '--format', '{{json .RootFS.Layers}}', image]),
  )
}

const MOST_SEARCHED = 64 * 1024 ** 2

/**
 * Reads every layer of an image but those of its base, also what a later layer hides or deletes.
 * @param options.base how many of the first layers are the base's
 * @param options.secrets looked for in each file's path and content
 * @param options.file where the saved image may be written
 */
export async function readLayers(
  image: string,
  options: { base: number; secrets: Record<string, string>; file: string },
): Promise<Layers> {
  const digests = await layersOf(image)
  await dockerOk(['save', '-o', options.file, image])
  let manifest = ''
  await list({
    file: options.file,
    onReadEntry(entry) {
      if (entry.path !== 'manifest.json') return
      entry.on('data', (chunk: Buffer) => {
        manifest += chunk
      })
    },
  })
  const names: string[] = JSON.parse(manifest)[0].Layers
  const added = new Map(names.map((name, at) => [name, digests[at]!] as const).slice(options.base))

  const files: LayerFile[] = []
  const leaks: string[] = []
  const reading: Promise<unknown>[] = []
  await list({
    file: options.file,
    onReadEntry(blob) {
      const layer = added.get(blob.path)
      if (!layer || blob.type === 'SymbolicLink') return // a link stands for a layer saved before
      // A layer is a tar again, plain or compressed.
      const unpack = list({
        onReadEntry(entry) {
          if (entry.type !== 'File' && entry.type !== 'OldFile') return
          const name = path.posix.join('/', entry.path)
          files.push({ path: name, bytes: entry.size, layer })
          const chunks: Buffer[] = []
          entry.on('data', (chunk: Buffer) => {
            if (entry.size <= MOST_SEARCHED) chunks.push(chunk)
          })
          entry.on('end', () => {
            const content = Buffer.concat(chunks)
            leaks.push(...findLeaks(options.secrets, [{ place: name, content }]))
          })
        },
      })
      reading.push(new Promise((resolve) => unpack.on('end', resolve)))
      blob.pipe(unpack as never)
    },
  })
  await Promise.all(reading)
  return { files, leaks: [...new Set(leaks)] }
}

/**
 * True for what belongs to Node itself, wherever it came from: its program, its libraries, npm and
 * corepack. A base image may bring it, or the build; neither should weigh.
 */
export function isNodeItself({ path: file }: LayerFile): boolean {
  return (
    /\/(node|nodejs|libnode\.so[^/]*|libicu[^/]*)$/.test(file) ||
    /\/node_modules\/(npm|corepack)\/|\/include\/node\//.test(file)
  )
}
