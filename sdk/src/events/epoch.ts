import type { Store } from '../store/port.ts';
import { toEpochMark } from './event-cursor.ts';

/** The name the epoch is kept under. */
const NAME = 'event epoch';

/**
 * Tells the history of the data from another one. After an older backup was restored, positions are given out anew to
 * other events; a cursor of before must not be taken for one of them.
 */
export async function readEpoch(store: Pick<Store, 'secret'>): Promise<string> {
  return toEpochMark(await store.secret(NAME));
}

export async function renewEpoch(store: Pick<Store, 'renewSecret'>): Promise<void> {
  await store.renewSecret(NAME);
}
