import { createHmac, randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Depot } from './depots.ts'

export interface Label {
  id: string
  parcel: string
  depot: Depot
  signature: string
}

/** Signs a label, so that a depot can tell that this desk printed it. */
export function sign(secret: string, parcel: string, depotCode: string): string {
  return createHmac('sha256', secret).update(`${depotCode}/${parcel}`).digest('hex')
}

/** Keeps printed labels below the system's temporary folder, and nowhere else. */
export function labelSpool(secret: string) {
  const folder = join(tmpdir(), 'pelican-labels')
  mkdirSync(folder, { recursive: true })

  return {
    async print(parcel: string, depot: Depot): Promise<Label> {
      const signature = sign(secret, parcel, depot.code)
      const label = { id: randomUUID(), parcel, depot, signature }
      await writeFile(join(folder, `${label.id}.json`), JSON.stringify(label))
      return label
    },

    async find(id: string): Promise<Label | undefined> {
      // The id becomes part of a path: let nothing through but what a UUID holds.
      if (!/^[0-9a-f-]{36}$/.test(id)) return undefined
      try {
        return JSON.parse(await readFile(join(folder, `${id}.json`), 'utf8')) as Label
      } catch {
        return undefined
      }
    },
  }
}
