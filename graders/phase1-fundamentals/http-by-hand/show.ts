/** So many bytes of something long are shown, half of them from its end. */
const MOST_SHOWN = 600

/** Bytes as a reader of HTTP wants to see them: line ends visible, all that is no ASCII escaped. */
export function showBytes(bytes: Buffer): string {
  const one = (part: Buffer) =>
    part
      .toString('latin1')
      .replaceAll('\\', '\\\\')
      .replaceAll('\r\n', '\\r\\n\n')
      .replaceAll(/(?<!\\r\\n)\n/g, '\\n\n')
      .replaceAll('\r', '\\r')
      .replaceAll('\t', '\\t')
      .replaceAll(/[^\n -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
  if (bytes.length <= MOST_SHOWN) return one(bytes)
  const [head, tail] = [bytes.subarray(0, MOST_SHOWN - 100), bytes.subarray(-100)]
  return `${one(head)}\n[… ${bytes.length - MOST_SHOWN} more bytes …]\n${one(tail)}`
}

export const indented = (text: string): string =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
    .join('\n')
