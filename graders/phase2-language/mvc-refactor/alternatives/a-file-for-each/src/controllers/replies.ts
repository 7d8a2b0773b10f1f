import { messagePage } from '../views/parcels.ts'

export const redirect = (id: number) => ({ status: 303, location: `/parcels/${id}` })
export const ok = (html: string) => ({ status: 200, html })

const KNOWN: Record<string, [number, string]> = { NotFound: [404, 'Not found'], Conflict: [409, 'Conflict'] }

export function sorry(error: any) {
  if (!Object.hasOwn(KNOWN, error?.name)) throw error
  const [status, title] = KNOWN[error.name]!
  return { status, html: messagePage({ title, message: error.message }) }
}
