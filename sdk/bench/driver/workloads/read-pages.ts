import { expectStatus } from '../expect.ts';
import { loop, type Measured, Recorder, type Verify } from '../measure.ts';
import type { Answer } from '../target.ts';
import type { Directory } from '../workload.ts';

export interface ReadPagesOptions {
  readonly pageSize: number;
  /** How often the first and the last page are asked for, in turn. */
  readonly repeat: number;
  /** Whether the pages are read first, to see that everybody is on one; else the last cursor is that of the walk before. */
  readonly isWalking: boolean;
  /** By `startIndex` one page in so many is read, for each costs what lies before it. @default 1 */
  readonly stride?: number;
}

/** The first and the last page of a directory. */
export interface PagesMeasured {
  readonly first: Measured;
  readonly last: Measured;
}

/** Users by `startIndex`: nobody is seen twice, and all pages are full. */
export async function readPagesByIndex(
  directory: Directory,
  { pageSize, repeat, isWalking, stride = 1 }: ReadPagesOptions,
): Promise<PagesMeasured> {
  const { target, users } = directory;
  if (isWalking) {
    const seen = createCensus(directory, pageSize);
    const starts: number[] = [];
    for (let at = 1; at <= users; at += pageSize * stride) starts.push(at);
    for (const startIndex of starts) if (!seen.take(await target.listUsers(startIndex, pageSize))) break;
    seen.close(Math.min(users, starts.length * pageSize));
  }
  return compare(directory, repeat, {
    pageSize,
    first: () => target.listUsers(1, pageSize),
    last: () => target.listUsers(users - pageSize + 1, pageSize),
  });
}

/** The cursor of each directory's last page. */
const lastCursors = new WeakMap<Directory, string>();

/** All users by cursor (RFC 9865): every one is seen once. */
export async function readPagesByCursor(
  directory: Directory,
  { pageSize, repeat, isWalking }: ReadPagesOptions,
): Promise<PagesMeasured> {
  const { target } = directory;
  const ask = (cursor: string) =>
    target.send('GET', `/Users?cursor=${encodeURIComponent(cursor)}&count=${pageSize}`);
  if (isWalking) {
    const seen = createCensus(directory, pageSize);
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const answer = await ask(cursor);
      if (!seen.take(answer)) break;
      lastCursors.set(directory, cursor);
      cursor = answer.json?.nextCursor;
    }
    seen.close(directory.users);
  }
  const last = lastCursors.get(directory) ?? '';
  return compare(directory, repeat, { pageSize, first: () => ask(''), last: () => ask(last) });
}

/** Counts who was seen on the pages. */
function createCensus({ checks }: Directory, pageSize: number) {
  const ids = new Set<string | undefined>();
  let total = 0;
  return {
    /** Answers whether to go on. */
    take({ status, json }: Answer): boolean {
      const page = json?.Resources ?? [];
      checks.ok(
        status === 200 && page.length > 0,
        `a page answered HTTP ${status} with ${page.length} users`,
      );
      checks.ok(page.length <= pageSize, `a page had ${page.length} users, more than count=${pageSize}`);
      for (const { id } of page) ids.add(id);
      total += page.length;
      return status === 200 && page.length > 0;
    },
    close(expected: number): void {
      checks.ok(ids.size === expected, `paging returned ${ids.size} different users of ${expected}`);
      checks.ok(ids.size === total, `paging returned ${total - ids.size} users twice`);
    },
  };
}

interface Compared {
  readonly pageSize: number;
  first(): Promise<Answer>;
  last(): Promise<Answer>;
}

/** In turn, so that both meet the same machine. */
async function compare(
  { processes, checks }: Directory,
  repeat: number,
  { pageSize, first, last }: Compared,
): Promise<PagesMeasured> {
  const isFull: Verify = (answer) =>
    expectStatus(answer, 200) ??
    (answer.json?.Resources?.length === pageSize ? undefined : 'the page is not full');
  const firsts = new Recorder({ processes, checks }).start();
  const lasts = new Recorder({ checks }).start();
  await loop({ count: repeat }, async () => {
    await firsts.time(first, isFull);
    await lasts.time(last, isFull);
  });
  return { first: firsts.summary(), last: lasts.summary() };
}
