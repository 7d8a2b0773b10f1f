/** What a parcel costs. TODO: one that asks the pricing service, and one that always says the same. */
export abstract class Pricing {
  abstract centsFor(weightG: number): Promise<number>
}
