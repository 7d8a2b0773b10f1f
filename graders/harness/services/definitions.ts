import { dnsService } from './dns-server.ts'
import { mariadbService } from './mariadb-server.ts'
import { memcachedService } from './memcached-server.ts'
import { mongodbService } from './mongodb-server.ts'
import { nginxService } from './nginx-server.ts'
import { postgresService } from './postgres-server.ts'
import { prometheusService } from './prometheus-server.ts'
import { redisService } from './redis-server.ts'
import type { ServiceDefinition } from './types.ts'

/** Services that a server is started for. Docker itself is asked, not started. */
export const definitions: ServiceDefinition[] = [
  postgresService,
  redisService,
  memcachedService,
  mariadbService,
  mongodbService,
  nginxService,
  dnsService,
  prometheusService,
]
