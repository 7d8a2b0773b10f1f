import type { Socket } from 'node:net'

export function bridge(tcp: Socket, pipe: Socket, begun?: Buffer): void
