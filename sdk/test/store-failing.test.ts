import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findFaults } from './support/answers.ts';
import { createFolder } from './support/connections.ts';
import { type Answer, connect, ERROR_URN, group, openScim, patch, send, user } from './support/scim.ts';

/** scimkit on a handle the test can break, with something in it. */
async function open() {
  const file = join(createFolder(), 'app.db');
  const handle = new DatabaseSync(file);
  onTestFinished(() => {
    if (handle.isOpen) handle.close();
  });
  const opened = openScim({ database: handle });
  const { key } = await connect(opened.scim);
  const call = (path: string, more: object = {}) => send(opened.scim, path, { key, ...more });
  const ada = (await call('/Users', { body: user('ada') })).body.id;
  const staff = (await call('/Groups', { body: group('staff', [ada]) })).body.id;
  /** Every row, as another process sees them. */
  const rows = () => {
    const reader = new DatabaseSync(file, { readOnly: true });
    const tables = ['resources', 'members', 'indexed_values', 'events'];
    const all = tables.map((table) => reader.prepare(`SELECT * FROM scim_${table}`).all());
    reader.close();
    return JSON.stringify(all);
  };
  const writes = [
    () => call('/Users', { body: user('new') }),
    () => call(`/Users/${ada}`, { method: 'PUT', body: user('ada', { title: 'x' }) }),
    () =>
      call(`/Users/${ada}`, { method: 'PATCH', body: patch({ op: 'replace', value: { active: false } }) }),
    () => call(`/Groups/${staff}`, { method: 'PATCH', body: patch({ op: 'remove', path: 'members' }) }),
    () => call(`/Users/${ada}`, { method: 'DELETE' }),
  ];
  return { ...opened, file, handle, call, ada, staff, rows, writes };
}

function expectUnavailable(answer: Answer) {
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d{0,1}$/);
  expect(answer.body).toEqual({
    schemas: [ERROR_URN],
    status: '503',
    detail: 'The directory is temporarily unavailable. Try again.',
  });
}

describe('a database that cannot serve', () => {
  test('rfc 213, fault-F22 read-only: every write is 503, reads go on, and it recovers by itself', async () => {
    const { handle, writes, rows, call, log } = await open();
    const before = rows();
    handle.exec('PRAGMA query_only = ON');
    for (const write of writes) expectUnavailable(await write());
    expect((await call('/Users')).body.totalResults).toBe(1);
    expect(rows()).toBe(before);
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(writes.length);
    handle.exec('PRAGMA query_only = OFF');
    for (const write of writes) expect((await write()).status).toBeLessThan(300);
  });

  test('rfc 213, fault-F8 full: writes are 503 and leave nothing behind, reads go on, and it recovers by itself', async () => {
    const { handle, rows, call, ada } = await open();
    const pages = Number(handle.prepare('PRAGMA page_count').get()?.page_count);
    handle.exec(`PRAGMA max_page_count = ${pages}`);
    const emails = Array.from({ length: 400 }, (_, index) => ({
      value: `a${index}@${'x'.repeat(100)}.example`,
    }));
    const refused: Answer[] = [];
    for (let index = 0; index < 20; index += 1) {
      const before = rows();
      const answer = await call('/Users', { body: user(`full${index}`, { emails }) });
      if (answer.status === 201) continue;
      refused.push(answer);
      expect(rows()).toBe(before);
    }
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) expectUnavailable(answer);
    expect((await call(`/Users/${ada}`)).status).toBe(200);
    handle.exec('PRAGMA max_page_count = 1000000');
    expect((await call('/Users', { body: user('room', { emails }) })).status).toBe(201);
  });

  test('rfc 213: locked by another process for good: 503 after its patience, reads go on, then it recovers', async () => {
    const { file, call, rows } = await open();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const before = rows();
    const start = performance.now();
    const [written] = await Promise.all([call('/Users', { body: user('new') })]);
    expectUnavailable(written);
    // Within the 60 s that identity providers wait.
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(rows()).toBe(before);
    other.exec('ROLLBACK');
    other.close();
    expect((await call('/Users', { body: user('new') })).status).toBe(201);
  }, 20_000);

  test('locked for a moment: the write waits and succeeds', async () => {
    const { file, call } = await open();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    setTimeout(() => {
      other.exec('ROLLBACK');
      other.close();
    }, 300);
    expect((await call('/Users', { body: user('new') })).status).toBe(201);
  });

  test('a file of its own, locked: other customers read in the meantime', async () => {
    const { scim, file } = openScim();
    const { key } = await connect(scim);
    await send(scim, '/Users', { key });
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const writing = send(scim, '/Users', { key, body: user('waits') });
    const start = performance.now();
    for (let index = 0; index < 10; index += 1)
      expect((await send(scim, '/Users', { key })).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(2_500);
    other.exec('ROLLBACK');
    other.close();
    expect((await writing).status).toBe(201);
  });

  test('closed: everything is 503, and nothing but 503', async () => {
    const { scim, key } = await (async () => {
      const opened = openScim();
      return { ...opened, ...(await connect(opened.scim)) };
    })();
    const { id } = (await send(scim, '/Users', { key, body: user('ada') })).body;
    await send(scim, '/Users', { key });
    await scim.close();
    for (const [method, path, body] of [
      ['GET', '/Users', undefined],
      ['GET', `/Users/${id}`, undefined],
      ['POST', '/Users', user('new')],
      ['PUT', `/Users/${id}`, user('ada')],
      ['PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } })],
      ['DELETE', `/Users/${id}`, undefined],
    ] as const) {
      expectUnavailable(await send(scim, path, { key, method, ...(body && { body }) }));
    }
    // What needs no database goes on.
    expect((await send(scim, '/Users')).status).toBe(401);
    expect((await send(scim, '/ServiceProviderConfig')).status).toBe(200);
  });

  test('closed by the app, whose handle it is: 503', async () => {
    const { handle, call, writes } = await open();
    handle.close();
    expectUnavailable(await call('/Users'));
    for (const write of writes) expectUnavailable(await write());
  });

  test('rfc 160, fault-F22 a table is missing: 503 without a word of SQL, and it recovers', async () => {
    const { handle, call, writes } = await open();
    for (const table of ['resources', 'api_keys', 'connections', 'events']) {
      handle.exec(`ALTER TABLE scim_${table} RENAME TO hidden`);
      for (const answer of [await call('/Users'), await (writes[0] ?? call.bind(null, '/'))()]) {
        expect(findFaults(answer).filter((fault) => fault !== 'status 503')).toEqual([]);
        expect([200, 503]).toContain(answer.status);
      }
      handle.exec(`ALTER TABLE hidden RENAME TO scim_${table}`);
    }
    expect((await call('/Users')).status).toBe(200);
    expect((await call('/Users', { body: user('after') })).status).toBe(201);
  });
});
