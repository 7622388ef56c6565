import { describe, expect, inject, test, vi } from 'vitest';
import { createTestDatabase } from '../support/databases.ts';
import { connect, group, openScim, patch, user } from '../support/scim.ts';
import { startSecondProcess } from '../support/second-process.ts';

// Every test starts two processes, whose hooks keep their transactions open for a while.
vi.setConfig({ testTimeout: 60_000 });

const HOOK_MS = 15;

/** Two processes on one database, asked in turn. */
async function startTwo() {
  const database = createTestDatabase();
  const { scim } = openScim({ on: database });
  const { key, connectionId } = await connect(scim);
  const options = { tablePrefix: database.prefix, hookMs: HOOK_MS };
  const url = inject('postgresUrl') ?? '';
  const processes = await Promise.all([startSecondProcess(url, options), startSecondProcess(url, options)]);
  let count = 0;
  const call = (
    path: string,
    more: { method?: string; body?: object; headers?: Record<string, string> } = {},
  ) => {
    count += 1;
    const send = processes[count % 2];
    if (send === undefined) throw new TypeError('There are two.');
    return send(path, { key, ...more });
  };
  const change = (path: string, ...operations: readonly object[]) =>
    call(path, { method: 'PATCH', body: patch(...operations) });
  return { call, change, database, connectionId };
}

const statuses = (answers: readonly { readonly status: number }[]) =>
  [...new Set(answers.map(({ status }) => status))].sort();

describe('I4, I11: two processes change one resource at once, and each change builds on the one before', () => {
  test('no value that was added to a user is lost, and no version is given twice', async () => {
    const { call, change } = await startTwo();
    const { id } = (await call('/Users', { body: user('ada') })).body;

    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        change(`/Users/${id}`, { op: 'add', path: 'emails', value: [{ value: `mail-${index}@a.example` }] }),
      ),
    );

    expect(statuses(answers)).toEqual([200]);
    const { emails, meta } = (await call(`/Users/${id}`)).body;
    expect(new Set(emails.map(({ value }: { value: string }) => value)).size).toBe(60);
    expect(meta.version).toMatch(/^W\/"61\b/);
    expect(new Set(answers.map(({ body }) => body.meta.version)).size).toBe(60);
  });

  test('members of one group come and go, its name changes, and the end is the sum of all', async () => {
    const { call, change, database, connectionId } = await startTwo();
    const people: string[] = await Promise.all(
      Array.from(
        { length: 40 },
        async (_, index) => (await call('/Users', { body: user(`u${index}`) })).body.id,
      ),
    );
    const leaving = people.slice(0, 20);
    const { id } = (await call('/Groups', { body: group('crew', leaving) })).body;

    const answers = await Promise.all([
      ...people
        .slice(20)
        .map((value) => change(`/Groups/${id}`, { op: 'add', path: 'members', value: [{ value }] })),
      ...leaving.map((value) =>
        change(`/Groups/${id}`, { op: 'remove', path: `members[value eq "${value}"]` }),
      ),
      ...people
        .slice(20)
        .map((_, index) =>
          change(`/Groups/${id}`, { op: 'replace', path: 'externalId', value: `g${index}` }),
        ),
    ]);

    expect(statuses(answers)).toEqual([204]);
    const crew = (await call(`/Groups/${id}`)).body;
    expect(crew.members.map(({ value }: { value: string }) => value).sort()).toEqual(
      [...people.slice(20)].sort(),
    );
    expect(crew.meta.version).toBe('W/"61"');
    const events = await database.rows(
      'SELECT resource_version AS version FROM {p}events WHERE connection_id = ? AND resource_id = ? ORDER BY position',
      [connectionId, id],
    );
    expect(new Set(events.map(({ version }) => Number(version))).size).toBe(61);
  });

  test('of two changes with one If-Match exactly one is made', async () => {
    const { call } = await startTwo();
    const { id } = (await call('/Users', { body: user('ada') })).body;
    for (let round = 0; round < 10; round += 1) {
      const version = (await call(`/Users/${id}`)).body.meta.version;
      const answers = await Promise.all(
        ['a', 'b'].map((title) =>
          call(`/Users/${id}`, {
            method: 'PATCH',
            body: patch({ op: 'replace', path: 'title', value: `${title}${round}` }),
            headers: { 'if-match': version },
          }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    }
  });
});
