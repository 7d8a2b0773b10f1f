export function reachLoopback(): void
