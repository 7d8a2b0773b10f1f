/** The rules of the README, in its words. */
export const RULES = {
  list: '`GET /parcels` | | | `200` and `{items, total}`, as [below](#lists-and-look-ups)',
  lookup: '`POST /parcels/lookup` | | `{ids}` | `200` and an array of parcels, in any order',
  unauthenticated: 'no token, or one that no user has | `401`',
  now: 'a change of rows by another copy or another program | counts from the next request on',
  hidden: 'the caller may not view the parcel: it is *hidden* | `404`, and never `403`',
  same: 'the same request for a hidden parcel and for an id that nothing has | the same status, the same headers and the same body, but for the id, times and request numbers',
  forbidden:
    'the caller may view the parcel, and lacks the permission that the request needs | `403`',
  perms:
    '`perms` | an array of one or more of `view`, `redirect` and `share`. One that stands there twice counts once, or is refused',
  more: '`perms` has one that the caller does not have for this parcel | `403`, even if the entry has it already',
  whom: 'who gets an entry | any user or group: the caller, the owner and the caller’s own groups as well',
  nobody: '`{to}` names no user and no group | `400`, `404` or `422`',
  taking:
    'taking away | a caller with `share` may take any permission from any entry, by `PUT` and by `DELETE`, whether they have it or not',
  noEntry: '`DELETE` of an entry that is not there | `404`',
  limit: '`limit` in the query | 1 to 100; 20 where none is sent',
  after:
    '`after` in the query | an id: only parcels with a greater one are listed, whether something has it or not, hidden or not. Anything but digits: `400` or `422`',
  beyond: '`after` beyond every id | no `items`; from 2^31 on also `400` or `422`',
  items:
    '`items` | the parcels that the caller may view, in the order of their ids. There are as many as `limit` says; fewer only where no more follow',
  total: '`total` | how many parcels the caller may view, whatever `limit` and `after` are',
  ids: '`ids` in a look-up | an array of 0 to 1,000 ids as `GET /parcels` gives them',
  found:
    'the answer to a look-up | of these, the parcels that the caller may view, each once; the other ids are left out',
  oddIds:
    'something among the `ids` that is no id | is left out, or the request is refused with `400` or `422`',
  destination: '`destination` | a text of 1 to 100 characters',
  noId: 'an id that nothing has, in any form | `404`; where it does not have the form of an id, `400` or `422` as well',
} as const
