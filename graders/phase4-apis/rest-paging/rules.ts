/** The rules of the README, in its words. */
export const RULES = {
  at: '`at` | the column `at`, as ISO 8601 with an offset or `Z`, to the millisecond or finer',
  id: '`id` | the column `id`, as a text or a number; of ids above 2^53 no digit is lost either',
  columns: '`kind`, `depot` | the columns, as they are',
  parcel: '`parcel` | the column `parcel_code`',
  note: '`note` | the column, or `null`',
  phone: '`phone` | a column that is private: no answer shows it, or lets anybody choose it',
  page: '`GET /events` gets `200` and `{items, next}`.',
  ascending:
    '`sort=at`, or none | the oldest first; of events with the same `at`, to the microsecond, the one with the lesser `id`',
  descending:
    '`sort=-at` | exactly the other way round: the newest first; with the same `at`, the one with the greater `id`',
  otherSort: '`sort=` anything else | is refused',
  kind: '`kind=…` | only events with exactly this kind; where there is none, an empty page',
  emptyKind: '`kind=` with nothing behind it | an empty page, or is refused',
  limit: '`limit=…` | a whole number in the digits 0–9, from 1 to 100; 20 where none is sent',
  high: '`limit` above 100 | is taken for 100, or refused',
  otherLimit:
    '`limit=` anything else | is refused: `0`, `-1`, `2.5`, `1e1`, `0x10`, `ten`, an empty text',
  fields:
    '`fields=…` | names of properties, with commas between: the items have these and no others',
  otherField:
    'a name in `fields` that is not in the table above, or is private | is refused; so is an empty `fields`',
  cursor: '`cursor=…` | a `next` that the server gave: the page that follows the one it came with',
  differ: '`limit` and `fields` may differ from page to page of one walk.',
  same: '`sort=at` and no `sort` are the same query.',
  full: '`items` | as many events as `limit` says; fewer only where no more follow',
  next: '`next`, where more events follow | a text that is not empty.',
  last: '`next`, where none follow | `null`, not missing; also where the last page is full',
  once: 'an event that is there during the whole walk | is shown exactly once, whatever is stored or deleted meanwhile',
  follow:
    'the events of a page | exist, and follow the last event of the page before in the order of the query',
  emptied:
    'a walk on which all that follows is deleted | ends with an empty page, whose `next` is `null`',
  again: 'a cursor | may be used again; works on every copy of the server, and after a restart',
  foreign: 'given for another `kind` or another `sort`, or for none',
  garbage: 'a text that no server has given, the empty text too',
  nonsense: 'the right form with nonsense in it',
  changed: 'a cursor in which somebody has changed, left out or added a character',
  twice: 'a parameter that stands twice | any of its values, or `400` or `422`',
} as const
