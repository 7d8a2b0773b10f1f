import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'

const depots = z.array(
  z.object({ code: z.string().length(3), name: z.string(), country: z.string().length(2) }),
)

export type Depot = z.infer<typeof depots>[number]

/** Reads `data/depots.yaml`, which lies beside the folder of this file. */
export function loadDepots(): Map<string, Depot> {
  const file = new URL('../data/depots.yaml', import.meta.url)
  return new Map(depots.parse(parse(readFileSync(file, 'utf8'))).map((d) => [d.code, d]))
}
