import { isObject, isSameJson, type JsonObject } from '../protocol/json.ts';
import type { Expectation } from './expect.ts';
import { get } from './message.ts';
import type { Session } from './session.ts';

/** Enough to notice writes that should not be, few enough for a bulk run. */
const MAX_LOOKED_AT = 100;

/**
 * Plays the cycle in which nothing changed at the identity provider, and checks that it changed nothing at the
 * server: what was sent again must not look like news to the app.
 */
export async function playSecondCycle(session: Session, cycle: () => Promise<void>): Promise<void> {
  const requests = session.ownPaths().slice(0, MAX_LOOKED_AT).map(get);
  const before = await session.checkMany({
    id: 'before-second-cycle',
    title: 'note everything before the second cycle',
    concern: 'import',
    requests,
    status: 200,
  });
  await cycle();
  const isUnchanged: Expectation = ({ body }, index) => {
    const old = before[index]?.body;
    if (isSameJson(old, body)) return [];
    const names = isObject(old) && isObject(body) ? namesOfDifferences(old, body) : ['body'];
    return [`${names.join(', ')}: expected no change, got one in ${requests[index]?.path}`];
  };
  await session.checkMany({
    id: 'after-second-cycle',
    title: 'the second cycle changed nothing',
    concern: 'import',
    requests,
    status: 200,
    expect: [isUnchanged],
  });
}

function namesOfDifferences(before: JsonObject, after: JsonObject): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const [a, b] = [before[name], after[name]];
    if (isSameJson(a, b)) return [];
    return name === 'meta' && isObject(a) && isObject(b)
      ? namesOfDifferences(a, b).map((part) => `meta.${part}`)
      : [name];
  });
}
