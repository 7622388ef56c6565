import { pause } from '../timers.ts';
import type { Bell } from './bell.ts';
import { type ConnectionDelivery, type ConnectionWork, createConnectionWork } from './connection-work.ts';
import { createNewEvents, type NewEvents } from './deliver-new.ts';
import { createRetries, type Retries } from './retry-parked.ts';

const PAGE = 100;
/** Events under way beyond the oldest one that is: as many come twice after a crash, at most. */
const WINDOW = 500;
/** Past so many parked events new ones wait in the log, where they are already. */
const MOST_PARKED = 1_000;
const WRITE_MS = 100;
/** Pause before what was just read to its end is read again. */
const READ_PAUSE_MS = 5;
/** How often events that are due are looked for though none was parked here. */
const RETRY_LOOK_MS = 1_000;

/** How a delivery is told what happens outside of it. */
export interface DeliveryGuide {
  /** Rung when there may be more events, or when it is to stop. */
  readonly bell: Bell;
  /** How long the right to deliver is kept with nothing to do, milliseconds. */
  readonly lingerMs: () => number;
}

/**
 * Delivers until there is nothing left, or the right to is lost. Events of one resource go one after the other, those
 * of a group behind the ones of its people that came before. What fails waits with whatever comes of its resource
 * later; nothing else waits for it.
 */
export async function deliverConnection(options: ConnectionDelivery, guide: DeliveryGuide): Promise<void> {
  const work = createConnectionWork(options);
  const { store, claimed, lease, parking } = work;
  const incoming = createNewEvents(work, guide.bell.ring);
  const writer = createWriter(work, incoming);
  const retries = createRetries(work, { write: writer.write, onSettled: guide.bell.ring });
  for (const { position, resourceId } of await store.deliveries.parked(claimed.claim))
    parking.add(resourceId, position);
  let isDone = false;
  const writing = writer.keepWriting(() => isDone, guide.bell.ring);
  try {
    await readAndDeliver(work, { incoming, retries, guide });
    await Promise.all([incoming.settled(), retries.settled()]);
  } finally {
    isDone = true;
    await writing;
    await lease.giveBack(writer.take);
  }
}

async function readAndDeliver(
  { store, parking, connectionId, timers, isOver }: ConnectionWork,
  parts: { readonly incoming: NewEvents; readonly retries: Retries; readonly guide: DeliveryGuide },
): Promise<void> {
  const { incoming, retries, guide } = parts;
  let idleSince: number | undefined;
  let looked = Number.NEGATIVE_INFINITY;
  while (!isOver()) {
    const hasRoom = incoming.size < WINDOW && parking.size < MOST_PARKED;
    const range = { after: incoming.position, limit: PAGE };
    const records = hasRoom ? await store.events.read(connectionId, range) : [];
    for (const record of records) incoming.begin(record);
    const now = timers.now();
    if (now - looked > (parking.size > 0 ? WRITE_MS : RETRY_LOOK_MS)) {
      looked = now;
      await retries.tryDue();
    }
    if (records.length === PAGE) continue;
    const isIdle = records.length === 0 && incoming.size === 0 && retries.size === 0;
    const linger = guide.lingerMs();
    if (!isIdle) idleSince = undefined;
    else idleSince ??= now;
    if (idleSince !== undefined && now - idleSince >= linger) return;
    await guide.bell.wait(isIdle ? linger : RETRY_LOOK_MS);
    await pause(timers, READ_PAUSE_MS);
  }
}

/** Writes down what became of deliveries, every now and then, and keeps the right to deliver by it. */
function createWriter(
  { consumer, connectionId, results, lease, timers, logger }: ConnectionWork,
  incoming: NewEvents,
) {
  const take = () => ({ position: incoming.donePosition(), results: results.take() });
  let written: number | undefined;
  /** The write that has not begun: whoever asks meanwhile shares it. */
  let next: Promise<boolean> | undefined;

  /** Answers false when the right is lost, and stays so. */
  function write(): Promise<boolean> {
    next ??= writeDown(() => {
      next = undefined;
    });
    return next;
  }

  async function writeDown(onBegin: () => void): Promise<boolean> {
    let taken: ReturnType<typeof take> | undefined;
    try {
      const isHeld = await lease.write(() => {
        onBegin();
        taken = take();
        return taken;
      });
      written = taken?.position;
      return isHeld;
    } catch (cause) {
      // The database cannot serve; as long as the lease lasts it is asked again.
      if (taken !== undefined) results.restore(taken.results);
      logger.warn(`scimkit: deliveries to ${consumer.name} could not be written down.`, {
        connectionId,
        cause,
      });
      await pause(timers, WRITE_MS);
      return lease.isHeld();
    }
  }

  return {
    take,
    write,
    async keepWriting(isDone: () => boolean, onLost: () => void): Promise<void> {
      while (!isDone() && lease.isHeld()) {
        await pause(timers, WRITE_MS);
        const isNews = !results.isEmpty() || incoming.donePosition() !== written;
        if (!isDone() && (isNews || lease.isDue())) await write();
      }
      onLost();
    },
  };
}
