/** Rules of the README, in its words: for what a learner reads, and for the mistakes that break them. */

export const TYPES =
  '`Content-Type` is what the table below has for the extension, which is what stands behind the last dot of the name.'
export const PIECES =
  'Requests arrive in pieces of any size: half a header, half a letter, five requests in one.'
export const ORDER =
  'Requests on one connection are answered one after the other, in their order, also where the client does not wait.'
export const OPEN =
  'The connection stays open after an answer, whatever its status, unless the request says `Connection: close`.'
export const OPEN_1_0 =
  'The connection is closed after the answer, unless the request says `Connection: keep-alive`.'
export const ANNOUNCED =
  'The last answer before the server closes says `Connection: close`, and no other does.'
export const KEEP_ALIVE =
  'The answer after which an HTTP/1.0 connection stays open says `Connection: keep-alive`.'
export const BEHIND = 'What arrives behind a request with `Connection: close` is not answered.'
export const REFUSED =
  'After these answers, which also say `Connection: close`, the server closes the connection, and answers nothing that came behind.'
export const LENGTH =
  'Every answer has one `Content-Length`, the number of *bytes* in its body; none is chunked.'
export const HEAD = 'The status, `Content-Length` and `Content-Type` of `GET`, and no body.'
export const OUTSIDE = 'What leads out of `DOCROOT` gets `400`, `403` or `404`, and never a file'
export const LAST_WORD =
  'A client may close its sending side behind its last request; it still gets all answers.'
