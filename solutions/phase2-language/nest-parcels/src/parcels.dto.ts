import { BadRequestException, type PipeTransform } from '@nestjs/common'
import { Transform } from 'class-transformer'
import { IsIn, IsInt, Max, Min, ValidateBy, ValidateIf } from 'class-validator'

export const STATUSES = ['new', 'moving', 'delivered'] as const
export type Status = (typeof STATUSES)[number]

/** A text of so many characters. The library's own Length leaves some code points out. */
const Text = (min: number, max: number) =>
  ValidateBy({
    name: 'text',
    validator: {
      validate: (value) =>
        typeof value === 'string' && [...value].length >= min && [...value].length <= max,
      defaultMessage: (given) => `${given?.property} must be a text of ${min} to ${max} characters`,
    },
  })

/** IsOptional takes null for "not sent". */
const IfSent = () => ValidateIf((_, value) => value !== undefined)

/** Digits alone: Number would also read "", "1e1" and "0x5". */
const Digits = () =>
  Transform(({ value }) =>
    typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value,
  )

export class NewParcel {
  @Text(1, 200)
  to!: string

  @IsInt()
  @Min(1)
  @Max(30_000)
  weightG!: number
}

export class ParcelChanges {
  @IfSent()
  @Text(1, 200)
  to?: string

  @IfSent()
  @IsInt()
  @Min(1)
  @Max(30_000)
  weightG?: number

  @IfSent()
  @IsIn(STATUSES)
  status?: Status
}

export class ParcelFilter {
  @IfSent()
  @IsIn(STATUSES)
  status?: Status

  @IfSent()
  @Digits()
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number
}

/**
 * Takes an object of plain values. What is nested is wrong in every field, and becomes `{}`: to copy
 * it, class-transformer would call itself as often as it is deep.
 */
export class FlatPipe implements PipeTransform<unknown, object> {
  transform(body: unknown): object {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new BadRequestException('the body must be a JSON object')
    }
    const flat = Object.entries(body).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? {} : value,
    ])
    return Object.fromEntries(flat)
  }
}
