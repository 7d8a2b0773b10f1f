import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('checkout.ts')
const inDiscounts = editing('discounts.ts')

const PROMISE = '`pay` always gives a promise.'
const TIME = 'It asks the clock before all else.'
const SAME_TIME = 'Discounts and receipt get that time.'
const SUBTOTAL = 'The subtotal is the sum of `cents` × `quantity` of the lines.'
const EMPTY = 'A cart without lines has a subtotal of 0.'
const IN_ORDER = 'Each discount is asked in the order of the list.'
const GETS =
  'It gets the cart with all its properties, what the one before has left (the first: the subtotal), and the time.'
const ZERO = 'Less than 0 counts as 0, for the next discount, too.'
const ADDS = 'A discount may also add something.'
const CHARGED = 'What is left after the last discount is charged, with the `token` of the cart.'
const NO_CHARGE = 'Where that is 0, nothing is charged.'
const SAVED = 'Once the charge has succeeded, the receipt is saved'
const FIELDS = '`{ cartId, subtotalCents, totalCents, chargeId, paidAt }`'
const RECEIPT_ID =
  '`paidAt` is the time as a `Date`, and `chargeId` the `id` of the charge, or `null` where nothing was charged.'
const RESULT = 'Once it is saved, `pay` resolves to the same receipt.'
const EARLY_ERROR = '`pay` rejects with that very error. Nothing is charged or saved.'
const DECLINED = '`pay` rejects with that very error. Nothing is saved.'
const DOWN = 'Just the same.'
const OTHER = '`pay` rejects with a `GatewayDown` whose `cause` is that error. Nothing is saved.'
const RECEIPT_FAILED =
  "`pay` rejects with a `ReceiptFailed`. Its `name` is `'ReceiptFailed'`, its `chargeId` that of the receipt, its `cause` the error of `save`."
const ONCE = 'Nothing is tried again.'
const UNKNOWN =
  'Even where it is not known whether money has moved, a second charge would be worse.'
const INVERSION =
  'Neither the making of a Checkout nor `pay` uses the clock of the machine, `fetch` or another network, `process.env`, or files.'
const MAKING = 'Making one calls no collaborator.'
const OPEN =
  'Any object with `apply` is a discount, whatever its class: also a frozen one, or a class whose `apply` is static.'
const SEGREGATION =
  'Of each collaborator and of what `charge` gives, nothing is read but what its interface names.'
const SUBCLASS = 'A subclass is as good as its class.'
const SUBCLASS_ERRORS =
  'An error of a subclass of `Declined` is a `Declined`, and of `GatewayDown` a `GatewayDown`'
const MORE = 'what `charge` gives may be of any class, and have more in it than `id`'
const MANY = 'One Checkout serves many payments, also at once. They share nothing.'
const CART = '`pay` leaves it as it was.'
const BUSINESS =
  'A business customer has 8 % off from 10,000 cents on, else 3 %. The cents that it is given decide.'
const MEMBER =
  'A member who is no business customer has 5 % off from the calendar year after the one of `memberSince`, and 2 % until then.'
const STAMPS = 'On each line of stamps, every fifth stamp is free.'
const QUIET =
  '200 cents off from Monday to Friday, from 14:00 until just before 16:00, where at least 2,000 cents are left.'
const TENNER = '`TENNER`: 1,000 cents off.'
const HALF = '`HALF`: half off.'
const WINTER = '`WINTER`: 15 % off in December, January and February.'
const OTHER_COUPON = 'Any other text is nothing, also `constructor`.'
const ROUNDED = 'What goes off is rounded down to a whole cent.'
const UTC = 'Years, months, days and hours are those of UTC, wherever the machine stands.'

const GATEWAY_FIELD = '    this.#gateway = parts.gateway\n'
const LOOP = `    for (const discount of this.#discounts) {
      totalCents = Math.max(0, discount.apply(cart, totalCents, paidAt))
    }
`
const CHARGE_LINE =
  '    const chargeId = totalCents > 0 ? await this.#charge(totalCents, cart.token) : null\n'
const RECEIPT_LINE =
  '    const receipt = { cartId: cart.id, subtotalCents, totalCents, chargeId, paidAt }\n'
const SAVE = `    try {
      await this.#receipts.save(receipt)
    } catch (error) {
      throw new ReceiptFailed(chargeId, error)
    }
`
const PASS_ON = 'if (error instanceof Declined || error instanceof GatewayDown) throw error'
const CALL = 'const { id } = await this.#gateway.charge(cents, token)\n'
const IMPORTS = "export { oldDiscounts } from './discounts.ts'\n"

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'makes a spare gateway for the case that none is given: it reads its address from the environment',
    rule: INVERSION,
    edits: [
      edit(IMPORTS, `import { HttpGateway } from './adapters.ts'\n${IMPORTS}`),
      edit(
        GATEWAY_FIELD,
        "    const spare = new HttpGateway(process.env.GATEWAY_URL ?? 'http://127.0.0.1:4024/')\n    this.#gateway = parts.gateway ?? spare\n",
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C3',
    why: 'serves the discounts that it knows, and no others',
    rule: OPEN,
    edits: [
      edit(
        '      totalCents = Math.max(0',
        '      if (!known.has(discount)) continue\n      totalCents = Math.max(0',
      ),
      edit(
        IMPORTS,
        `${IMPORTS}import { oldDiscounts } from './discounts.ts'\nconst known = new Set<Discount>(oldDiscounts())\n`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C6',
    why: 'saves the receipt first, and charges then',
    rule: SAVED,
    edits: [
      edit(
        CHARGE_LINE + RECEIPT_LINE + SAVE,
        `    const receipt: Receipt = { cartId: cart.id, subtotalCents, totalCents, chargeId: null, paidAt }
    try {
      await this.#receipts.save(receipt)
    } catch (error) {
      throw new ReceiptFailed(null, error)
    }
    if (totalCents > 0) receipt.chargeId = await this.#charge(totalCents, cart.token)
`,
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'compares the constructor of the error: a subclass of Declined is taken for an unknown error',
    rule: SUBCLASS_ERRORS,
    edits: [
      edit(
        PASS_ON,
        'const { constructor } = error as Error\n      if (constructor === Declined || constructor === GatewayDown) throw error',
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C4',
    why: 'asks the gateway whether it is live, which no interface names',
    rule: SEGREGATION,
    edits: [
      edit(
        CALL,
        `if ((this.#gateway as { isLive?: boolean }).isLive === false) return 'test'\n      ${CALL}`,
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C1',
    why: 'lets the total fall below zero',
    rule: ZERO,
    edits: [
      edit(
        'Math.max(0, discount.apply(cart, totalCents, paidAt))',
        'discount.apply(cart, totalCents, paidAt)',
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C6',
    why: 'charges again where the receipt was not saved',
    rule: ONCE,
    edits: [
      edit(
        '      throw new ReceiptFailed(chargeId, error)',
        '      if (totalCents > 0) await this.#charge(totalCents, cart.token).catch(() => {})\n      throw new ReceiptFailed(chargeId, error)',
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'stops at zero only at the end: what a later discount adds is swallowed',
    rule: ZERO,
    edits: [
      edit(
        LOOP,
        `    for (const discount of this.#discounts) totalCents = discount.apply(cart, totalCents, paidAt)
    totalCents = Math.max(0, totalCents)
`,
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'charges zero',
    rule: NO_CHARGE,
    edits: [edit('totalCents > 0 ? await', 'totalCents >= 0 ? await')],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'charges the subtotal, and writes down the total',
    rule: CHARGED,
    edits: [edit('await this.#charge(totalCents,', 'await this.#charge(subtotalCents,')],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'charges with the id of the cart',
    rule: CHARGED,
    edits: [edit('(totalCents, cart.token)', '(totalCents, cart.id)')],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'forgets the quantity',
    rule: SUBTOTAL,
    edits: [edit('sum + line.cents * line.quantity', 'sum + line.cents')],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'reduces without a first value: a cart without lines throws',
    rule: EMPTY,
    edits: [
      edit(
        'cart.lines.reduce((sum, line) => sum + line.cents * line.quantity, 0)',
        'cart.lines.map((line) => line.cents * line.quantity).reduce((sum, each) => sum + each)',
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C3',
    why: 'asks the discounts from the last to the first',
    rule: IN_ORDER,
    edits: [edit('of this.#discounts) {', 'of this.#discounts.toReversed()) {')],
  },
  {
    id: 'W15',
    check: 'C3',
    why: 'each discount gets the subtotal, and the best one counts',
    rule: GETS,
    edits: [
      edit(
        'totalCents = Math.max(0, discount.apply(cart, totalCents, paidAt))',
        'totalCents = Math.min(totalCents, Math.max(0, discount.apply(cart, subtotalCents, paidAt)))',
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C3',
    why: 'hands on the fields that it knows, and drops the others of the cart',
    rule: GETS,
    edits: [
      edit('discount.apply(cart, totalCents, paidAt)', 'discount.apply(known, totalCents, paidAt)'),
      edit(
        '    let totalCents = subtotalCents\n',
        `    let totalCents = subtotalCents
    const { id, token, customer, lines, coupon } = cart
    const known: Cart = { id, token, customer, lines, ...(coupon === undefined ? {} : { coupon }) }
`,
      ),
    ],
  },
  {
    id: 'W17',
    check: 'C6',
    why: 'asks the clock again for the receipt: a payment at midnight has two dates',
    rule: SAME_TIME,
    edits: [
      edit(
        'subtotalCents, totalCents, chargeId, paidAt }\n    try',
        'subtotalCents, totalCents, chargeId, paidAt: this.#clock.now() }\n    try',
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C6',
    why: 'asks the clock for each discount',
    rule: SAME_TIME,
    edits: [
      edit(
        'discount.apply(cart, totalCents, paidAt)',
        'discount.apply(cart, totalCents, this.#clock.now())',
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C6',
    why: 'asks the clock when it first needs the time: without discounts, after the charge',
    rule: TIME,
    edits: [
      edit(
        '    const paidAt = this.#clock.now()\n',
        '    let asked: Date | undefined\n    const time = () => {\n      asked ??= this.#clock.now()\n      return asked\n    }\n',
      ),
      edit('discount.apply(cart, totalCents, paidAt)', 'discount.apply(cart, totalCents, time())'),
      edit(
        'subtotalCents, totalCents, chargeId, paidAt }\n    try',
        'subtotalCents, totalCents, chargeId, paidAt: time() }\n    try',
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C2',
    why: 'takes the time of the machine for the receipt',
    rule: INVERSION,
    edits: [
      edit(
        'subtotalCents, totalCents, chargeId, paidAt }\n    try',
        'subtotalCents, totalCents, chargeId, paidAt: new Date() }\n    try',
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C2',
    why: 'keeps a log of payments in a file, and swallows what goes wrong with it',
    rule: INVERSION,
    edits: [
      edit(
        RECEIPT_LINE,
        `${RECEIPT_LINE}    try {
      appendFileSync('payments.log', JSON.stringify(receipt))
    } catch {}
`,
      ),
      edit(IMPORTS, `import { appendFileSync } from 'node:fs'\n${IMPORTS}`),
    ],
  },
  {
    id: 'W22',
    check: 'C2',
    why: 'tells a statistics server of each payment, and does not wait for it',
    rule: INVERSION,
    edits: [
      edit(
        RECEIPT_LINE,
        `${RECEIPT_LINE}    try {
      void fetch('http://127.0.0.1:4025/').catch(() => {})
    } catch {}
`,
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C2',
    why: 'measures with Date.now how long a payment takes',
    rule: INVERSION,
    edits: [
      edit(
        '    const paidAt = this.#clock.now()\n',
        '    const paidAt = this.#clock.now()\n    const began = Date.now()\n',
      ),
      edit('    return receipt\n', '    void (Date.now() - began)\n    return receipt\n'),
    ],
  },
  {
    id: 'W24',
    check: 'C6',
    why: 'asks the clock while a Checkout is made, and keeps that time',
    rule: MAKING,
    edits: [
      edit(
        '    this.#clock = parts.clock\n',
        '    this.#clock = parts.clock\n    this.#clock.now()\n',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'the receipt has no subtotal',
    rule: FIELDS,
    edits: [
      edit(
        RECEIPT_LINE,
        '    const receipt = { cartId: cart.id, totalCents, chargeId, paidAt } as Receipt\n',
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C1',
    why: 'paidAt is a text',
    rule: RECEIPT_ID,
    edits: [
      edit(
        RECEIPT_LINE,
        '    const at = paidAt.toISOString() as unknown as Date\n    const receipt = { cartId: cart.id, subtotalCents, totalCents, chargeId, paidAt: at }\n',
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C1',
    why: 'an empty text in place of null where nothing was charged',
    rule: RECEIPT_ID,
    edits: [edit('(totalCents, cart.token) : null', "(totalCents, cart.token) : ''")],
  },
  {
    id: 'W28',
    check: 'C6',
    why: 'does not wait until the receipt is saved: its failure is lost',
    rule: RESULT,
    edits: [
      edit(SAVE, '    void this.#receipts.save(receipt).catch(() => {})\n    void ReceiptFailed\n'),
    ],
  },
  {
    id: 'W29',
    check: 'C1',
    why: 'pay gives nothing',
    rule: RESULT,
    edits: [edit('    return receipt\n', '    return undefined as unknown as Receipt\n')],
  },
  {
    id: 'W30',
    check: 'C6',
    why: 'goes on without a discount that throws',
    rule: EARLY_ERROR,
    edits: [
      edit(
        '      totalCents = Math.max(0, discount.apply(cart, totalCents, paidAt))\n',
        '      try {\n        totalCents = Math.max(0, discount.apply(cart, totalCents, paidAt))\n      } catch {}\n',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C6',
    why: 'wraps the error of a discount',
    rule: EARLY_ERROR,
    edits: [
      edit(
        '      totalCents = Math.max(0, discount.apply(cart, totalCents, paidAt))\n',
        "      try {\n        totalCents = Math.max(0, discount.apply(cart, totalCents, paidAt))\n      } catch (cause) {\n        throw new Error('a discount failed', { cause })\n      }\n",
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C6',
    why: 'throws a Declined of its own',
    rule: DECLINED,
    edits: [
      edit(
        PASS_ON,
        `if (error instanceof Declined) throw new Declined(error.message)\n      ${PASS_ON}`,
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C6',
    why: 'saves a receipt of a declined payment',
    rule: DECLINED,
    edits: [
      edit(
        CHARGE_LINE,
        `    const chargeId =
      totalCents > 0
        ? await this.#charge(totalCents, cart.token).catch(async (error) => {
            const receipt = { cartId: cart.id, subtotalCents, totalCents, chargeId: null, paidAt }
            if (error instanceof Declined) await this.#receipts.save(receipt)
            throw error
          })
        : null
`,
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C6',
    why: 'tries once more where the gateway is down',
    rule: UNKNOWN,
    edits: [
      edit(
        PASS_ON,
        `if (error instanceof GatewayDown) {
        const { id } = await this.#gateway.charge(cents, token)
        return id
      }
      if (error instanceof Declined) throw error`,
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C6',
    why: 'wraps a GatewayDown into another',
    rule: DOWN,
    edits: [edit(PASS_ON, 'if (error instanceof Declined) throw error')],
  },
  {
    id: 'W36',
    check: 'C6',
    why: 'lets any other error of the gateway through',
    rule: OTHER,
    edits: [edit(PASS_ON, 'if (error instanceof Declined || error instanceof Error) throw error')],
  },
  {
    id: 'W37',
    check: 'C6',
    why: 'the GatewayDown does not say what caused it',
    rule: OTHER,
    edits: [
      edit(
        "whether the gateway has charged', { cause: error })",
        "whether the gateway has charged')",
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C6',
    why: 'the error of the receipts comes out as it is: nobody learns the id of the charge',
    rule: RECEIPT_FAILED,
    edits: [
      edit(
        '      throw new ReceiptFailed(chargeId, error)',
        '      void ReceiptFailed\n      throw error',
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C6',
    why: 'a ReceiptFailed without a cause',
    rule: RECEIPT_FAILED,
    edits: [edit('was not saved`, { cause })', 'was not saved`)\n    void cause')],
  },
  {
    id: 'W40',
    check: 'C6',
    why: 'a ReceiptFailed that calls itself Error',
    rule: RECEIPT_FAILED,
    edits: [edit("  override name = 'ReceiptFailed'\n", '')],
  },
  {
    id: 'W41',
    check: 'C6',
    why: 'one catch for all: a declined card becomes a failed receipt',
    rule: DECLINED,
    edits: [
      edit(
        CHARGE_LINE + RECEIPT_LINE + SAVE,
        `    let chargeId: string | null = null
    let receipt: Receipt
    try {
      if (totalCents > 0) chargeId = await this.#charge(totalCents, cart.token)
      receipt = { cartId: cart.id, subtotalCents, totalCents, chargeId, paidAt }
      await this.#receipts.save(receipt)
    } catch (error) {
      throw new ReceiptFailed(chargeId, error)
    }
`,
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C6',
    why: 'tries to save a second time',
    rule: ONCE,
    edits: [
      edit(
        '      throw new ReceiptFailed(chargeId, error)',
        '      try {\n        await this.#receipts.save(receipt)\n        return receipt\n      } catch {}\n      throw new ReceiptFailed(chargeId, error)',
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C3',
    why: 'takes apply out of the discount: it has lost its object',
    rule: OPEN,
    edits: [
      edit(
        'for (const discount of this.#discounts) {',
        'for (const { apply } of this.#discounts) {',
      ),
      edit('discount.apply(cart, totalCents, paidAt)', 'apply(cart, totalCents, paidAt)'),
    ],
  },
  {
    id: 'W44',
    check: 'C3',
    why: 'takes a function for a discount of another kind, and calls it',
    rule: OPEN,
    edits: [
      edit(
        'totalCents = Math.max(0, discount.apply(cart, totalCents, paidAt))',
        `const left =
        typeof discount === 'function'
          ? (discount as (...given: unknown[]) => number)(cart, totalCents, paidAt)
          : discount.apply(cart, totalCents, paidAt)
      totalCents = Math.max(0, left)`,
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C3',
    why: 'skips a discount whose apply is inherited',
    rule: OPEN,
    edits: [
      edit(
        '      totalCents = Math.max(0',
        "      if (!Object.hasOwn(discount, 'apply')) continue\n      totalCents = Math.max(0",
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C3',
    why: 'writes into each discount what it gave: a frozen one throws',
    rule: OPEN,
    edits: [
      edit(
        '      totalCents = Math.max(0, discount.apply(cart, totalCents, paidAt))\n',
        '      totalCents = Math.max(0, discount.apply(cart, totalCents, paidAt))\n      Object.assign(discount, { last: totalCents })\n',
      ),
    ],
  },
  {
    id: 'W47',
    check: 'C1',
    why: 'lets no discount add something',
    rule: ADDS,
    edits: [
      edit(
        'Math.max(0, discount.apply(cart, totalCents, paidAt))',
        'Math.max(0, Math.min(totalCents, discount.apply(cart, totalCents, paidAt)))',
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C5',
    why: 'spreads what the gateway gave into the receipt: its cents are those of the gateway',
    rule: MORE,
    edits: [
      edit(
        CALL,
        'const charge = await this.#gateway.charge(cents, token)\n      this.#more = { ...charge }\n      const { id } = charge\n',
      ),
      edit(
        RECEIPT_LINE,
        `${RECEIPT_LINE}    Object.assign(receipt, this.#more)\n    this.#more = {}\n`,
      ),
      edit('  #clock: Clock\n', '  #more: object = {}\n  #clock: Clock\n'),
    ],
  },
  {
    id: 'W49',
    check: 'C5',
    why: 'copies what the gateway gave: an id that is a getter of a class is lost',
    rule: MORE,
    edits: [edit(CALL, 'const { id } = { ...(await this.#gateway.charge(cents, token)) }\n')],
  },
  {
    id: 'W50',
    check: 'C5',
    why: 'tells errors apart by their name, which a subclass has another of',
    rule: SUBCLASS,
    edits: [
      edit(PASS_ON, "if (['Declined', 'GatewayDown'].includes((error as Error).name)) throw error"),
    ],
  },
  {
    id: 'W51',
    check: 'C4',
    why: 'looks for a name of each discount, for the log',
    rule: SEGREGATION,
    edits: [
      edit(
        '      totalCents = Math.max(0, discount',
        '      void (discount as { name?: string }).name\n      totalCents = Math.max(0, discount',
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C4',
    why: 'reads the fee of a charge, which some gateways have',
    rule: SEGREGATION,
    edits: [
      edit(
        CALL,
        'const charge = await this.#gateway.charge(cents, token)\n      void (charge as { fee?: number }).fee\n      const { id } = charge\n',
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C8',
    why: 'keeps the total in a field: payments at once charge each the total of the other',
    rule: MANY,
    edits: [
      edit(
        CHARGE_LINE + RECEIPT_LINE,
        `    this.#total = totalCents
    const chargeId = totalCents > 0 ? await this.#charge(totalCents, cart.token) : null
    totalCents = this.#total
${RECEIPT_LINE}`,
      ),
      edit('  #clock: Clock\n', '  #total = 0\n  #clock: Clock\n'),
    ],
  },
  {
    id: 'W54',
    check: 'C6',
    why: 'one payment to a Checkout: the second gets the receipt of the first',
    rule: MANY,
    edits: [
      edit(
        '    const paidAt = this.#clock.now()\n',
        '    if (this.#last) return this.#last\n    const paidAt = this.#clock.now()\n',
      ),
      edit('    return receipt\n', '    this.#last = receipt\n    return receipt\n'),
      edit('  #clock: Clock\n', '  #last: Receipt | undefined\n  #clock: Clock\n'),
    ],
  },
  {
    id: 'W55',
    check: 'C1',
    why: 'writes the total into the cart',
    rule: CART,
    edits: [edit(RECEIPT_LINE, `    Object.assign(cart, { totalCents })\n${RECEIPT_LINE}`)],
  },
  {
    id: 'W56',
    check: 'C6',
    why: 'pay is not async: what the clock or a discount throws comes out of the call',
    rule: PROMISE,
    edits: [
      edit(
        '  async pay(cart: Cart): Promise<Receipt> {\n    const paidAt = this.#clock.now()\n',
        '  pay(cart: Cart): Promise<Receipt> {\n    return this.#pay(cart, this.#clock.now())\n  }\n\n  async #pay(cart: Cart, paidAt: Date): Promise<Receipt> {\n',
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C7',
    why: 'business customers who are members get both discounts: the else was lost',
    rule: MEMBER,
    edits: [
      inDiscounts(
        'if (business || !memberSince) return',
        'void business\n    if (!memberSince) return',
      ),
    ],
  },
  {
    id: 'W58',
    check: 'C7',
    why: 'counts years of membership by days',
    rule: MEMBER,
    edits: [
      inDiscounts(
        'return less(year < now.getUTCFullYear() ? 5 : 2, cents)',
        'void year\n    return less(now.getTime() - Date.parse(memberSince) > 365 * 86_400_000 ? 5 : 2, cents)',
      ),
    ],
  },
  {
    id: 'W59',
    check: 'C7',
    why: 'more than 10,000 cents in place of 10,000 and more',
    rule: BUSINESS,
    edits: [inDiscounts('cents >= 10_000', 'cents > 10_000')],
  },
  {
    id: 'W60',
    check: 'C7',
    why: 'the threshold of business customers looks at the lines, and not at the cents it is given',
    rule: 'The cents that it is given decide.',
    edits: [
      inDiscounts('apply({ customer }, cents) {', 'apply({ customer, lines }, cents) {'),
      inDiscounts(
        'cents >= 10_000 ? 8',
        'lines.reduce((sum, line) => sum + line.cents * line.quantity, 0) >= 10_000 ? 8',
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C7',
    why: 'counts the stamps of all lines together',
    rule: STAMPS,
    edits: [
      inDiscounts(
        `    const free = lines
      .filter(({ kind }) => kind === 'stamp')
      .map((line) => Math.floor(line.quantity / 5) * line.cents)
    return free.reduce((left, each) => left - each, cents)`,
        `    const own = lines.filter(({ kind }) => kind === 'stamp')
    const all = own.reduce((sum, { quantity }) => sum + quantity, 0)
    return cents - Math.floor(all / 5) * (own[0]?.cents ?? 0)`,
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C7',
    why: 'every fifth of anything is free',
    rule: STAMPS,
    edits: [inDiscounts("      .filter(({ kind }) => kind === 'stamp')\n", '')],
  },
  {
    id: 'W63',
    check: 'C7',
    why: 'quiet hours end at the end of the hour from 16:00',
    rule: QUIET,
    edits: [inDiscounts('hour < 16', 'hour <= 16')],
  },
  {
    id: 'W64',
    check: 'C7',
    why: 'quiet hours at weekends, too',
    rule: QUIET,
    edits: [inDiscounts('day >= 1 && day <= 5 && hour', 'day >= 0 && hour')],
  },
  {
    id: 'W65',
    check: 'C7',
    why: 'quiet hours where more than 2,000 cents are left',
    rule: QUIET,
    edits: [inDiscounts('cents >= 2_000', 'cents > 2_000')],
  },
  {
    id: 'W66',
    check: 'C7',
    why: 'the hours of the machine',
    rule: UTC,
    edits: [inDiscounts('now.getUTCHours()', 'now.getHours()')],
  },
  {
    id: 'W67',
    check: 'C7',
    why: 'a tenner is 10 cents',
    rule: TENNER,
    edits: [inDiscounts('cents - 1_000', 'cents - 10')],
  },
  {
    id: 'W68',
    check: 'C7',
    why: 'half the cents are left, rounded down: a cent too little',
    rule: HALF,
    edits: [inDiscounts('return less(50, cents)', 'return Math.floor(cents / 2)')],
  },
  {
    id: 'W69',
    check: 'C7',
    why: 'counts months from 1: winter is from January to March',
    rule: WINTER,
    edits: [inDiscounts('[11, 0, 1].includes', '[12, 1, 2].includes')],
  },
  {
    id: 'W70',
    check: 'C7',
    why: 'a table of coupons in {}, which knows constructor',
    rule: OTHER_COUPON,
    edits: [
      inDiscounts(
        `    switch (cart.coupon) {
      case 'TENNER':
        return cents - 1_000
      case 'HALF':
        return less(50, cents)
      case 'WINTER':
        return [11, 0, 1].includes(now.getUTCMonth()) ? less(15, cents) : cents
      default:
        return cents
    }`,
        `    const table: Record<string, (cents: number) => number> = {
      TENNER: (cents) => cents - 1_000,
      HALF: (cents) => less(50, cents),
      WINTER: (cents) => ([11, 0, 1].includes(now.getUTCMonth()) ? less(15, cents) : cents),
    }
    const own = table[cart.coupon ?? '']
    return own ? own(cents) : cents`,
      ),
    ],
  },
  {
    id: 'W71',
    check: 'C7',
    why: 'takes coupons in any letters',
    rule: OTHER_COUPON,
    edits: [inDiscounts('switch (cart.coupon)', 'switch (cart.coupon?.toUpperCase())')],
  },
  {
    id: 'W72',
    check: 'C7',
    why: 'rounds what is left, and not what goes off',
    rule: ROUNDED,
    edits: [
      inDiscounts(
        'return cents - Math.floor((cents * percent) / 100)',
        'return Math.floor((cents * (100 - percent)) / 100)',
      ),
    ],
  },
  {
    id: 'W73',
    check: 'C7',
    why: 'rounds to the nearest cent',
    rule: ROUNDED,
    edits: [
      inDiscounts('Math.floor((cents * percent) / 100)', 'Math.round((cents * percent) / 100)'),
    ],
  },
  {
    id: 'W74',
    check: 'C7',
    why: 'one discount does it all: none of the rules can be had alone',
    rule: 'five discounts',
    edits: [
      inDiscounts(
        '  return [business, member, stamps, quietHours, coupon]',
        `  const all = [business, member, stamps, quietHours, coupon]
  return [
    {
      apply: (cart, cents, now) =>
        all.reduce((left, one) => Math.max(0, one.apply(cart, left, now)), cents),
    },
  ]`,
      ),
    ],
  },
  {
    id: 'W75',
    check: 'C7',
    why: 'the coupon comes before the quiet hours',
    rule: 'in this order',
    edits: [inDiscounts('stamps, quietHours, coupon]', 'stamps, coupon, quietHours]')],
  },
  {
    id: 'W76',
    check: 'C7',
    why: 'looks at the beginning of a coupon only',
    rule: OTHER_COUPON,
    edits: [
      inDiscounts(
        '    switch (cart.coupon) {',
        "    switch (cart.coupon?.startsWith('TENNER') ? 'TENNER' : cart.coupon) {",
      ),
    ],
  },
  {
    id: 'W77',
    check: 'C2',
    why: 'measures with performance.now how long a payment takes',
    rule: INVERSION,
    edits: [
      edit(
        '    const paidAt = this.#clock.now()\n',
        '    const paidAt = this.#clock.now()\n    const began = performance.now()\n',
      ),
      edit('    return receipt\n', '    void (performance.now() - began)\n    return receipt\n'),
    ],
  },
  {
    id: 'W78',
    check: 'C2',
    why: 'looks into the environment whether to print the receipt',
    rule: INVERSION,
    edits: [
      edit(
        '    return receipt\n',
        '    if (process.env.DEBUG) console.log(receipt)\n    return receipt\n',
      ),
    ],
  },
  {
    id: 'W79',
    check: 'C6',
    why: 'the error of the receipts comes out as it is where nothing was charged',
    rule: RECEIPT_FAILED,
    edits: [
      edit(
        '      throw new ReceiptFailed(chargeId, error)',
        '      throw chargeId === null ? error : new ReceiptFailed(chargeId, error)',
      ),
    ],
  },
]
