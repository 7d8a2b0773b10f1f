export enum Kind { NotFound = 'NotFound', Conflict = 'Conflict', Invalid = 'Invalid' }
export class ParcelError extends Error {
  constructor(public kind: Kind, message: string, public errors: Record<string, string> = {}) {
    super(message)
    this.name = kind
  }
}
