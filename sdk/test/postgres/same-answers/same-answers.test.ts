import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FilterSyntax } from '../../../src/protocol/filter/ast.ts';
import { printFilter } from '../../../src/protocol/filter/print.ts';
import type { Json, JsonObject } from '../../../src/protocol/json.ts';
import type { ResourceType } from '../../../src/protocol/schema/resource-type.ts';
import { countInputs, runs, SEED, seconds } from '../../support/counts.ts';
import { arbitraryFilter, visitFilter } from '../../support/filters.ts';
import { arbitraryPatch } from '../../support/patches.ts';
import { deviceType, groupType, userType } from '../../support/resource-types.ts';
import { arbitraryBody } from '../../support/values.ts';
import { openPair, type Pair } from './pair.ts';
import { askAround, change, createPeople, finish, search } from './script.ts';

/** The first of them, since one leads to the next. */
function expectSame({ differences }: Pair): void {
  expect(differences.slice(0, 3).join('\n\n')).toBe('');
}

test(
  'the same requests get byte-equal answers on SQLite and PostgreSQL',
  async () => {
    const pair = await openPair();
    await askAround(pair.call);
    const people = await createPeople(pair.call);
    await search(pair.call, people);
    await change(pair.call, people);
    await search(pair.call, people);
    await finish(pair.call, people);

    expectSame(pair);
    expect(pair.count()).toBeGreaterThan(300);
    const seen = [...pair.statuses.keys()];
    expect(seen).toEqual(
      expect.arrayContaining([200, 201, 204, 304, 400, 401, 404, 405, 409, 412, 415, 501]),
    );
    expect(seen.filter((status) => status >= 500)).toEqual([501]);
    countInputs('requests with byte-equal answers on both databases', pair.count());
  },
  seconds(60),
);

test(
  `generated requests get byte-equal answers on SQLite and PostgreSQL (SCIMKIT_SEED=${SEED})`,
  async () => {
    const pair = await openPair();
    const generated = <T>(arbitrary: fc.Arbitrary<T>, salt: number): T => {
      const [value] = fc.sample(arbitrary, { numRuns: 1, seed: SEED + salt });
      return value as T;
    };
    const endpoints: readonly (readonly [ResourceType, string])[] = [
      [userType, '/Users'],
      [deviceType, '/Devices'],
      [groupType, '/Groups'],
    ];
    const ids: string[] = [];
    for (let index = 0; index < runs(60); index += 1) {
      const [type, endpoint] = endpoints[index % 3] ?? [userType, '/Users'];
      const body: Record<string, Json> = generated(arbitraryBody(type), index);
      const name = { [userType.name]: 'userName', [deviceType.name]: 'serial' }[type.name] ?? 'displayName';
      const answer = await pair.call(endpoint, { body: { ...body, [name]: `${name} ${index}` } });
      if (answer.status === 201) ids.push(answer.body.id);
    }
    for (let index = 0; index < runs(100); index += 1) {
      const [type, endpoint] = endpoints[index % 3] ?? [userType, '/Users'];
      const salt = 10_000 + index * 3;
      const { Resources } = (await pair.call(`${endpoint}?startIndex=${1 + (index % 25)}&count=4`)).body;
      const resources: readonly JsonObject[] = Resources;
      const [one] = resources;
      // Parts of ids are each server's own, and are not translated as whole ones are.
      const sound = arbitraryFilter(type, resources).filter((filter) => !namesPartOf(ids, filter));
      const filter = printFilter(generated(sound, salt));
      await pair.call(`${endpoint}?filter=${encodeURIComponent(filter)}&sortBy=id&count=20`);
      if (one === undefined) continue;
      const body = generated(arbitraryPatch(type, one, ids), salt + 1);
      await pair.call(`${endpoint}/${one.id}`, { method: 'PATCH', body });
      await pair.call(`${endpoint}/${one.id}`);
      if (index % 10 === 9) await pair.call(`${endpoint}/${one.id}`, { method: 'DELETE' });
    }

    expectSame(pair);
    expect([...pair.statuses.keys()].filter((status) => status >= 500)).toEqual([]);
    countInputs('generated requests with byte-equal answers on both databases', pair.count());
  },
  seconds(60),
);

function namesPartOf(ids: readonly string[], filter: FilterSyntax): boolean {
  let isPart = false;
  visitFilter(filter, (node) => {
    if (node.kind !== 'compare' || typeof node.value !== 'string' || node.value === '') return;
    const value = node.value.toLowerCase();
    isPart ||= ids.some((id) => id !== value && id.includes(value));
  });
  return isPart;
}
