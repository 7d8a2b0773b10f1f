export class AddressIndex {
  // TODO: remember an address, so that it can be found by how it begins.
  add(text: string, id: string): void {}

  // TODO: forget an address; say whether it was there.
  remove(text: string, id: string): boolean {
    return false
  }

  // TODO: the ids of the first `limit` addresses that begin with the prefix.
  search(prefix: string, limit: number): string[] {
    return []
  }
}
