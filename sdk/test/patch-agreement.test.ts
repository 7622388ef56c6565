import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ScimError } from '../src/protocol/errors.ts';
import { isObject, type Json, type JsonObject } from '../src/protocol/json.ts';
import type { AllowLeniency } from '../src/protocol/leniency/leniency.ts';
import { createProfile, type ProfileName } from '../src/protocol/leniency/profile.ts';
import { parseJson } from '../src/protocol/parse-json.ts';
import { applyPatch } from '../src/protocol/patch/apply.ts';
import { parsePatch } from '../src/protocol/patch/request.ts';
import type { ResourceType } from '../src/protocol/schema/resource-type.ts';
import { toSearchDocument } from '../src/protocol/search-key.ts';
import type { StoredResource } from '../src/store/port.ts';
import { indexPlanOf, toIndexRows } from '../src/store/sql/index-plan.ts';
import { countInputs, runs, SEED } from './support/counts.ts';
import { type Directory, dumpTables, fillDirectory, openDirectory, readAll } from './support/directory.ts';
import { arbitraryPatch } from './support/patches.ts';
import { allTypes, deviceType, groupType, userType } from './support/resource-types.ts';

const seed = SEED;
const limits = { maxDepth: 32, maxNodes: 50_000, maxStringLength: 65_536 };

let directory: Directory;
let memberIds: readonly string[];

beforeAll(async () => {
  directory = await openDirectory();
  await fillDirectory(directory, { users: 90, devices: 90, groups: 25, seed });
  const members = [...(await readAll(directory, userType)), ...(await readAll(directory, deviceType))];
  memberIds = members.map(({ id }) => id);
}, 60_000);

afterAll(async () => {
  await directory.close();
});

/** What applying the request in memory gives, or the error. */
function applyInMemory(before: StoredResource, body: Json, allow: AllowLeniency) {
  try {
    const operations = parsePatch(before.type, body, allow);
    return applyPatch(before.type, before.attributes, { operations, allow });
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
}

async function applyInStore(before: StoredResource, body: Json, allow: AllowLeniency) {
  const { provisioning, scope, connection } = directory;
  try {
    return await provisioning.patch({ scope, connection, type: before.type, id: before.id, body, allow });
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
}

async function readMembers(groupId: string): Promise<readonly string[]> {
  const statement = 'SELECT member_id FROM {p}members WHERE group_id = ? ORDER BY member_id';
  const rows = await directory.database.rows(statement, [groupId]);
  return rows.map(({ member_id }) => String(member_id));
}

/** The rows of one resource in the index, as the table has them. */
async function readIndexRows(id: string): Promise<readonly object[]> {
  const rows = await directory.database.rows(
    'SELECT attribute, value_key, is_unique FROM {p}indexed_values WHERE resource_id = ? ORDER BY 1, 2',
    [id],
  );
  return rows.map((row) => ({
    attribute: row.attribute,
    key: row.value_key,
    isUnique: Number(row.is_unique) === 1,
  }));
}

function expectedIndexRows({ type, attributes }: StoredResource): readonly object[] {
  const rows = [...toIndexRows(indexPlanOf(type), toSearchDocument(type, attributes))];
  const order = (row: (typeof rows)[number]) => Buffer.from(`${row.attribute}\u0000${row.key}`);
  return rows.sort((a, b) => Buffer.compare(order(a), order(b))).map((row) => ({ ...row }));
}

/** Members after the changes, told in the simplest way. */
function applyMembers(
  before: readonly string[],
  changes: ReturnType<typeof applyPatch>['members'],
): readonly string[] | undefined {
  let ids = new Set(before);
  for (const change of changes) {
    if (change.kind === 'removeMatching') return undefined;
    if (change.kind === 'replace') ids = new Set(change.members.map(({ value }) => value));
    if (change.kind === 'add') for (const { value } of change.members) ids.add(value);
    if (change.kind === 'remove') for (const id of change.ids) ids.delete(id);
  }
  return [...ids].sort();
}

function toPlain(value: JsonObject): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Each type meets each profile; most patches are made for vendors, whom `compat` serves. */
const PROFILES = [
  'compat',
  'compat',
  'strict',
  'compat',
  'interop',
] as const satisfies readonly ProfileName[];

/** Without what every profile but `compat` refuses before it looks at anything else. */
function toText(generated: Json | undefined, profile: ProfileName): string {
  const text = JSON.stringify(generated);
  return profile === 'compat'
    ? text
    : text.replace(/"op":"(?:Add|Replace|Remove)"/g, (op) => op.toLowerCase());
}

test(
  'B3: random PATCHes do in the store what they do in memory; a refused one leaves every byte',
  async () => {
    const count = { applied: 0, unchanged: 0, refused: 0, byStore: 0, members: 0 };
    const accepted = { compat: 0, strict: 0, interop: 0 };
    const types: readonly ResourceType[] = [userType, deviceType, deviceType, groupType];
    const ids = new Map<ResourceType, readonly string[]>();
    for (const type of allTypes)
      ids.set(
        type,
        (await readAll(directory, type)).map(({ id }) => id),
      );
    let dump = await dumpTables(directory.database);
    let step = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), async (pick, patchSeed) => {
        const type = types[step % types.length] ?? userType;
        const profile = PROFILES[step % PROFILES.length] ?? 'compat';
        const { allow } = createProfile(profile);
        step += 1;
        const choice = ids.get(type) ?? [];
        const id = choice[pick % choice.length] ?? '';
        const before = await directory.store.resources(directory.scope).find(type, id);
        if (before === undefined) throw new TypeError('no resource');
        const [generated] = fc.sample(arbitraryPatch(type, before.attributes, memberIds), {
          numRuns: 1,
          seed: patchSeed,
        });
        const body = parseJson(toText(generated, profile), limits);
        const membersBefore = await readMembers(before.id);
        const inMemory = applyInMemory(before, body, allow);
        const inStore = await applyInStore(before, body, allow);

        if (inStore instanceof ScimError) {
          expect(await dumpTables(directory.database)).toBe(dump);
          expect(inStore.status).toBeGreaterThanOrEqual(400);
          expect(inStore.status).toBeLessThan(500);
          // What only the store can know: a name that is taken, a member that does not exist.
          if (inMemory instanceof ScimError) expect(inStore.toBody()).toEqual(inMemory.toBody());
          else expect(`${inStore.status} ${inStore.scimType}`).toMatch(/^(409 uniqueness|400 invalidValue)$/);
          if (inMemory instanceof ScimError) count.refused += 1;
          else count.byStore += 1;
          return;
        }
        if (inMemory instanceof ScimError) throw inMemory;
        accepted[profile] += 1;
        const after = await directory.store.resources(directory.scope).find(type, before.id);
        expect(toPlain(after?.attributes ?? {})).toEqual(toPlain(inMemory.attributes));
        expect(toPlain(inStore.attributes)).toEqual(toPlain(inMemory.attributes));
        expect(await readIndexRows(before.id)).toEqual(expectedIndexRows(inStore));
        const expectedMembers = applyMembers(membersBefore, inMemory.members);
        const membersAfter = await readMembers(before.id);
        if (expectedMembers !== undefined) expect(membersAfter).toEqual(expectedMembers);
        const isSame =
          inMemory.attributes === before.attributes && membersAfter.join() === membersBefore.join();
        if (isSame) {
          expect(await dumpTables(directory.database)).toBe(dump);
          count.unchanged += 1;
          return;
        }
        dump = await dumpTables(directory.database);
        if (membersAfter.join() !== membersBefore.join()) count.members += 1;
        expect(inStore.version).toBe(before.version + 1);
        expect(inStore.lastModified >= before.lastModified).toBe(true);
        count.applied += 1;
      }),
      { seed, numRuns: runs(640), endOnFailure: true },
    );
    countInputs('B3 PATCHes in memory and store: accepted', count.applied + count.unchanged);
    countInputs('B3 PATCHes in memory and store: refused', count.refused + count.byStore);
    expect(count.applied + count.unchanged + count.refused + count.byStore).toBeGreaterThanOrEqual(500);
    expect(count.applied).toBeGreaterThan(200);
    expect(count.refused).toBeGreaterThan(100);
    expect(count.members).toBeGreaterThan(20);
    expect(count.byStore).toBeGreaterThan(0);
    expect(Math.min(accepted.strict, accepted.interop)).toBeGreaterThan(20);
  },
  runs(60_000),
);

test('B3: afterwards every stored resource is still one its schema admits, indexed in full', async () => {
  for (const type of allTypes) {
    for (const resource of await readAll(directory, type)) {
      expect(await readIndexRows(resource.id)).toEqual(expectedIndexRows(resource));
      for (const value of Object.values(resource.attributes)) {
        const primaries = Array.isArray(value)
          ? value.filter((item) => isObject(item) && item.primary === true)
          : [];
        expect(primaries.length).toBeLessThanOrEqual(1);
      }
    }
  }
});

test('rfc 20: the search document is always that of the attributes', async () => {
  for (const type of allTypes) {
    for (const resource of await readAll(directory, type)) {
      const [row] = await directory.database.rows('SELECT search FROM {p}resources WHERE id = ?', [
        resource.id,
      ]);
      const stored = typeof row?.search === 'string' ? JSON.parse(row.search) : row?.search;
      expect(stored).toEqual(toPlain(toSearchDocument(type, resource.attributes)));
    }
  }
});
