export const CLIENT_OPTIONS: string[]
export function forgetClientOptions(): void
