import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDice } from '../../support/dice.ts';
import type { App, OpenCommand, Telling } from './app-process.ts';
import { findFaults } from './compare.ts';
import type { Ledger } from './ledger.ts';
import type { Place } from './place.ts';
import { startTraffic } from './traffic.ts';

export interface RoundsOptions {
  readonly place: Place;
  /** Starts the app of a round. */
  readonly start: (round: number) => App;
  readonly rounds: number;
  readonly seed: number;
  readonly breakage?: OpenCommand['breakage'];
  /** Who is told of events meanwhile. */
  readonly telling?: Telling | undefined;
  /** Done to the files between the kill and their being opened again. Answers how many writes were undone. */
  readonly afterKill?: (round: number) => number;
}

/** What came of one kill. */
export interface Round {
  readonly acknowledged: number;
  /** Writes under way at the kill, whose outcome is not known. */
  readonly doubted: number;
  /** Transactions open at the kill. */
  readonly open: number;
  /** Those of them that were at their COMMIT. */
  readonly committing: number;
  readonly undone: number;
  /** Answers other than 2xx before the kill. */
  readonly refused: readonly number[];
  readonly faults: readonly string[];
}

/**
 * Kills an app in the middle of its writes, again and again on one database, and compares what is there with what
 * was acknowledged. The last round looks at all connections of the rounds before once more.
 */
export async function killInRounds(options: RoundsOptions): Promise<readonly Round[]> {
  const { place, start, rounds, seed, breakage, telling, afterKill } = options;
  const known: { readonly connectionId: string; readonly ledger: Ledger }[] = [];
  const results: Round[] = [];
  let next = start(0);
  for (let round = 0; round < rounds; round += 1) {
    const app = next;
    const dice = createDice(seed + Math.imul(round, 0x2545f491));
    const name = `app-${randomBytes(6).toString('hex')}`;
    const port = await app.open({ ...place.toOptions(name), breakage, telling, isLogging: true });
    const connected = await app.connect(`customer-${round}`);
    const traffic = await startTraffic({ ...connected, port, dice });
    await traffic.begun;
    await sleep(150 + dice.int(251));
    const { open, committing } = await app.kill();
    const isLast = round === rounds - 1;
    if (!isLast) next = start(round + 1);
    await traffic.stop();
    const undone = afterKill?.(round) ?? 0;
    const { ledger, statuses } = traffic;
    known.push({ connectionId: connected.connectionId, ledger });
    const { read, faults: broken, close } = await place.reopen(name);
    const faults = [...broken];
    for (const one of isLast ? known : known.slice(-1)) faults.push(...(await findFaults(read, one)));
    close();
    results.push({
      acknowledged: ledger.acknowledged.length,
      doubted: ledger.doubted,
      open,
      committing,
      undone,
      refused: [...statuses.keys()].filter((status) => status >= 300),
      faults: faults.map((fault) => `round ${round}: ${fault}`),
    });
  }
  return results;
}
