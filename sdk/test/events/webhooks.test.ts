import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test, vi } from 'vitest';
import { createWebhookSender, PrivateAddressError } from '../../src/events/post-webhook.ts';
import type { Scim, ScimOptions } from '../../src/index.ts';
import { connect, group, openScim, patch, send, user } from '../support/scim.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

const LOCAL: Partial<ScimOptions> = {
  dispatch: { pollMs: 20, leaseSeconds: 2 },
  webhooks: { allowHttp: true, allowPrivateAddresses: true },
};

function until<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 15_000, interval: 10 });
}

async function create(scim: Scim, url: string, more: object = {}) {
  return (await scim.webhooks.create({ url, ...more })).getOrThrow();
}

describe('P28: webhooks', () => {
  test('are sent as Standard Webhooks, and the official library accepts them', async () => {
    const receiver = await startReceiver();
    const { scim } = openScim(LOCAL);
    const { key, connectionId } = await connect(scim);
    await send(scim, '/Users', { key, body: user('early') });
    const { webhook, secret } = await create(scim, receiver.url, { types: ['user.*'] });
    scim.dispatcher.start();
    const { body: ann } = await send(scim, '/Users', { key, body: user('ann', { password: 'canary' }) });
    await send(scim, '/Groups', { key, body: group('crew') });
    await until(() => expect(receiver.received).toHaveLength(1));

    const [message] = receiver.received;
    const [event] = (await scim.events.list({ connectionId })).getOrThrow().events.slice(1);
    expect(message?.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': event?.id });
    const verified = new Webhook(secret).verify(
      message?.body ?? '',
      message?.headers as Record<string, string>,
    );
    const { occurredAt, ...rest } = event ?? {};
    expect(verified).toEqual({ ...rest, timestamp: occurredAt, thin: false });
    expect(message?.json.resourceId).toBe(ann.id);
    expect(message?.body).not.toContain('canary');
    expect((await scim.webhooks.list()).getOrThrow().webhooks).toEqual([webhook]);
    expect(JSON.stringify(webhook)).not.toContain(secret);
    await sleep(100);
    expect(receiver.received).toHaveLength(1);
  });

  test('every retry has the id of the first try, and a new signature', async () => {
    const receiver = await startReceiver();
    const time = { now: Date.now() };
    const { scim } = openScim({ ...LOCAL, clock: () => time.now });
    const { key } = await connect(scim);
    const { webhook } = await create(scim, receiver.url);
    let fails = 2;
    receiver.answer((_message, response) => {
      fails -= 1;
      response.writeHead(fails >= 0 ? 500 : 200).end();
    });
    scim.dispatcher.start();
    await send(scim, '/Users', { key, body: user('ann') });
    for (const [tries, wait] of [
      [1, 5],
      [2, 300],
    ] as const) {
      await until(async () => {
        const { letters } = (
          await scim.webhooks.deliveries({ webhookId: webhook.webhookId, state: 'waiting' })
        ).getOrThrow();
        expect(letters[0]).toMatchObject({ attempts: tries, error: 'It answered 500.' });
      });
      time.now += wait * 1000;
    }
    await until(() => expect(receiver.received).toHaveLength(3));
    const headers = receiver.received.map((message) => message.headers);
    expect(new Set(headers.map((one) => one['webhook-id'])).size).toBe(1);
    const stamps = headers.map((one) => Number(one['webhook-timestamp']));
    expect([stamps[1] ?? 0, stamps[2] ?? 0].map((stamp) => stamp - (stamps[0] ?? 0))).toEqual([5, 305]);
    expect(new Set(headers.map((one) => one['webhook-signature'])).size).toBe(3);
  });

  test('while a secret is changed both sign; then the new one alone', async () => {
    const receiver = await startReceiver();
    const time = { now: Date.now() };
    const { scim } = openScim({ ...LOCAL, clock: () => time.now });
    const { key } = await connect(scim);
    const { secret: first, webhook } = await create(scim, receiver.url);
    const { webhookId } = webhook;
    const { secret: second } = (
      await scim.webhooks.rotateSecret({ webhookId, overlapSeconds: 60 })
    ).getOrThrow();
    scim.dispatcher.start();
    await send(scim, '/Users', { key, body: user('ann') });
    await until(() => expect(receiver.received).toHaveLength(1));
    time.now += 61_000;
    await send(scim, '/Users', { key, body: user('bob') });
    await until(() => expect(receiver.received).toHaveLength(2));

    const isSignedBy = (secret: string, at: number) => {
      const { body = '', headers = {} } = receiver.received[at] ?? {};
      const date = new Date(Number(headers['webhook-timestamp']) * 1000);
      const signature = new Webhook(secret).sign(String(headers['webhook-id']), date, body);
      return String(headers['webhook-signature']).split(' ').includes(signature);
    };
    expect([isSignedBy(first, 0), isSignedBy(second, 0)]).toEqual([true, true]);
    expect([isSignedBy(first, 1), isSignedBy(second, 1)]).toEqual([false, true]);
  });

  test('a redirect is a failure and is not followed; 410 ends it until it is made active again', async () => {
    const elsewhere = await startReceiver();
    const receiver = await startReceiver();
    const { scim } = openScim(LOCAL);
    const { key } = await connect(scim);
    const { webhook } = await create(scim, receiver.url);
    const { webhookId } = webhook;
    receiver.answer((_message, response) => response.writeHead(307, { location: elsewhere.url }).end());
    scim.dispatcher.start();
    await send(scim, '/Users', { key, body: user('ann') });
    await until(async () => {
      const { letters } = (await scim.webhooks.deliveries({ webhookId, state: 'waiting' })).getOrThrow();
      expect(letters[0]?.error).toBe('It answered 307.');
    });
    receiver.answer((_message, response) => response.writeHead(410).end());
    await send(scim, '/Users', { key, body: user('bob') });
    const readStatus = async () => (await scim.webhooks.list()).getOrThrow().webhooks[0]?.status;
    await until(async () => expect(await readStatus()).toBe('gone'));
    await sleep(150);
    const count = receiver.received.length;
    await send(scim, '/Users', { key, body: user('cid') });
    await sleep(200);
    expect(receiver.received).toHaveLength(count);
    expect(elsewhere.received).toEqual([]);

    receiver.answer((_message, response) => response.writeHead(200).end());
    (await scim.webhooks.update({ webhookId, status: 'active' })).getOrThrow();
    await until(() => expect(receiver.received.length).toBe(count + 1));
  });

  test('what is larger than 20 KB is sent thin: who, what and which version', async () => {
    const receiver = await startReceiver();
    const { scim } = openScim(LOCAL);
    const { key } = await connect(scim);
    await create(scim, receiver.url);
    scim.dispatcher.start();
    const emails = Array.from({ length: 70 }, (_, at) => ({
      value: `${at}-${randomBytes(200).toString('hex')}@example.com`,
    }));
    await send(scim, '/Users', { key, body: user('large', { emails }) });
    await until(() => expect(receiver.received).toHaveLength(1));
    const { json, body } = receiver.received[0] ?? { json: {}, body: '' };
    expect(json).toMatchObject({ type: 'user.created', resourceVersion: 1, thin: true });
    expect(json.data).toBeUndefined();
    expect(body.length).toBeLessThan(20_000);
  });

  test('an address must be https, of the Internet and without credentials; every act is audited', async () => {
    const { scim, database } = openScim();
    const codes = await Promise.all(
      [
        'http://example.com/hook',
        'https://user:pass@example.com/',
        'https://127.0.0.1/',
        'https://2130706433/',
        'https://[::ffff:10.0.0.1]/',
        'https://localhost/',
        'nonsense',
      ].map((url) => scim.webhooks.create({ url })),
    );
    expect(codes.map((answer) => (answer.ok ? 'ok' : answer.error.type))).toEqual(
      Array(7).fill('InvalidFields'),
    );
    const { webhook } = await create(scim, 'https://example.com/hook', { actor: 'nora' });
    const { webhookId } = webhook;
    (
      await scim.webhooks.update({ webhookId, status: 'paused', description: 'CRM', actor: 'nora' })
    ).getOrThrow();
    (await scim.webhooks.delete({ webhookId, actor: 'nora' })).getOrThrow();
    expect(await scim.webhooks.delete({ webhookId })).toMatchObject({
      ok: false,
      error: { type: 'WebhookNotFound' },
    });
    expect(await scim.webhooks.deliveries({ webhookId })).toMatchObject({
      error: { type: 'WebhookNotFound' },
    });
    const audit = await database.rows('SELECT action, actor FROM {p}audit ORDER BY action');
    expect(audit.filter(({ actor }) => actor === 'nora').map(({ action }) => action)).toEqual([
      'webhook.changed',
      'webhook.created',
      'webhook.deleted',
    ]);
  });

  test('inv-I13: a name that stands for a private address is refused when the connection is made, whatever it stood for before', async () => {
    const receiver = await startReceiver();
    const { port } = new URL(receiver.url);
    let asked = 0;
    const resolveName = ((_name: string, _options: object, done: (...answer: unknown[]) => void) => {
      asked += 1;
      // The first answer is harmless; the next one is not.
      done(null, [{ address: asked === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
    }) as never;
    const sender = createWebhookSender({ allowPrivateAddresses: false, resolveName });
    const post = () =>
      sender.post({
        url: `http://rebound.example:${port}/`,
        headers: {},
        body: '{}',
        signal: AbortSignal.timeout(2_000),
      });
    await expect(post()).rejects.toThrow();
    await expect(post()).rejects.toBeInstanceOf(PrivateAddressError);
    await expect(
      sender.post({ url: receiver.url, headers: {}, body: '{}', signal: AbortSignal.timeout(2_000) }),
    ).rejects.toBeInstanceOf(PrivateAddressError);
    expect(receiver.received).toEqual([]);
    // The same with a sender that may: so it is the judgement that refused.
    const free = createWebhookSender({ allowPrivateAddresses: true, resolveName });
    const url = `http://rebound.example:${port}/`;
    expect(await free.post({ url, headers: {}, body: '{}', signal: AbortSignal.timeout(2_000) })).toBe(204);
    sender.close();
    free.close();
  });

  test('in order for each resource, though one of them fails', async () => {
    const receiver = await startReceiver();
    const { scim } = openScim(LOCAL);
    const { key } = await connect(scim);
    await create(scim, receiver.url);
    const ids: string[] = [];
    for (const name of ['ann', 'bob', 'cid'])
      ids.push((await send(scim, '/Users', { key, body: user(name) })).body.id);
    receiver.answer(({ json }, response) => response.writeHead(json.resourceId === ids[1] ? 503 : 200).end());
    scim.dispatcher.start();
    for (let at = 0; at < 5; at += 1)
      for (const id of ids)
        await send(scim, `/Users/${id}`, {
          key,
          method: 'PATCH',
          body: patch({ op: 'replace', value: { title: `${at}` } }),
        });
    const versionsOf = (id: string | undefined) =>
      receiver.received.filter(({ json }) => json.resourceId === id).map(({ json }) => json.resourceVersion);
    await until(() => expect(versionsOf(ids[2])).toHaveLength(6));
    await until(() => expect(versionsOf(ids[0])).toHaveLength(6));
    expect(versionsOf(ids[0])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(versionsOf(ids[2])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(versionsOf(ids[1])).toEqual([1]);
  });
});
