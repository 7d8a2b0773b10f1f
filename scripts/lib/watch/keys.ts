/**
 * Listens to single keys in a terminal; elsewhere there are none.
 * @param onKey told of the key, `q` also for Ctrl-C and Ctrl-D
 * @returns gives the terminal back
 */
export function listenToKeys(onKey: (key: string) => void): () => void {
  const { stdin } = process
  if (!stdin.isTTY) return () => {}
  const listen = (data: Buffer) => {
    const key = data.toString()
    onKey(key === '\u0003' || key === '\u0004' ? 'q' : key)
  }
  stdin.setRawMode(true)
  stdin.resume()
  stdin.on('data', listen)
  return () => {
    stdin.off('data', listen)
    stdin.setRawMode(false)
    stdin.pause()
  }
}
