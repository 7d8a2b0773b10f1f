export const PHASES = [
  'phase1-fundamentals',
  'phase2-language',
  'phase3-data',
  'phase4-apis',
  'phase5-operations',
] as const

export const SERVICES = [
  'postgres',
  'redis',
  'memcached',
  'mariadb',
  'mongodb',
  'nginx',
  'dns',
  'prometheus',
  'docker',
] as const
export type ServiceName = (typeof SERVICES)[number]
