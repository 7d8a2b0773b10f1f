import { BadRequestException, type PipeTransform } from '@nestjs/common'

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
