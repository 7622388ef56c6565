import { expectChanged } from '../expect.ts';
import { createUser, toUserName } from '../fixtures.ts';
import { loop, type Measured, Recorder } from '../measure.ts';
import { type Directory, findIds, spread } from '../workload.ts';

export interface ChangeUsersOptions {
  readonly count: number;
  readonly concurrency: number;
  /** Longest time for each half, in seconds. */
  readonly seconds: number;
  /** New in every run, so that every PUT changes something. */
  readonly run: string;
}

/** `PATCH active=false`, then PUT with `active: true`, on the same users. Samples of both are read back. */
export async function changeUsers(
  directory: Directory,
  { count, concurrency, seconds, run }: ChangeUsersOptions,
): Promise<{ readonly patch: Measured; readonly put: Measured }> {
  const { target, processes, checks, prefix, users } = directory;
  const numbers = spread(users, count);
  const ids = await findIds(directory, numbers);
  const idOf = (at: number) => ids[at] ?? '';
  const bounds = { count: ids.length, concurrency, seconds };

  const patches = new Recorder({ processes, checks }).start();
  const patched = await loop(bounds, (at) =>
    patches.time(
      () => target.patchUser(idOf(at), [{ op: 'replace', path: 'active', value: false }]),
      expectChanged(({ active }) => active === false),
    ),
  );
  patches.stop();
  for (const at of spread(patched, 10)) {
    const { json } = await target.getUser(idOf(at));
    checks.ok(json?.active === false, `user ${at} is still active after PATCH`);
    const isNamed = json?.userName === toUserName(prefix, numbers[at] ?? 0);
    checks.ok(isNamed, `user ${at} lost its userName after PATCH`);
  }

  const title = `Title ${run}`;
  const puts = new Recorder({ processes, checks }).start();
  const replaced = await loop(bounds, (at) => {
    const number = numbers[at] ?? 0;
    const externalId = directory.toExternalId(number);
    const user = createUser(prefix, number, { title, externalId, id: idOf(at) });
    return puts.time(
      () => target.putUser(idOf(at), user),
      expectChanged((body) => body.title === title),
    );
  });
  puts.stop();
  for (const at of spread(replaced, 10)) {
    const { json } = await target.getUser(idOf(at));
    checks.ok(json?.title === title && json.active === true, `user ${at} does not show the PUT`);
  }
  return { patch: patches.summary(), put: puts.summary() };
}
