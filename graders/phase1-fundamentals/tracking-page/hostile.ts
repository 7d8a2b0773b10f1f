import type { Fresh } from '../../harness/index.ts'

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: text that templates might read
/** What has broken pages before, one for each place where data stands. */
const KNOWN = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><img src=x onerror=alert(1)>",
  '" onfocus="alert(1)" autofocus x="',
  "' autofocus onfocus='alert(1)' x='",
  'x onfocus=alert(1) autofocus',
  '</textarea><script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '</option></select><img src=x onerror=alert(1)>',
  '</h1><h1>',
  '</li><li>',
  '</td></tr></table><h1>',
  '--><script>alert(1)</script><!--',
  '<!-- <b>',
  '<b>bold</b>',
  '<a href="javascript:alert(1)">win</a>',
  '<a href=//evil.example/>win</a>',
  '<input name=name value=x>',
  '<svg/onload=alert(1)>',
  '<plaintext>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<SCRIPT SRC=//evil.example/x.js></SCRIPT>',
  '<img src=`x` onerror=alert(1)//',
  '&lt;b&gt; &amp; &quot; &#39;',
  '&copy &notin; &amp;lt; &#x3c;b&#x3e;',
  'AT&T & Söhne',
  '{{7*7}} ${7*7} <%= 7*7 %> #{7*7} {% 7*7 %}',
  "{{constructor.constructor('alert(1)')()}}",
  '{{email}} {{ note }} {name} ${depot} %(name)s $name :name <%= it.name %> <%= note %>',
  "$& $1 $` $' $$ \\1 \\0 %s %d {0}",
  'javascript:alert(1)',
  '\\u003cscript\\u003ealert(1)\\u003c/script\\u003e \\x3cb\\x3e \\"',
  '%3Cscript%3Ealert(1)%3C/script%3E +',
  ']]><b> <![CDATA[<b>]]> <?php echo 1 ?>',
  'null',
  '__proto__',
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: text that templates might read

/** What random texts are put together from. */
const PIECES = [
  ...'<>"\'&=`/\\ ;#$%{}()[]!?-+'.split(''),
  ' ',
  '<b',
  '</',
  '<!--',
  '-->',
  '<br>',
  '</p>',
  '</li>',
  '</td>',
  '<script>',
  '</script>',
  '</textarea>',
  '</title>',
  '</option>',
  '</select>',
  '</style>',
  '<img src=x onerror=alert(1)>',
  ' onclick=alert(1) ',
  '" onclick="alert(1)',
  "' onclick='alert(1)",
  'javascript:alert(1)',
  '&lt;',
  '&amp;',
  '&quot;',
  '&#x27;',
  '&copy',
  '{{',
  '}}',
  '<%=',
  '%>',
  '$&',
]

/** A text that no page could take for anything else. */
export const harmlessText = (fresh: Fresh): string =>
  fresh.oneIn(3) ? `${fresh.name()} ${fresh.unique()}` : fresh.unique(fresh.name())

/** A few random pieces, with a word of their own by which they are found again. */
function pieced(fresh: Fresh): string {
  const pieces = fresh.list(fresh.int(1, 5), () => fresh.pick(PIECES))
  return `${pieces.join('')}${fresh.unique()}`.trim()
}

/** So many texts are known; each place where data stands gets every one of them. */
export const KNOWN_TEXTS = KNOWN.length

/** Gives hostile texts of at most 80 characters: each known one once, in random order, then as many random ones, and so on. */
export function hostileTexts(fresh: Fresh): () => string {
  let deck: string[] = []
  return () => {
    if (deck.length === 0) {
      const known = KNOWN.map((text) => (text.length > 60 ? text : `${text}${fresh.unique()}`))
      // The last is dealt first.
      deck = [...fresh.list(KNOWN.length, () => pieced(fresh)), ...fresh.shuffle(known)]
    }
    return [...deck.pop()!].slice(0, 80).join('').trim()
  }
}
