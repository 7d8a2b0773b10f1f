import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('pelican.test.zone')

const CHECKZONE = 'must find no error'
const SOA = '`SOA` with primary server `ns1.pelican.test` and mailbox `hostmaster.pelican.test`'
const NS = 'two `NS`: `ns1.pelican.test` and `ns2.pelican.test`'
const NS1 = '| `ns1.pelican.test` | `A` 192.0.2.1 |'
const NS2 = '| `ns2.pelican.test` | `A` 192.0.2.2 |'
const APEX_A = '| `pelican.test` | `A` 192.0.2.10 |'
const APEX_AAAA = '| `pelican.test` | `AAAA` 2001:db8::10 |'
const WWW = '`CNAME` to `pelican.test`, in one step'
const API = 'two `A`: 192.0.2.21 and 192.0.2.22'
const MX = 'one `MX`: preference 10, `mail.pelican.test`'
const MAIL = '`A` 192.0.2.30, and is no alias'
const SPF = 'one `TXT` that begins with `v=spf1`: it reads `v=spf1 mx -all`'
const CAA = 'certificates come from `letsencrypt.org` and nobody else'
const DEPOTS = '`A` 192.0.2.40, also names that nobody has thought of yet'
const EU =
  'is another zone: one `NS`, `ns1.eu.pelican.test`, whose address, 192.0.2.50, comes with the referral'
const OTHERS = '| any other name | does not exist: `NXDOMAIN` |'
const API_TTL = 'The TTL of its addresses is at most 300 s'
const NS_TTL = "The TTL of the apex's `NS` is at least 3600 s."
const NEGATIVE = 'may be remembered for at most 3600 s'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'a name server without the dot at the end: ns2.pelican.test.pelican.test',
    rule: NS,
    edits: [edit('IN NS    ns2\n', 'IN NS    ns2.pelican.test\n')],
  },
  {
    id: 'W2',
    check: 'C1',
    why: 'an alias at the apex, beside SOA and NS',
    rule: CHECKZONE,
    edits: [
      edit('@        IN A     192.0.2.10', '@        IN CNAME web\nweb      IN A     192.0.2.10'),
    ],
  },
  {
    id: 'W3',
    check: 'C5',
    why: 'mail goes to an alias',
    rule: MAIL,
    edits: [
      edit('mail     IN A     192.0.2.30', 'mail     IN CNAME post\npost     IN A     192.0.2.30'),
    ],
  },
  {
    id: 'W4',
    check: 'C6',
    why: 'no glue for the server of eu',
    rule: EU,
    edits: [edit('ns1.eu   IN A     192.0.2.50\n', '')],
  },
  {
    id: 'W5',
    check: 'C7',
    why: 'one TTL for everything',
    rule: API_TTL,
    edits: [
      edit('$TTL 3600', '$TTL 86400'),
      edit('api  300 IN A     192.0.2.21\napi  300', 'api IN A     192.0.2.21\napi'),
    ],
  },
  {
    id: 'W6',
    check: 'C2',
    why: 'the SPF rule in two TXT records in place of one',
    rule: SPF,
    edits: [edit('"v=spf1 mx -all"', '"v=spf1 mx"\n@        IN TXT   "v=spf1 -all"')],
  },
  {
    id: 'W7',
    check: 'C4',
    why: 'www points at pelican.test without the dot at the end',
    rule: WWW,
    edits: [edit('IN CNAME @', 'IN CNAME pelican.test')],
  },
  {
    id: 'W8',
    check: 'C4',
    why: 'www has an address of its own',
    rule: WWW,
    edits: [edit('www      IN CNAME @', 'www      IN A 192.0.2.10\nwww      IN AAAA 2001:db8::10')],
  },
  {
    id: 'W9',
    check: 'C4',
    why: 'www is an alias of an alias',
    rule: WWW,
    edits: [edit('www      IN CNAME @', 'www      IN CNAME web\nweb      IN CNAME @')],
  },
  {
    id: 'W10',
    check: 'C2',
    why: 'one name server only',
    rule: NS,
    edits: [edit('@  86400 IN NS    ns2\n', '')],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'a name server without an address',
    rule: NS2,
    edits: [edit('ns2      IN A     192.0.2.2\n', '')],
  },
  {
    id: 'W12',
    check: 'C2',
    why: 'both name servers have one address',
    rule: NS2,
    edits: [edit('ns2      IN A     192.0.2.2\n', 'ns2      IN A     192.0.2.1\n')],
  },
  {
    id: 'W13',
    check: 'C2',
    why: 'the wrong address for ns1',
    rule: NS1,
    edits: [edit('ns1      IN A     192.0.2.1\n', 'ns1      IN A     192.0.2.11\n')],
  },
  {
    id: 'W14',
    check: 'C2',
    why: 'no IPv6 address',
    rule: APEX_AAAA,
    edits: [edit('@        IN AAAA  2001:db8::10\n', '')],
  },
  {
    id: 'W15',
    check: 'C2',
    why: 'a second address beside the right one',
    rule: APEX_A,
    edits: [edit('192.0.2.10\n', '192.0.2.10\n@        IN A     192.0.2.1\n')],
  },
  {
    id: 'W16',
    check: 'C2',
    why: 'one address of two',
    rule: API,
    edits: [edit('api  300 IN A     192.0.2.22\n', '')],
  },
  {
    id: 'W17',
    check: 'C2',
    why: 'another preference',
    rule: MX,
    edits: [edit('IN MX    10 mail', 'IN MX    0 mail')],
  },
  {
    id: 'W18',
    check: 'C2',
    why: 'a second mail server, of the old provider',
    rule: MX,
    edits: [edit('IN MX    10 mail', 'IN MX    10 mail\n@        IN MX    20 mx.example.net.')],
  },
  {
    id: 'W19',
    check: 'C2',
    why: 'an SPF rule that lets others send, only marked',
    rule: SPF,
    edits: [edit('mx -all', 'mx ~all')],
  },
  {
    id: 'W20',
    check: 'C2',
    why: 'the SPF rule without quotes: three texts, put together without blanks',
    rule: SPF,
    edits: [edit('"v=spf1 mx -all"', 'v=spf1 mx -all')],
  },
  {
    id: 'W21',
    check: 'C2',
    why: 'another authority may issue certificates, too',
    rule: CAA,
    edits: [
      edit(
        '0 issue "letsencrypt.org"',
        '0 issue "letsencrypt.org"\n@ IN CAA 0 issue "digicert.com"',
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C2',
    why: 'another authority may issue certificates for all names below',
    rule: CAA,
    edits: [
      edit(
        '0 issue "letsencrypt.org"',
        '0 issue "letsencrypt.org"\n@ IN CAA 0 issuewild "digicert.com"',
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C2',
    why: 'certificates for names with a wildcard only',
    rule: CAA,
    edits: [edit('0 issue "', '0 issuewild "')],
  },
  {
    id: 'W24',
    check: 'C3',
    why: 'some depots by name, in place of all',
    rule: DEPOTS,
    edits: [edit('*.depots IN A     192.0.2.40', '$GENERATE 1-200 d$.depots A 192.0.2.40')],
  },
  {
    id: 'W25',
    check: 'C3',
    why: 'the star at the apex: no name is unknown any more',
    rule: OTHERS,
    edits: [edit('*.depots IN A', '* IN A')],
  },
  {
    id: 'W26',
    check: 'C3',
    why: 'an address for depots itself, and none for names below it',
    rule: DEPOTS,
    edits: [edit('*.depots IN A', 'depots IN A')],
  },
  {
    id: 'W27',
    check: 'C3',
    why: 'stars for everything else, to be on the safe side',
    rule: OTHERS,
    edits: [edit('*.depots IN A     192.0.2.40', '*.depots IN A     192.0.2.40\n* IN CNAME @')],
  },
  {
    id: 'W28',
    check: 'C6',
    why: 'an address for eu in place of a delegation',
    rule: EU,
    edits: [edit('eu       IN NS    ns1.eu\n', 'eu       IN A     192.0.2.50\n')],
  },
  {
    id: 'W29',
    check: 'C6',
    why: "eu is delegated to the parent's own server",
    rule: EU,
    edits: [edit('IN NS    ns1.eu\n', 'IN NS    ns1\n')],
  },
  {
    id: 'W30',
    check: 'C7',
    why: 'the TTL of api in minutes, taken for hours',
    rule: API_TTL,
    edits: [edit('api  300 IN A     192.0.2.21\napi  300', 'api  5h IN A     192.0.2.21\napi  5h')],
  },
  {
    id: 'W31',
    check: 'C7',
    why: 'the name servers are to be asked for every five minutes',
    rule: NS_TTL,
    edits: [edit('@  86400 IN NS    ns1\n@  86400', '@  300 IN NS    ns1\n@  300')],
  },
  {
    id: 'W32',
    check: 'C7',
    why: 'takes the last number of the SOA for a default TTL: a new name stays unknown for a day',
    rule: NEGATIVE,
    edits: [edit('$TTL 3600', '$TTL 86400'), edit('3600 )     ;', '86400 )    ;')],
  },
  {
    id: 'W33',
    check: 'C2',
    why: 'a mail address with @ in the SOA',
    rule: SOA,
    edits: [edit('SOA   ns1 hostmaster (', 'SOA   ns1 hostmaster@pelican.test. (')],
  },
  {
    id: 'W34',
    check: 'C2',
    why: 'the zone itself as primary server',
    rule: SOA,
    edits: [edit('SOA   ns1 hostmaster (', 'SOA   @ hostmaster (')],
  },
  {
    id: 'W35',
    check: 'C5',
    why: 'a mail server that is an address',
    rule: MX,
    edits: [edit('IN MX    10 mail', 'IN MX    10 192.0.2.30')],
  },
  {
    id: 'W36',
    check: 'C1',
    why: 'includes a file, of which there is none',
    rule: CHECKZONE,
    edits: [edit('; Mail\n', '$INCLUDE mail.zone\n')],
  },
  {
    id: 'W37',
    check: 'C3',
    why: 'names below www exist, too',
    rule: OTHERS,
    edits: [edit('IN CNAME @', 'IN CNAME @\n*.www    IN CNAME @')],
  },
]
