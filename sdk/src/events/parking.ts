/** Which events of a connection wait for a further try, as far as one process knows. */
export interface Parking {
  /** Whether anything waits of a resource. */
  has(resourceId: string): boolean;
  holds(resourceId: string, position: number): boolean;
  add(resourceId: string, position: number): void;
  remove(resourceId: string, position: number): void;
  positions(resourceId: string): readonly number[];
  readonly size: number;
}

export function createParking(): Parking {
  const byResource = new Map<string, Set<number>>();
  let size = 0;
  return {
    has: (resourceId) => byResource.has(resourceId),
    holds: (resourceId, position) => byResource.get(resourceId)?.has(position) ?? false,
    add(resourceId, position) {
      const own = byResource.get(resourceId) ?? new Set();
      byResource.set(resourceId, own);
      if (own.has(position)) return;
      own.add(position);
      size += 1;
    },
    remove(resourceId, position) {
      const own = byResource.get(resourceId);
      if (own?.delete(position)) size -= 1;
      if (own?.size === 0) byResource.delete(resourceId);
    },
    positions: (resourceId) => [...(byResource.get(resourceId) ?? [])],
    get size() {
      return size;
    },
  };
}
