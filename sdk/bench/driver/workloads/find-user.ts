import { expectNoUser, expectOneUser, expectStatus } from '../expect.ts';
import { createRandom, toUserName } from '../fixtures.ts';
import { loop, type Measured, Recorder, type Verify } from '../measure.ts';
import { type Directory, findIds, spread } from '../workload.ts';

/** What users are looked up by. */
export type LookupKey = 'userName' | 'externalId' | 'emails.value' | 'id';

export interface FindUserOptions {
  readonly by: LookupKey;
  readonly seconds: number;
  readonly concurrency: number;
}

/** `GET /Users?filter=… eq "…"`, one in ten for somebody who is not there; by id `GET /Users/…`. */
export async function findUser(
  directory: Directory,
  { by, seconds, concurrency }: FindUserOptions,
): Promise<Measured> {
  const { target, processes, checks, users, prefix } = directory;
  const random = createRandom(42);
  const pickNumber = () => Math.floor(random() * users);
  const numbers = spread(users, 200);
  const ids = by === 'id' ? await findIds(directory, numbers) : [];

  const findById = (recorder: Recorder) => {
    const at = Math.floor(random() * ids.length);
    const name = toUserName(prefix, numbers[at] ?? 0);
    return recorder.time(() => target.getUser(ids[at] ?? ''), expectName(name));
  };
  const findByFilter = (recorder: Recorder, index: number) => {
    const number = pickNumber();
    const name = toUserName(prefix, number);
    if (index % 10 === 9)
      return recorder.time(() => target.findUsers(`${by} eq "absent-${name}"`), expectNoUser);
    const value = by === 'externalId' ? directory.toExternalId(number) : name;
    return recorder.time(() => target.findUsers(`${by} eq "${value}"`), expectOneUser(name));
  };

  const recorder = new Recorder({ processes, checks }).start();
  await loop({ seconds, concurrency }, (index) =>
    by === 'id' ? findById(recorder) : findByFilter(recorder, index),
  );
  recorder.stop();
  if (by === 'userName') {
    const upper = await target.findUsers(`userName eq "${toUserName(prefix, 0).toUpperCase()}"`);
    checks.ok(
      upper.json?.totalResults === 1,
      'userName is compared by case (RFC 7643 §4.1.1 says it is not)',
    );
  }
  return recorder.summary();
}

function expectName(userName: string): Verify {
  return (answer) =>
    expectStatus(answer, 200) ??
    (answer.json?.userName === userName ? undefined : 'lookup: returned another user');
}
