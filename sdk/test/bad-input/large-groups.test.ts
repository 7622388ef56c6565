import { describe, expect, test } from 'vitest';
import { countInputs, runs, seconds } from '../support/counts.ts';
import { type Call, connect, group, openScim, patch, send, user } from '../support/scim.ts';
import { STORES } from '../support/stores.ts';

/** The sizes at which servers have cut groups; the largest only in long runs. */
const SIZES = [0, 1, 99, 100, 101, 999, 1000, 1001, 10_000, ...(runs(1) >= 5 ? [50_000, 100_000] : [])];
const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

describe.each(STORES)('groups on $name', (store) => {
  test(
    'case S26: a group of any size is read as it was written, and one more member makes it one larger',
    async () => {
      const { scim } = openScim({ database: store.createDatabase(), limits: { requestTimeoutMs: 120_000 } });
      const { key } = await connect(scim);
      const call = (path: string, more: Call = {}) => send(scim, path, { key, ...more });
      const ids = await createUsers(call, Math.max(...SIZES) + 1);
      for (const size of SIZES) {
        const members = ids.slice(0, size);
        const made = await call('/Groups', { body: group(`Group of ${size}`, members) });
        expect(made.status).toBe(201);
        const path = `/Groups/${made.body.id}`;
        const read = async () =>
          (await call(path)).body.members.map(({ value }: { value: string }) => value).sort();
        expect(await read()).toEqual([...members].sort());
        const next = ids[size] ?? '';
        const added = await call(path, {
          method: 'PATCH',
          body: patch({ op: 'add', path: 'members', value: [{ value: next }] }),
        });
        expect(added.status).toBe(204);
        expect(await read()).toEqual([...members, next].sort());
        // What Entra ID sends back without members changes none of them (T9).
        const renamed = await call(path, {
          method: 'PATCH',
          body: patch({ op: 'replace', path: 'displayName', value: `Renamed ${size}` }),
        });
        expect(renamed.status).toBe(204);
        expect((await read()).length).toBe(size + 1);
        const put = await call(path, { method: 'PUT', body: group(`Group of ${size}`, members) });
        expect([put.status, put.body.members.length]).toEqual([200, size]);
        expect(await read()).toEqual([...members].sort());
        expect((await call(path, { method: 'DELETE' })).status).toBe(204);
        countInputs(`S26 members there and back on ${store.name}`, size);
      }
    },
    seconds(120),
  );
});

async function createUsers(
  call: (path: string, more?: Call) => ReturnType<typeof send>,
  count: number,
): Promise<readonly string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const size = Math.min(1000, count - ids.length);
    const Operations = Array.from({ length: size }, (_, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `u${index}`,
      data: user(`user${ids.length + index}@acme.example`),
    }));
    const answer = await call('/Bulk', { body: { schemas: [BULK_URN], Operations } });
    for (const { location } of answer.body.Operations)
      ids.push(location.slice(location.lastIndexOf('/') + 1));
  }
  return ids;
}
