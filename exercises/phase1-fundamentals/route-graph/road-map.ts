export type Route = { minutes: number; path: string[] }

export class RoadMap {
  // TODO: remember the road, in both directions unless it is one-way; refuse bad minutes.
  addRoad(from: string, to: string, minutes: number, options: { oneWay?: boolean } = {}): void {}

  // TODO: forget all roads between two places; say whether there were any.
  closeRoad(a: string, b: string): boolean {
    return false
  }

  // TODO: how long the fastest way takes, and the places that it leads through.
  fastest(from: string, to: string): Route | null {
    return null
  }

  // TODO: all places that can be reached in so many minutes.
  within(from: string, minutes: number): Set<string> {
    return new Set()
  }
}
