/** What a token, or a body, may claim of its user. @param admin the id of an admin */
export const CLAIMS: ((admin: string) => Record<string, unknown>)[] = [
  () => ({ role: 'admin' }),
  () => ({ roles: ['customer', 'courier', 'dispatcher', 'admin'] }),
  () => ({ role: ['admin', 'dispatcher'] }),
  () => ({ admin: true, isAdmin: true, is_admin: true, dispatcher: true }),
  () => ({ scope: 'admin dispatcher', scopes: ['admin'], permissions: ['*'], groups: ['admin'] }),
  () => ({ 'cognito:groups': ['admin'], realm_access: { roles: ['admin'] } }),
  (admin) => ({ id: admin, userId: admin, user_id: admin, uid: admin }),
  (admin) => ({ user: { id: admin, role: 'admin', roles: ['admin'] } }),
]

/** Headers that claim something of the caller. */
export const HEADERS: ((admin: string) => Record<string, string>)[] = [
  () => ({ 'X-Role': 'admin' }),
  () => ({ 'X-Roles': 'customer,courier,dispatcher,admin', Role: 'admin', Roles: 'admin' }),
  () => ({ 'X-User-Role': 'admin', 'X-Admin': 'true', 'X-Is-Admin': '1' }),
  (admin) => ({ 'X-User': admin, 'X-User-Id': admin, 'X-Forwarded-User': admin }),
  (admin) => ({ Cookie: `role=admin; roles=admin; user=${admin}; userId=${admin}; isAdmin=true` }),
  () => ({ 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1', 'X-Internal': 'true' }),
  () => ({ 'X-Original-URL': '/me', 'X-Rewrite-URL': '/me', 'X-Forwarded-Prefix': '/me' }),
]

/** Queries that claim something of the caller. */
export const QUERIES: ((admin: string) => string)[] = [
  () => 'role=admin',
  () => 'roles=customer,courier,dispatcher,admin&admin=true&isAdmin=1',
  () => 'roles[]=admin&roles[]=dispatcher',
  (admin) => `id=${admin}&userId=${admin}&user_id=${admin}&user=${admin}&sub=${admin}&as=${admin}`,
]

/** Fields that a request was not made for, as the inside of a JSON object. */
export const EXTRAS: ((other: string, admin: string) => string)[] = [
  () => '"roles":["admin"]',
  () => '"role":"admin","user_roles":["admin"],"isAdmin":true,"admin":true',
  () => '"roles":"admin"',
  (_, admin) => `"id":${admin}`,
  (other) => `"id":"${other}"`,
  (_, admin) =>
    `"userId":${admin},"user_id":${admin},"sub":"${admin}","user":{"id":${admin},"roles":["admin"]}`,
  (other) => `"customerId":${other}`,
  (other) => `"customer_id":${other},"customer":${other},"owner":${other}`,
  (other) => `"courierId":${other}`,
  (other) => `"courier_id":${other},"courier":${other}`,
  () => '"status":"delivered"',
  () => '"address":"Elsewhere 1"',
  () => '"name":"Mallory"',
  () => '"__proto__":{"roles":["admin"],"status":"delivered"}',
  () => '"constructor":{"prototype":{"roles":["admin"]}}',
  () => '"createdAt":"2020-01-01T00:00:00Z","version":7,"_id":1',
]

/** Requests of paths that no row of the matrix has. */
export const ODD_PATHS = [
  'GET /',
  'GET /nothing-here',
  'POST /nothing-here',
  'GET /admin',
  'GET /admin/nothing-here',
  'GET /admin/parcels',
  'POST /admin/roles',
  'GET /export',
  'GET /users/1',
  'DELETE /users/1',
  'PATCH /users/1',
  'PUT /users/1/name',
  'PUT /me/roles',
  'GET /me/parcels',
  'GET /parcels/1/scans',
  'DELETE /parcels/1/status/x',
  'GET /roles',
  'GET /couriers/1',
]

const escaped = (letter: string) => `%${letter.charCodeAt(0).toString(16)}`
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Other spellings of a path, as many for each. */
export function spellings(path: string): string[] {
  const parts = path.slice(1).split('/')
  const [first, ...others] = parts as [string, ...string[]]
  const last = parts.at(-1)!
  const before = path.slice(0, -last.length)
  return [
    `/${[first.toUpperCase(), ...others].join('/')}`,
    `/${[capital(first), ...others].join('/')}`,
    path.toUpperCase(),
    `${path}/`,
    `${path}//`,
    `/${path}`,
    `//${path}`,
    `/${[first, '', ...others].join('/')}`,
    `/${[first, ...others].join('//')}/`,
    `/${escaped(first)}${first.slice(1)}${path.slice(first.length + 1)}`,
    `${before}${escaped(last)}${last.slice(1)}`,
    `${before}${last.slice(0, -1)}${escaped(last.at(-1)!)}`,
    `/.${path}`,
    `/me/..${path}`,
    `/nothing-here/..${path}`,
    `${path}/.`,
    `/${[first, '.', ...others].join('/')}`,
    `${path};x=1`,
    `${path}%2f`,
    `${path}%20`,
    `${path}.json`,
    `/%2e${path}`,
    `/me;${path}`,
    `${path}?x=/me`,
    `${path}?/me`,
  ]
}
