import { isArray, isObject, isSameJson, type Json, type JsonObject } from '../protocol/json.ts';
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
    const [old, now] = [sortLists(before[index]?.body), sortLists(body)];
    if (isSameJson(old, now)) return [];
    const names = isObject(old) && isObject(now) ? namesOfDifferences(old, now) : ['body'];
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

/** Elements of a list have no order in SCIM. */
function sortLists(value: Json | undefined): Json {
  if (isArray(value)) {
    return value.map(sortLists).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, sortLists(item)]));
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
