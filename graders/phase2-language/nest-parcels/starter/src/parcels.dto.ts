// TODO: what bodies and queries look like.
export class NewParcel {
  to!: string
  weightG!: number
}
