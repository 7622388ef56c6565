/** Items of a list that are worked on before others get their turn: some milliseconds of work. */
const ITEMS_IN_TURN = 1_000;

/** Lets everything that waits for this thread have its turn. */
export function letOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A list in parts. Between them others get their turn. */
export async function* inTurns<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < items.length; at += ITEMS_IN_TURN) {
    if (at > 0) await letOthers();
    yield items.length <= ITEMS_IN_TURN ? items : items.slice(at, at + ITEMS_IN_TURN);
  }
}
