import { e, frame } from './frame.ts'

const TITLES = new Map([['waiting', 'Waiting parcels'], ['delivered', 'Delivered parcels']])

export function listPage({ parcels, status }: { parcels: any[]; status?: string }): string {
  const lines: string[] = []
  for (const { id, recipient, city, delivered } of parcels) {
    lines.push(`<li><a href="/parcels/${id}">${e(recipient)}, ${e(city)}</a>${delivered ? ' (delivered)' : ''}</li>`)
  }
  const title = TITLES.get(status ?? '') ?? 'All parcels'
  return lines.length > 0 ? frame(title, '<ul>', ...lines, '</ul>') : frame(title, '<p>No parcels.</p>')
}
