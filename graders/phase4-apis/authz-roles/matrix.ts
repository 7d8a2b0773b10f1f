export const ROLES = ['customer', 'courier', 'dispatcher', 'admin'] as const
export type Role = (typeof ROLES)[number]
type Cell = '✔' | '–' | 'own'

/** A row of the README's matrix. */
export type Row = {
  /** `PATCH /parcels/{id}` */
  request: string
  method: string
  path: string
  cells: Record<Role, Cell>
  /** The row as the README has it. */
  rule: string
}

const row = (request: string, ...cells: [Cell, Cell, Cell, Cell]): Row => {
  const [method, path] = request.split(' ') as [string, string]
  const [customer, courier, dispatcher, admin] = cells
  return {
    ...{ request, method, path, cells: { customer, courier, dispatcher, admin } },
    rule: `\`${request}\` | ${cells.join(' | ')}`,
  }
}

export const MATRIX = [
  row('GET /me', '✔', '✔', '✔', '✔'),
  row('PATCH /me', '✔', '✔', '✔', '✔'),
  row('POST /parcels', '✔', '–', '–', '–'),
  row('GET /parcels', 'own', 'own', '✔', '✔'),
  row('GET /parcels/{id}', 'own', 'own', '✔', '✔'),
  row('PATCH /parcels/{id}', 'own', '–', '✔', '–'),
  row('DELETE /parcels/{id}', 'own', '–', '–', '✔'),
  row('PUT /parcels/{id}/status', '–', 'own', '✔', '–'),
  row('PUT /parcels/{id}/courier', '–', '–', '✔', '–'),
  row('GET /couriers', '–', '–', '✔', '✔'),
  row('POST /users', '–', '–', '✔', '✔'),
  row('PUT /users/{id}/roles', '–', '–', '–', '✔'),
  row('GET /admin/users', '–', '–', '–', '✔'),
  row('GET /admin/export', '–', '–', '–', '✔'),
]

export const rowOf = (request: string): Row => MATRIX.find((each) => each.request === request)!

/** Rows about one parcel. */
export const isOfParcel = ({ path }: Row): boolean => path.startsWith('/parcels/{id}')

/** Rows that change something. */
export const isWrite = ({ method }: Row): boolean => method !== 'GET'

type Caller = { id: string; roles: readonly Role[] }
type Owned = { customerId: string; courierId: string | null }

/** How far the caller's roles go in a row: all parcels, own ones, or nothing. */
export function reach({ path, cells }: Row, { roles }: Pick<Caller, 'roles'>): Cell {
  if (path === '/me') return '✔'
  const own = roles.map((role) => cells[role])
  return own.includes('✔') ? '✔' : own.includes('own') ? 'own' : '–'
}

/** Whether the matrix allows a request: by any one of the caller's roles. */
export function isAllowed(row: Row, caller: Caller, parcel?: Owned): boolean {
  const { cells, path } = row
  if (path === '/me') return true
  return caller.roles.some((role) => {
    if (cells[role] !== 'own' || !parcel) return cells[role] !== '–'
    return caller.id === (role === 'customer' ? parcel.customerId : parcel.courierId)
  })
}
