export const KEPT: string
export function keptFolder(name: string): string
export function keepCompiled(): void
