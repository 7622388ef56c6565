import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import BetterSqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createScim, refuse, type SqliteHandle } from '../src/index.ts';

const OPENERS: readonly { readonly name: string; readonly open: (file: string) => SqliteHandle }[] = [
  { name: 'DatabaseSync of node:sqlite', open: (file) => new DatabaseSync(file) },
  { name: 'better-sqlite3', open: (file) => new BetterSqlite(file) },
];

describe.each(OPENERS)('row I1: a handle of the app: $name', ({ open }) => {
  test('is checked like our own: WAL, FULL, foreign keys', async () => {
    const { handle } = await start(open);

    const pragma = (name: string) => Object.values(handle.prepare(`PRAGMA ${name}`).get() as object)[0];

    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(2);
    expect(pragma('foreign_keys')).toBe(1);
  });

  test('a UTF-16 database is refused: it would order text unlike memory', () => {
    const handle = open(':memory:');
    handle.exec("PRAGMA encoding = 'UTF-16le'");
    handle.exec('CREATE TABLE people (name TEXT)');

    expect(() => createScim({ database: handle })).toThrow(/UTF-8/);
  });

  test("serves requests, and a hook's rows commit with the change", async () => {
    const { handle, send } = await start(open);

    const created = await send('POST', '/Users', { userName: 'ann' });
    const taken = await send('POST', '/Users', { userName: 'ANN' });
    const found = await send('GET', '/Users?filter=userName%20eq%20%22Ann%22');

    expect(created.status).toBe(201);
    expect(taken).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    expect(found.body).toMatchObject({ totalResults: 1 });
    expect(handle.prepare('SELECT name FROM people').all()).toMatchObject([{ name: 'ann' }]);
  });

  test('a refusal rolls both back', async () => {
    const { handle, send } = await start(open);

    const refused = await send('POST', '/Users', { userName: 'nobody' });

    expect(refused).toMatchObject({ status: 403, body: { detail: 'No seat is free.' } });
    expect(handle.prepare('SELECT name FROM people').all()).toEqual([]);
    expect(handle.prepare('SELECT id FROM scim_resources').all()).toEqual([]);
  });
});

async function start(open: (file: string) => SqliteHandle) {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-handle-'));
  const handle = open(join(folder, 'app.db'));
  handle.exec('CREATE TABLE people (name TEXT)');
  const scim = createScim({
    database: handle,
    hooks: {
      userCreated({ resource }, { database }) {
        database.prepare('INSERT INTO people (name) VALUES (?)').run(resource.userName);
        if (resource.userName === 'nobody') throw refuse({ status: 403, detail: 'No seat is free.' });
      },
    },
  });
  onTestFinished(async () => {
    await scim.close();
    handle.close();
    rmSync(folder, { recursive: true });
  });
  const created = await scim.management.createScimConnection({ customerId: 'acme' });
  const { scimApiKey } = created.getOrThrow();

  async function send(method: string, path: string, body?: object) {
    const response = await scim.fetch(
      new Request(`http://localhost/scim/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${scimApiKey}`, 'content-type': 'application/scim+json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    return { status: response.status, body: (await response.json()) as object };
  }

  return { handle, send };
}
