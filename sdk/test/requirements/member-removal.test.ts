import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { type Call, connect, group, openScim, PATCH_URN, send, user } from '../support/scim.ts';

/** What is sent, with ANN, BEN and GONE for ids, and who of Ann, Ben and Cy is left in the group. */
const REMOVALS: readonly (readonly [string, string])[] = [
  ['{"op":"remove","path":"members","value":[{"value":"ANN"}]}', 'ben cy'],
  ['{"op":"Remove","path":"members","value":[{"value":"ANN"}]}', 'ben cy'],
  ['{"op":"remove","path":"members","value":[{"value":"ANN"},{"value":"BEN"}]}', 'cy'],
  ['{"op":"remove","path":"members","value":[{"value":"ANN"},{"value":"ANN"}]}', 'ben cy'],
  ['{"op":"remove","path":"members","value":[{"value":"ANN","$ref":null,"display":"x"}]}', 'ben cy'],
  ['{"op":"remove","path":"members","value":{"value":"ANN"}}', 'ben cy'],
  ['{"op":"remove","path":"members","value":["ANN"]}', 'ben cy'],
  ['{"op":"remove","path":"members","value":"ANN"}', 'ben cy'],
  ['{"op":"remove","path":"Members","value":[{"Value":"ANN"}]}', 'ben cy'],
  ['{"op":"remove","path":"members","value":[{"value":"GONE"}]}', 'ann ben cy'],
  ['{"op":"remove","path":"members","value":[{"value":"GONE"},{"value":"CY"}]}', 'ann ben'],
  ['{"op":"remove","path":"members","value":[]}', 'ann ben cy'],
  ['{"op":"remove","path":"members[value eq \\"ANN\\"]"}', 'ben cy'],
  ['{"op":"remove","path":"members[value eq \\"GONE\\"]"}', 'ann ben cy'],
  ['{"op":"remove","path":"members[value eq \\"ANN\\" or value eq \\"BEN\\"]"}', 'cy'],
  // Only these two name nobody in particular, and so everybody.
  ['{"op":"remove","path":"members"}', ''],
  ['{"op":"remove","path":"members","value":null}', ''],
];

/** What names members, but not so that one can tell which. */
const UNCLEAR: readonly string[] = [
  '{"op":"remove","path":"members","value":[{}]}',
  '{"op":"remove","path":"members","value":[{"display":"Ann"}]}',
  '{"op":"remove","path":"members","value":[{"value":7}]}',
  '{"op":"remove","path":"members","value":[7]}',
  '{"op":"remove","path":"members","value":7}',
  '{"op":"remove","path":"members","value":true}',
  '{"op":"remove","path":"members","value":[["ANN"]]}',
  '{"op":"remove","path":"members.value","value":[{"value":"ANN"}]}',
  '{"op":"remove","value":{"members":[{"value":"ANN"}]}}',
  '{"op":"remove","path":"","value":[{"value":"ANN"}]}',
];

describe('removing members of a group', () => {
  test.each(REMOVALS)('case S27, T5: %s leaves "%s"', async (operation, left) => {
    const { remove, members } = await open();
    expect((await remove(operation)).status).toBe(204);
    expect(await members()).toBe(left);
    // Sent once more, it takes nobody else away (T6).
    expect((await remove(operation)).status).toBe(204);
    expect(await members()).toBe(left);
  });

  test.each(UNCLEAR)('case S27, T5: %s never empties the group', async (operation) => {
    const { remove, members } = await open();
    const answer = await remove(operation);
    if (answer.status !== 204) expectRefusal(answer, 400, answer.body.scimType);
    expect(await members()).toBe('ann ben cy');
  });

  test('case S27, T5: a connection read strictly refuses a remove with values, and keeps everybody', async () => {
    const { scim, remove, members } = await open();
    await scim.management.patchScimConnection({ customerId: 'acme', profile: 'strict' });
    for (const [operation] of REMOVALS.filter(([text]) => /"remove".*"value":["[{]/.test(text)))
      expectRefusal(await remove(operation), 400, 'invalidValue');
    expect(await members()).toBe('ann ben cy');
  });

  test('case S27, T5: a list of some hundred members takes away those, of many more', async () => {
    const { call, remove, members } = await open();
    const users = await Promise.all(
      Array.from({ length: 150 }, async (_value, index) => {
        const { body } = await call('/Users', { body: user(`extra-${index}`) });
        return { value: body.id as string };
      }),
    );
    const change = (op: string) => JSON.stringify({ op, path: 'members', value: users });
    expect((await remove(change('add'))).status).toBe(204);
    expect((await members()).split(' ')).toHaveLength(153);

    expect((await remove(change('remove'))).status).toBe(204);

    expect(await members()).toBe('ann ben cy');
  });
});

/** A group of three, and a way to send it one operation. */
async function open() {
  const { scim } = openScim();
  const { key } = await connect(scim);
  const call = (path: string, more: Call = {}) => send(scim, path, { key, ...more });
  const names = new Map<string, string>();
  for (const name of ['ann', 'ben', 'cy', 'gone'])
    names.set((await call('/Users', { body: user(name) })).body.id, name);
  const idOf = (name: string) => [...names].find(([, known]) => known === name)?.[0] ?? '';
  const made = await call('/Groups', { body: group('Staff', ['ann', 'ben', 'cy'].map(idOf)) });
  await call(`/Users/${idOf('gone')}`, { method: 'DELETE' });
  const path = `/Groups/${made.body.id}`;
  return {
    scim,
    call,
    remove: (operation: string) =>
      call(path, {
        method: 'PATCH',
        body: `{"schemas":["${PATCH_URN}"],"Operations":[${operation.replace(/ANN|BEN|CY|GONE/g, (name) => idOf(name.toLowerCase()))}]}`,
      }),
    async members() {
      const { body } = await call(path);
      const shown = body.members.map(({ value }: { value: string }) => names.get(value) ?? value);
      return shown.sort().join(' ');
    },
  };
}
