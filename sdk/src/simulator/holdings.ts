import { isObject } from '../protocol/json.ts';
import type { Exchange } from './exchange.ts';
import { findResourcesByName } from './find-by-name.ts';
import { type Answer, type Request, remove } from './message.ts';
import { runEach } from './pool.ts';
import type { LeftBehind } from './report.ts';

/** What a run made on the server, so that it can be taken away again. */
export interface Holdings {
  /** Learns from a request and what came back. */
  note(request: Request, answer: Answer | undefined): void;
  /** Paths of what exists now. */
  readonly paths: () => readonly string[];
  readonly createdCount: () => number;
  /** Deletes everything, groups first. Never rejects. */
  clear(
    options: ClearOptions,
  ): Promise<{ readonly deleted: number; readonly leftBehind: readonly LeftBehind[] }>;
}

export interface ClearOptions {
  readonly concurrency: number;
  readonly onProgress: (done: number, total: number) => void;
}

interface Lost {
  readonly collection: string;
  readonly attribute: string;
  readonly value: string;
}

/** Nobody waits longer than this for one step of the cleaning up. */
const CLEARING_MS = 120_000;

export function createHoldings(exchange: Exchange): Holdings {
  const paths = new Set<string>();
  const lost: Lost[] = [];
  let created = 0;

  const findLost = async (signal: AbortSignal) => {
    for (const { collection, attribute, value } of lost.splice(0)) {
      for (const id of await findResourcesByName(exchange, { collection, attribute, value, signal })) {
        paths.add(`${collection}/${encodeURIComponent(id)}`);
      }
    }
  };

  return {
    paths: () => [...paths],
    createdCount: () => created,
    note({ method, path, body }, answer) {
      const [target = ''] = path.split('?');
      const isMade = answer !== undefined && answer.status >= 200 && answer.status < 300;
      if (method === 'DELETE' && (isMade || answer?.status === 404)) paths.delete(target);
      if (method !== 'POST' || !/^\/(Users|Groups)$/.test(target)) return;
      const made = answer?.body;
      if (isMade && isObject(made) && typeof made.id === 'string') {
        created += 1;
        paths.add(`${target}/${encodeURIComponent(made.id)}`);
        return;
      }
      // Refused: nothing was made. Anything else may have made something whose id is not known.
      if (answer !== undefined && answer.status >= 400 && answer.status < 500) return;
      const attribute = target === '/Users' ? 'userName' : 'displayName';
      const value = isObject(body) ? body[attribute] : undefined;
      if (typeof value === 'string') lost.push({ collection: target, attribute, value });
    },
    async clear({ concurrency, onProgress }) {
      const signal = AbortSignal.timeout(CLEARING_MS);
      const leftBehind: LeftBehind[] = [];
      let deleted = 0;
      await findLost(signal).catch(() => undefined);
      // A group goes before its members, so that no server has to change it for each of them.
      const order = [...paths].sort(
        (a, b) => Number(b.startsWith('/Groups')) - Number(a.startsWith('/Groups')),
      );
      await runEach(order, { concurrency }, async (path) => {
        const problem = await removeOne(exchange, path, signal);
        if (problem === undefined) deleted += 1;
        else leftBehind.push({ path, problem });
        onProgress(deleted + leftBehind.length, order.length);
      });
      return { deleted, leftBehind };
    },
  };
}

async function removeOne(exchange: Exchange, path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { answer, problem } = await exchange.send(remove(path), { signal });
    if (answer === undefined) return problem ?? 'no answer';
    const isGone = (answer.status >= 200 && answer.status < 300) || answer.status === 404;
    return isGone ? undefined : `DELETE was answered ${answer.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
