export type Type = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'TXT'
export type Answer = { name: string; type: string; ttl: number; data: unknown }
export type Result = { status: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL'; answers: Answer[] }
export type Options = {
  roots: string[]
  dial(ip: string): { host: string; port: number }
  now(): number
  timeoutMs: number
}
export type Resolver = { resolve(name: string, type: Type): Promise<Result> }
