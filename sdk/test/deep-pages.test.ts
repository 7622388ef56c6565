import { expect, test } from 'vitest';
import { connect, group, openScim, openSpied, patch, send, user } from './support/scim.ts';

const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

type Scim = Parameters<typeof send>[0];

async function createUsers(scim: Scim, key: string, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1000) {
    const Operations = Array.from({ length: Math.min(1000, count - done) }, (_, at) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `u${at}`,
      data: user(`user${done + at}@acme.example`),
    }));
    const answer = await send(scim, '/Bulk', { key, body: { schemas: [BULK_URN], Operations } });
    expect(answer.body.Operations.every(({ status }: { status: string }) => status === '201')).toBe(true);
  }
}

const idsOf = (body: { Resources: readonly { id: string }[] }) => body.Resources.map(({ id }) => id);

test('P-6: pages far behind the first show who follows, in the order of the pages by cursor', async () => {
  const { scim } = openScim();
  const { key } = await connect(scim);
  const other = await connect(scim, 'other');
  await createUsers(scim, other.key, 30);
  await createUsers(scim, key, 1230);
  const byCursor: string[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const { body } = await send(scim, `/Users?count=200&cursor=${encodeURIComponent(cursor)}`, { key });
    byCursor.push(...idsOf(body));
    cursor = body.nextCursor;
  }
  expect(new Set(byCursor).size).toBe(1230);
  for (const startIndex of [1, 1000, 1001, 1002, 1131, 1200, 1231]) {
    const { body } = await send(scim, `/Users?startIndex=${startIndex}&count=100`, { key });
    expect(idsOf(body)).toEqual(byCursor.slice(startIndex - 1, startIndex + 99));
    expect(body.totalResults).toBe(1230);
  }
  // The pages above were found from the end, where the total was known; now it is not.
  await send(scim, '/Users', { key, body: user('zzz') });
  const again = await send(scim, '/Users?startIndex=1131&count=100', { key });
  expect(idsOf(again.body)).toEqual(byCursor.slice(1130, 1230));
  const end = await send(scim, '/Users?startIndex=1230&count=100', { key });
  expect([end.body.totalResults, idsOf(end.body)[0], end.body.Resources.length]).toEqual([
    1231,
    byCursor.at(-1),
    2,
  ]);
  const late = await send(scim, '/Users?count=3&startIndex=1100&sortBy=userName&sortOrder=descending', {
    key,
  });
  const all: string[] = [];
  for (let at = 1; at <= 1231; at += 200)
    all.push(...idsOf((await send(scim, `/Users?count=200&startIndex=${at}&sortBy=userName`, { key })).body));
  expect(idsOf(late.body)).toEqual(all.toReversed().slice(1099, 1102));
});

test('inv-I10: a total is that of the store after every write, whichever process made it', async () => {
  const { scim, database } = openScim();
  const beside = openScim({ on: database });
  const { key } = await connect(scim);
  const total = async (from: Scim, path: string) => (await send(from, path, { key })).body.totalResults;
  const expectTotals = async (users: number, active: number, groups: number) => {
    // Twice: what is known the second time has to be as right as what was counted.
    for (const from of [scim, beside.scim, scim, beside.scim]) {
      expect(await total(from, '/Users?count=1')).toBe(users);
      expect(await total(from, '/Users?count=0')).toBe(users);
      expect(await total(from, `/Users?count=1&filter=${encodeURIComponent('active eq true')}`)).toBe(active);
      expect(await total(from, '/Groups?count=0')).toBe(groups);
      expect(await total(from, '/?count=1')).toBe(users + groups);
    }
  };
  await expectTotals(0, 0, 0);
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c', 'd'])
    ids.push((await send(scim, '/Users', { key, body: user(name) })).body.id);
  await expectTotals(4, 4, 0);
  await send(beside.scim, '/Users', { key, body: user('e') });
  await expectTotals(5, 5, 0);
  const body = patch({ op: 'replace', path: 'active', value: false });
  await send(beside.scim, `/Users/${ids[0]}`, { key, method: 'PATCH', body });
  await expectTotals(5, 4, 0);
  await send(scim, '/Groups', { key, body: group('g', [ids[0] ?? '']) });
  await expectTotals(5, 4, 1);
  await send(scim, `/Users/${ids[0]}`, { key, method: 'DELETE' });
  await send(beside.scim, `/Users/${ids[1]}`, { key, method: 'DELETE' });
  await expectTotals(3, 3, 1);
});

test('P-6: a directory is counted once for all of its pages, and again after a write', async () => {
  const { scim, statements } = openSpied();
  const { key } = await connect(scim);
  await createUsers(scim, key, 40);
  const readPages = async () => {
    statements.length = 0;
    for (let at = 1; at <= 40; at += 10)
      expect((await send(scim, `/Users?count=10&startIndex=${at}`, { key })).body.totalResults).toBe(40);
    return statements.filter(({ sql }) => sql.includes('count(*)')).length;
  };
  expect(await readPages()).toBe(1);
  expect(await readPages()).toBe(0);
  const { body } = await send(scim, '/Users?count=1', { key });
  await send(scim, `/Users/${idsOf(body)[0]}`, {
    key,
    method: 'PATCH',
    body: patch({ op: 'add', path: 'title', value: 'x' }),
  });
  expect(await readPages()).toBe(1);
});
