// The log. README.md has the rules.

/** Writes a line. */
export function log(text: string): void {
  // TODO: a JSON object in place of the text, with time, level, msg, and the id of the request that is served:
  //
  //   {"time":"2026-03-29T10:00:00.000Z","level":"debug","msg":"loading parcel","requestId":"my-own-id","code":"…"}
  console.log(`${new Date().toISOString()} ${text}`)
}
