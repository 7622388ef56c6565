import { planRetry } from '../exchange.ts';
import { type Answer, get } from '../message.ts';
import type { Scenario } from '../persona.ts';
import { runEach } from '../pool.ts';
import type { Session } from '../session.ts';

/** More are not tried: a server that has not answered 429 by then has no limit an identity provider would meet. */
const MOST_REQUESTS = 2000;
const AT_ONCE = 16;

/** Sends until the server says that it is too much, and then does what the identity provider does. */
export const throttle: Scenario = {
  name: 'throttle',
  sequences: ['S19'],
  title: 'Too many requests: 429, Retry-After, and going on after that',
  async run(session) {
    const { limited, count } = await sendUntilLimited(session);
    const next = limited === undefined ? { kind: 'done' as const } : planRetry(session.persona, limited, 0);
    if (next.kind === 'wait') await session.sleep(next.milliseconds);
    await session.send({
      id: 'limited',
      title: 'many requests; after a 429, one more as late as Retry-After says',
      concern: 'connect',
      tolerances: ['T25'],
      request: session.persona.requests.matchUser(session.names.person()),
      status: 200,
      expect: [() => (next.kind === 'stuck' ? [next.problem] : [])],
      note: () =>
        limited === undefined
          ? `the server never limited us (${count} requests)`
          : `limited after ${count} requests, Retry-After: ${limited.headers['retry-after'] ?? 'none'}`,
    });
    await session.send({
      id: 'after-limit',
      title: 'the cycle goes on',
      concern: 'connect',
      tolerances: ['T25'],
      request: get('/Users?startIndex=1&count=1'),
      status: 200,
    });
  },
};

interface Sent {
  /** The first 429. */
  readonly limited: Answer | undefined;
  readonly count: number;
}

async function sendUntilLimited(session: Session): Promise<Sent> {
  const rate = session.sizes.requestsPerSecond;
  const total = rate === undefined ? MOST_REQUESTS : Math.min(MOST_REQUESTS, rate * 10);
  const start = session.now();
  let count = 0;
  let limited: Answer | undefined;
  const numbers = Array.from({ length: total }, (_, index) => index);
  await runEach(numbers, { concurrency: AT_ONCE }, async (index) => {
    if (limited !== undefined) return;
    const early = rate === undefined ? 0 : (index / rate) * 1000 - (session.now() - start);
    if (early > 0) await session.sleep(early);
    const { answer } = await session.probe(session.persona.requests.matchUser(session.names.person()));
    count += 1;
    if (answer?.status === 429) limited ??= answer;
  });
  return { limited, count };
}
