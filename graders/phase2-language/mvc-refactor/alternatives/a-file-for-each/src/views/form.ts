import { e, frame } from './frame.ts'

export function formPage({ values, errors }: { values: any; errors: any }): string {
  const input = (name: string) =>
    `<p><label>${name} <input name="${name}" value="${e(values[name])}"></label>${errors[name] ? ` <strong>${e(errors[name])}</strong>` : ''}</p>`
  return frame(
    'New parcel',
    '<form method="post" action="/parcels">',
    input('recipient'),
    input('city'),
    input('weight'),
    '<button>Save</button>',
    '</form>',
  )
}
