import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test, vi } from 'vitest';
import type { PepperOption, Scim, ScimOptions } from '../../src/index.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { KeptSecret } from '../../src/store/webhooks.ts';
import { groupType, userType } from '../support/connections.ts';
import type { TestDatabase } from '../support/databases.ts';
import { connect, openScim, send, user } from '../support/scim.ts';
import { type Received, startReceiver } from '../support/webhook-receiver.ts';

const LOCAL: Partial<ScimOptions> = {
  dispatch: { pollMs: 20, leaseSeconds: 2 },
  webhooks: { allowHttp: true, allowPrivateAddresses: true },
};
const OLD: PepperOption = { id: 'old', secret: 'the pepper of last year' };
const NEW: PepperOption = { id: 'new', secret: 'the pepper of this year' };

function until<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 15_000, interval: 10 });
}

async function create(scim: Scim, url: string) {
  const { webhook, secret } = (await scim.webhooks.create({ url })).getOrThrow();
  return { webhookId: webhook.webhookId, secret };
}

async function rotate(scim: Scim, webhookId: string, overlapSeconds = 60): Promise<string> {
  return (await scim.webhooks.rotateSecret({ webhookId, overlapSeconds })).getOrThrow().secret;
}

/** All that is in the database: the bytes of its files on SQLite, every row of its tables on PostgreSQL. */
async function readAll({ file, prefix, rows }: TestDatabase): Promise<Buffer> {
  if (file !== undefined) {
    const names = readdirSync(dirname(file)).filter((name) => name.startsWith(basename(file)));
    expect(names.length).toBeGreaterThan(0);
    return Buffer.concat(names.map((name) => readFileSync(join(dirname(file), name))));
  }
  const tables = await rows('SELECT tablename FROM pg_tables WHERE starts_with(tablename, ?)', [prefix]);
  const texts = await Promise.all(
    tables.map(({ tablename }) => rows(`SELECT to_jsonb(t)::text AS row FROM ${String(tablename)} t`)),
  );
  return Buffer.from(texts.flatMap((list) => list.map(({ row }) => String(row))).join('\n'));
}

/** Puts a webhook's secrets in the database as they are given. */
async function keep({ location, prefix }: TestDatabase, webhookId: string, secrets: readonly KeptSecret[]) {
  const store = openStore(location, { prefix, types: [userType, groupType] });
  await store.changeConnections((tx) => tx.webhooks.update(webhookId, { secrets }));
  await store.close();
}

async function readKept({ rows }: TestDatabase): Promise<readonly KeptSecret[]> {
  const [row] = await rows('SELECT CAST(secrets AS TEXT) AS secrets FROM {p}webhooks');
  return JSON.parse(String(row?.secrets));
}

function isSigned({ headers, body }: Received, secret: string): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

describe('P28: secrets of webhooks in the database', () => {
  test('neither the text nor the bytes of a secret are to be found in it, with a pepper', async () => {
    const { scim, database } = openScim();
    const { webhookId, secret } = await create(scim, 'https://example.com/hook');
    const secrets = [secret, await rotate(scim, webhookId), await rotate(scim, webhookId)];
    (await scim.webhooks.update({ webhookId, description: 'CRM' })).getOrThrow();
    const whole = await readAll(database);
    expect(whole.includes(webhookId)).toBe(true);
    for (const text of secrets) {
      const plain = text.slice('whsec_'.length);
      const bytes = Buffer.from(plain, 'base64');
      for (const form of [plain, bytes, bytes.toString('hex'), bytes.toString('base64url')])
        expect(whole.includes(form)).toBe(false);
    }
    expect(whole.includes('whsec_')).toBe(false);
  });

  test('without a pepper they are kept as they are; with one they are signed with as before, and sealed at the next change', async () => {
    const receiver = await startReceiver();
    const { scim: before, database } = openScim({ ...LOCAL, pepper: undefined });
    const { webhookId, secret } = await create(before, receiver.url);
    expect((await readAll(database)).includes(secret)).toBe(true);

    const { scim } = openScim({ ...LOCAL, on: database, pepper: OLD });
    const { key } = await connect(scim);
    scim.dispatcher.start();
    await send(scim, '/Users', { key, body: user('ann') });
    await until(() => expect(receiver.received).toHaveLength(1));
    (await scim.webhooks.update({ webhookId, description: 'CRM' })).getOrThrow();
    expect(await readKept(database)).toMatchObject([{ pepperId: 'old', until: null }]);
    expect(JSON.stringify(await readKept(database))).not.toContain(secret);
    await send(scim, '/Users', { key, body: user('bob') });
    await until(() => expect(receiver.received).toHaveLength(2));
    expect(receiver.received.map((message) => isSigned(message, secret))).toEqual([true, true]);
  });

  test('a former pepper is read as long as it is given, and a rotation seals all of them by the current one', async () => {
    const receiver = await startReceiver();
    const { scim: before, database } = openScim({ ...LOCAL, pepper: OLD });
    const { webhookId, secret } = await create(before, receiver.url);
    const { scim } = openScim({ ...LOCAL, on: database, pepper: { ...NEW, previous: [OLD] } });
    const second = await rotate(scim, webhookId);
    expect(await readKept(database)).toMatchObject([{ pepperId: 'new' }, { pepperId: 'new' }]);

    const { scim: after } = openScim({ ...LOCAL, on: database, pepper: NEW });
    const { key } = await connect(after);
    after.dispatcher.start();
    await send(after, '/Users', { key, body: user('ann') });
    await until(() => expect(receiver.received).toHaveLength(1));
    const [message] = receiver.received;
    expect(message && [isSigned(message, secret), isSigned(message, second)]).toEqual([true, true]);
  });

  test('with another pepper nothing is sent, and it is said what to do; what waited is sent once the secret was rotated', async () => {
    const receiver = await startReceiver();
    const { scim: before, database } = openScim({ ...LOCAL, pepper: 'a pepper that is lost' });
    const { webhookId } = await create(before, receiver.url);
    const time = { now: Date.now() };
    const { scim, log } = openScim({
      ...LOCAL,
      on: database,
      clock: () => time.now,
      pepper: 'another pepper',
    });
    const { key } = await connect(scim);
    scim.dispatcher.start();
    await send(scim, '/Users', { key, body: user('ann') });
    const listWaiting = async () =>
      (await scim.webhooks.deliveries({ webhookId, state: 'waiting' })).getOrThrow().letters;
    const [letter] = await until(async () => {
      const letters = await listWaiting();
      expect(letters).toHaveLength(1);
      return letters;
    });
    expect(letter?.error).toContain(`The secret of ${webhookId} was sealed by another pepper.`);
    expect(letter?.error).toContain('scim.webhooks.rotateSecret');
    const errors = log.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(errors).toEqual([expect.stringContaining('pepper.previous')]);

    const secret = await rotate(scim, webhookId);
    time.now += 6_000;
    await until(() => expect(receiver.received).toHaveLength(1));
    const [message] = receiver.received;
    expect(message && isSigned(message, secret)).toBe(true);
  });

  test('a sealed secret belongs to its webhook: copied to another one it signs nothing', async () => {
    const receiver = await startReceiver();
    const { scim, database } = openScim(LOCAL);
    await create(scim, receiver.url);
    const kept = await readKept(database);
    const second = await create(scim, receiver.url);
    await keep(database, second.webhookId, kept);
    const { key } = await connect(scim);
    scim.dispatcher.start();
    await send(scim, '/Users', { key, body: user('ann') });
    await until(async () => {
      const { webhookId } = second;
      const { letters } = (await scim.webhooks.deliveries({ webhookId, state: 'waiting' })).getOrThrow();
      expect(letters[0]?.error).toContain('was sealed by another pepper');
    });
    expect(receiver.received).toHaveLength(1);
  });
});
