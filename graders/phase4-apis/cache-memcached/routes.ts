/** Routes that a key cannot hold as they are, and pairs that are taken for one another. */
const long = 'Lisboa → São-Bento '.repeat(14)
export const NASTY: string[] = [
  ...['Porto', 'porto', 'PORTO', 'Porto ', ' Porto', 'Porto  Faro', 'Porto Faro', 'Porto+Faro'],
  ...['Porto%20Faro', 'Porto_Faro', 'Porto-Faro', 'PortoFaro', 'Porto\tFaro', 'Porto\nFaro'],
  ...['Porto\r\nFaro', 'Porto/Faro', 'Porto:Faro', 'Porto%3AFaro', 'Porto,Faro', 'Porto;Faro'],
  // One accent in one code point, and in two; letters that are alike to some.
  ...['caf\u00e9', 'cafe\u0301', 'cafe', 'Straße', 'Strasse', 'ﬁ', 'fi', 'Ａ', 'A'],
  ...['🚚', '🚛', '📦', '?', '??', '東京', '京東', 'שלום', '\u0001', '\u007f', '\u00a0', ' '],
  ...['0', '00', '0.0', 'null', 'true', 'undefined', '__proto__', '{}', '[]', '*', 'route'],
  // Alike to short digests: CRC-32, FNV-1a, sums with 31 and 33, the first 8 hex digits of MD5, SHA-1 and SHA-256.
  ...['plumless', 'buckeroo', 'costarring', 'liquid', 'AaAa', 'BBBB', 'Az', 'BY'],
  ...['Porto 6880', 'Porto 87891', 'Porto 52924', 'Porto 72310', 'Porto 20', 'Porto 52888'],
  // Beyond 250 bytes, alike but for the end, the middle or the beginning.
  ...[`${long}1`, `${long}2`, `1${long}`, `2${long}`, `${long}1${long}`, `${long}2${long}`],
  ...['a'.repeat(249), 'a'.repeat(250), 'a'.repeat(251), 'a'.repeat(1000), `${'a'.repeat(999)}b`],
  ...['📦'.repeat(1000), `${'📦'.repeat(999)}🚚`, `${'é'.repeat(999)}è`, 'é'.repeat(1000)],
  // What a key with line ends in it would have memcached do.
  'x\r\nflush_all',
  'x\r\nflush_all\r\n',
  'x\r\ndelete shop:1\r\n',
  'x 0 60 1\r\n1\r\nset shop:1 0 60 4\r\nevil\r\nset y',
  'x\nincr price:1 1\nget y',
  'x noreply',
  'x 0 0 0',
  'pelican:generation',
]
