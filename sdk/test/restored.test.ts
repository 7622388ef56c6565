import { describe, expect, test, vi } from 'vitest';
import { createScim, type Scim, type ScimEvent } from '../src/index.ts';
import { createRestorableDatabase, type RestorableDatabase } from './support/backups.ts';
import { BASE, connect, patch, send, user } from './support/scim.ts';

vi.setConfig({ testTimeout: 60_000 });

const QUIET = { error() {}, warn() {}, info() {} };

function open({ option }: RestorableDatabase): Scim {
  return createScim({ database: option, endpointUrl: BASE, pepper: 'a pepper for tests', logger: QUIET });
}

interface Person {
  readonly scimId: string;
  readonly active: boolean;
  readonly displayName: string | null;
}

/** An app of its own, with its own memory, that reads events and remembers how far it is. */
function createFollower() {
  const accounts = new Map<string, Person>();
  let after: string | undefined;
  const take = ({ type, resourceId, data }: ScimEvent) => {
    if (type === 'user.deleted') accounts.delete(resourceId);
    if (!type.startsWith('user.') || type === 'user.deleted') return;
    const { active, displayName = null } = data.resource as unknown as Person;
    accounts.set(resourceId, { scimId: resourceId, active, displayName });
  };
  return {
    accounts,
    /** Reads on. Answers `resync` where what it knows is of another history: then it begins anew, what it has stays. */
    async follow(scim: Scim): Promise<'read' | 'resync'> {
      for (;;) {
        const page = await scim.events.list({ customerId: 'acme', limit: 50, ...(after && { after }) });
        if (!page.ok) {
          expect(page.error.type).toBe('ResyncRequired');
          after = undefined;
          return 'resync';
        }
        for (const event of page.data.events) take(event);
        after = page.data.next;
        if (!page.data.hasMore) return 'read';
      }
    },
  };
}

/** An identity provider that knows what it wants, and looks people up before it writes. */
function createProvider() {
  const wanted = new Map<string, { displayName: string; active: boolean }>();
  return {
    wanted,
    async sync(scim: Scim, key: string) {
      for (const [userName, state] of wanted) {
        const found = await send(scim, `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`, {
          key,
        });
        const [resource] = found.body.Resources;
        const body = user(userName, state);
        if (resource === undefined) await send(scim, '/Users', { key, body });
        else await send(scim, `/Users/${resource.id}`, { key, method: 'PUT', body });
      }
    },
  };
}

async function live() {
  const database = await createRestorableDatabase();
  const before = open(database);
  const { key, connectionId } = await connect(before);
  const provider = createProvider();
  const follower = createFollower();
  for (const name of ['ann', 'bob', 'eve']) provider.wanted.set(name, { displayName: name, active: true });
  await provider.sync(before, key);
  await follower.follow(before);
  await before.close();
  await database.backUp();

  const later = open(database);
  provider.wanted.set('bob', { displayName: 'bob', active: false });
  provider.wanted.set('ann', { displayName: 'Ann Later', active: true });
  provider.wanted.set('zoe', { displayName: 'zoe', active: true });
  await provider.sync(later, key);
  await follower.follow(later);
  const { body } = await send(later, '/Users?filter=userName%20eq%20%22ann%22', { key });
  await later.close();
  await database.restore();
  const [ann] = body.Resources as { id: string; meta: { version: string } }[];
  if (ann === undefined) throw new Error('Ann is not there.');
  return { database, key, connectionId, provider, follower, ann };
}

describe('fault-F20: an old backup was restored', () => {
  test('a version of before is none of the same count of after', async () => {
    const { database, key, ann } = await live();
    const scim = open(database);
    const change = () =>
      send(scim, `/Users/${ann.id}`, {
        key,
        method: 'PATCH',
        headers: { 'if-match': ann.meta.version },
        body: patch({ op: 'replace', path: 'displayName', value: 'From a stale copy' }),
      });
    const touch = (value: string) =>
      send(scim, `/Users/${ann.id}`, {
        key,
        method: 'PATCH',
        body: patch({ op: 'replace', path: 'displayName', value }),
      });
    expect((await scim.management.noteRestore({ actor: 'ops' })).getOrThrow()).toEqual({ connections: 1 });
    const touched = await touch('Ann Otherwise');
    const again = await send(scim, `/Users/${ann.id}`, {
      key,
      headers: { 'if-none-match': ann.meta.version },
    });
    const refused = await change();
    await scim.close();

    expect(ann.meta.version).toBe('W/"2"');
    expect(touched.body.meta.version).toMatch(/^W\/"[0-9a-z]{8}\.2"$/);
    expect(touched.headers.get('etag')).toBe(touched.body.meta.version);
    expect(again.status).toBe(200);
    expect(refused.status).toBe(412);
  });

  test('a cursor of before is refused, so that its consumer reads anew', async () => {
    const { database, follower } = await live();
    const scim = open(database);
    await scim.management.noteRestore();
    const first = await follower.follow(scim);
    const second = await follower.follow(scim);
    await scim.close();
    expect([first, second]).toEqual(['resync', 'read']);
  });

  test('resync converges: the identity provider writes again, the app is compared, and all three agree', async () => {
    const { database, key, provider, follower } = await live();
    const scim = open(database);
    await scim.management.noteRestore();
    // Zoe came after the backup: the app has an account of hers that no user is of any more.
    await follower.follow(scim);
    await provider.sync(scim, key);
    await follower.follow(scim);
    const accounts = () =>
      [...follower.accounts.values()].map((person) => ({ ...person, userId: `app-${person.scimId}` }));
    const diff = (
      await scim.management.reconcile({ customerId: 'acme', accounts: accounts(), apply: true })
    ).getOrThrow();
    for (const { kind, outcome, userId } of diff.differences)
      if (kind === 'extra' && outcome === 'left')
        follower.accounts.delete(String(userId).slice('app-'.length));
    await follower.follow(scim);
    const after = (
      await scim.management.reconcile({ customerId: 'acme', accounts: accounts(), apply: true })
    ).getOrThrow();
    const { body } = await send(scim, '/Users?count=100', { key });
    await scim.close();

    expect(diff).toMatchObject({ counts: { extra: 1, missing: 0 }, left: 1 });
    expect(after).toMatchObject({ counts: { missing: 0, unlinked: 0, extra: 0, differs: 0 }, applied: 0 });
    const stored = body.Resources.map(({ userName, displayName, active }: Record<string, unknown>) => [
      userName,
      { displayName, active },
    ]);
    expect(new Map(stored)).toEqual(provider.wanted);
    const known = [...follower.accounts.values()].map(
      ({ displayName, active }) => `${displayName} ${active}`,
    );
    const wanted = [...provider.wanted.values()].map(({ displayName, active }) => `${displayName} ${active}`);
    expect(known.sort()).toEqual(wanted.sort());
  });

  test('an app that missed events hears by reconcile what the directory has', async () => {
    const { database, key, provider, follower } = await live();
    const scim = open(database);
    await scim.management.noteRestore();
    await provider.sync(scim, key);
    // It reads no events at all for once, and gives what it had before the backup was restored.
    const accounts = [...follower.accounts.values()].map((person) => ({
      ...person,
      userId: person.scimId.slice(1),
    }));
    const reconcile = async () =>
      (await scim.management.reconcile({ customerId: 'acme', accounts, apply: true })).getOrThrow();
    const first = await reconcile();
    await follower.follow(scim);
    await follower.follow(scim);
    await scim.close();
    expect(first.counts).toEqual({ missing: 0, unlinked: 1, extra: 1, differs: 0 });
    expect([...follower.accounts.values()].filter(({ displayName }) => displayName === 'zoe')).toHaveLength(
      2,
    );
  });

  test('the connections nobody restored are as they were: no epoch in their versions', async () => {
    const database = await createRestorableDatabase();
    const scim = open(database);
    const { key } = await connect(scim);
    const { body } = await send(scim, '/Users', { key, body: user('ann') });
    await scim.close();
    expect(body.meta.version).toBe('W/"1"');
  });

  test('it is noted for every connection', async () => {
    const { database } = await live();
    const scim = open(database);
    await connect(scim, 'other');
    const noted = (await scim.management.noteRestore({ actor: 'ops' })).getOrThrow();
    await scim.close();
    expect(noted).toEqual({ connections: 2 });
  });
});
