import http from 'node:http'
import { type Answer, type Sending, send, type Target } from '../http.ts'

/**
 * P-RACE: sends conflicting requests so that they arrive together. Each travels on a connection of
 * its own that was opened and used before, so that no handshake keeps them apart.
 * @param requests one entry per request: the target it goes to, and what is sent
 * @returns the answers in the same order; a connection that breaks rejects as in `send`
 */
export async function race(requests: (Sending & { to: Target })[]): Promise<Answer[]> {
  const agents = requests.map(() => new http.Agent({ keepAlive: true, maxSockets: 1 }))
  try {
    await Promise.all(
      requests.map(({ to }, index) => send(to, { path: '/', agent: agents[index] })),
    )
    return await Promise.all(
      requests.map(({ to, ...sending }, index) => send(to, { ...sending, agent: agents[index] })),
    )
  } finally {
    for (const agent of agents) agent.destroy()
  }
}
