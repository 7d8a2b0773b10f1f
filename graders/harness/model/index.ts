// What a grader that is a model imports, beside the harness.

export { expectAgreement } from './agree.ts'
export { type Bodies, type Body, bodies, outcomesOf } from './body.ts'
export {
  allowOf,
  HOUSE,
  type HouseRule,
  houseRules,
  JSON_TYPES,
  NO_OBJECT,
  NOT_JSON,
  NOT_JSON_TYPES,
  notAllowed,
  type Route,
} from './house.ts'
export {
  allById,
  anything,
  difference,
  id,
  inAnyOrder,
  instant,
  type Matcher,
  matching,
  missing,
  oneOfThese,
  someId,
} from './match.ts'
export type { At, Operation } from './moves.ts'
export type { Copy, ServerModel } from './play.ts'
export { integer, nearMisses, oneOf, otherSpellings, pattern, text } from './pools.ts'
export { bad, converted, good, type Pool, type Sample, sample, upToTheServer } from './sample.ts'
export { type Complaint, type ModelRequest, type Outcome, refused, type Step } from './step.ts'
