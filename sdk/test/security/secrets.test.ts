import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { KEY_PATTERN, mintKey, parseKey } from '../../src/connections/key-format.ts';
import { platformRandom } from '../../src/connections/random-text.ts';
import {
  connect,
  ENTERPRISE_URN,
  group,
  openScim,
  patch,
  refuseAll,
  send,
  USER_URN,
  user,
} from '../support/scim.ts';
import { sendTo, serve } from '../support/serve.ts';

/** Every byte SQLite keeps of a database. */
function rawBytes(file: string): string {
  return ['', '-wal', '-shm']
    .map((suffix) => file + suffix)
    .filter((name) => existsSync(name))
    .map((name) => readFileSync(name, 'latin1'))
    .join('\n');
}

describe('passwords (S16)', () => {
  test('rfc 31, rfc 32, case S16: a password is in no byte of the database, hook, event, log or answer', async () => {
    const canary = 'canary-Passw0rd-7f3a';
    const told: unknown[] = [];
    const hook = (...values: unknown[]) => void told.push(JSON.stringify(values[0]));
    let isFailing = false;
    const { scim, file, log } = openScim({
      hooks: {
        userCreated: hook,
        userUpdated(change) {
          hook(change);
          if (isFailing) throw new Error('the app is broken');
        },
        userDeactivated: hook,
        userReactivated: hook,
        userDeleted: hook,
      },
    });
    const { key } = await connect(scim);
    const answers: string[] = [];
    const call = async (path: string, more: object = {}) => {
      const answer = await send(scim, path, { key, ...more });
      answers.push(answer.text + JSON.stringify([...answer.headers]));
      return answer;
    };
    const made = await call('/Users', { body: user('ada', { password: canary }) });
    expect(made.status).toBe(201);
    const path = `/Users/${made.body.id}`;
    const put = await call(path, { method: 'PUT', body: user('ada', { password: canary, title: 'x' }) });
    expect(put.status).toBe(200);
    for (const operation of [
      { op: 'replace', value: { password: canary } },
      { op: 'replace', path: 'password', value: canary },
      { op: 'add', path: 'Password', value: canary },
      { op: 'Replace', path: `${USER_URN}:password`, value: canary },
      { op: 'add', value: { [`${USER_URN}:password`]: canary, active: false } },
      { op: 'add', value: { [USER_URN]: { password: canary }, title: 'y' } },
      { op: 'replace', path: 'password', value: { value: canary } },
    ]) {
      expect((await call(path, { method: 'PATCH', body: patch(operation) })).status).toBeLessThan(500);
    }
    // Wrong in every way it can be wrong.
    for (const password of [{ value: canary }, [canary], { [canary]: canary }]) {
      await call('/Users', { body: user(`u${Math.random()}`, { password }) });
    }
    await call('/Users', { body: user('wrong', { password: canary, active: canary }) });
    await call('/Users', { body: `{"password":"${canary}",` });
    await call(`/Users?filter=${encodeURIComponent(`password eq "${canary}"`)}`);
    await call(`/Users?filter=${encodeURIComponent(`password sw "${canary.slice(0, 8)}" or userName pr`)}`);
    await call('/Users?attributes=password');
    isFailing = true;
    const failed = await call(path, { method: 'PUT', body: user('ada', { password: canary, title: 'z' }) });
    expect(failed.status).toBe(500);
    await call(path, { method: 'DELETE' });

    expect(told.length).toBeGreaterThan(4);
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare('SELECT count(*) AS total FROM scim_events').get()?.total).toBeGreaterThan(3);
    database.close();
    const { inspect } = await import('node:util');
    for (const [where, text] of [
      ['database', rawBytes(file)],
      ['hooks', told.join()],
      ['log', inspect(log, { depth: 20 })],
      ['answers', answers.join()],
    ] as const) {
      expect(text.includes(canary), where).toBe(false);
    }
    expect((await call('/Schemas')).text).not.toContain('password');
    // Filters on it tell nothing either: the same answer for a right and a wrong guess.
    await call('/Users', { body: user('eve', { password: canary }) });
    const guess = async (text: string) =>
      (await call(`/Users?filter=${encodeURIComponent(`password eq "${text}"`)}`)).text;
    expect(await guess(canary)).toBe(await guess('wrong'));
  });
});

describe('keys (S10, S11, S18)', () => {
  test('rfc 69, case S11: a key is readable once: no method, row, log line or answer holds it afterwards', async () => {
    const { scim, file, log } = openScim({ hooks: { userCreated: refuseAll } });
    const { key, connectionId } = await connect(scim);
    const selector = { scimConnectionId: connectionId };
    const port = await serve(nodeHandler(scim));
    const answers = [
      await send(scim, '/Users', { key }),
      await send(scim, '/Users', { key, body: user('refused') }),
      await send(scim, '/nowhere', { key }),
      await send(scim, '/Users', { key, body: '{' }),
      await send(scim, '/Users', { key: `${key}x` }),
      await send(scim, `/Users/${key}`, { key }),
      await send(scim, `/Users?filter=${encodeURIComponent(`userName eq "${key}"`)}`, { key }),
      await sendTo(port, {
        path: '/scim/v2/Users',
        headers: { authorization: [`Bearer ${key}`, `Bearer ${key}`] },
      }),
    ];
    const { management } = scim;
    const rotated = (await management.rotateScimApiKey(selector)).getOrThrow().scimApiKey;
    const results = [
      await management.fetchScimConnection(selector),
      await management.listScimConnections(),
      await management.patchScimConnection({ ...selector, displayName: 'x' }),
      await management.getScimUsers(selector),
      await management.getScimGroups(selector),
      await management.pauseScimConnection(selector),
      await management.resumeScimConnection(selector),
      await management.createScimConnection({ customerId: 'acme' }),
    ];
    const everything = [
      ...answers.map(
        ({ text, headers }) => text + JSON.stringify(headers instanceof Headers ? [...headers] : headers),
      ),
      JSON.stringify(results),
      JSON.stringify(log),
      rawBytes(file),
    ].join('\n');
    for (const text of [key, rotated]) {
      const secret = text.split('_').at(-1) ?? '';
      expect(everything.includes(text)).toBe(false);
      expect(everything.includes(secret)).toBe(false);
      expect(everything.includes(secret.slice(0, 20))).toBe(false);
    }
  });

  test('case-S10 no sample key in code, docs or examples validates', () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
    })
      .toString()
      .split('\0')
      .filter((name) => name !== '' && existsSync(join(root, name)));
    expect(files.length).toBeGreaterThan(100);
    const anyPrefix = /\b[a-z][a-z0-9_]*_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}\b/g;
    const found = files.flatMap((name) => {
      const text = readFileSync(join(root, name), 'latin1');
      return (text.match(anyPrefix) ?? []).filter((match) => parseKey(match) !== undefined).map(() => name);
    });
    expect(found).toEqual([]);
    // The test can find one.
    const real = mintKey({ prefix: 'scimk', random: platformRandom }).text;
    expect(real).toMatch(KEY_PATTERN);
    expect(`"${real}"`.match(anyPrefix)?.map((match) => parseKey(match) !== undefined)).toEqual([true]);
  });

  test('rfc 69, case S11: after a reset, a pause or an end of life the very next request is 401, in every process', async () => {
    const time = { now: 1_767_225_600_000 };
    const first = openScim({ clock: () => time.now });
    const second = openScim({ clock: () => time.now, database: `sqlite:${first.file}` });
    const { key, connectionId } = await connect(first.scim);
    const selector = { scimConnectionId: connectionId };
    const both = async (text: string) => [
      (await send(first.scim, '/Users', { key: text })).status,
      (await send(second.scim, '/Users', { key: text })).status,
    ];
    expect(await both(key)).toEqual([200, 200]);
    await second.scim.management.pauseScimConnection(selector);
    expect(await both(key)).toEqual([401, 401]);
    await first.scim.management.resumeScimConnection(selector);
    expect(await both(key)).toEqual([200, 200]);
    const next = (await second.scim.management.resetScimApiKey(selector)).getOrThrow().scimApiKey;
    expect(await both(key)).toEqual([401, 401]);
    expect(await both(next)).toEqual([200, 200]);
    time.now += 365 * 86_400_000;
    expect(await both(next)).toEqual([401, 401]);
  });
});

test('inv-I6 nothing a client sends reaches the log of a request that is refused', async () => {
  const { scim, log } = openScim();
  const { key } = await connect(scim);
  const canary = 'canary-personal-data';
  const { id } = (await send(scim, '/Users', { key, body: user(canary) })).body;
  for (const [method, path, body] of [
    ['POST', '/Users', user(canary)],
    ['POST', '/Users', user(canary, { emails: canary })],
    ['POST', '/Groups', group(canary, [canary])],
    ['PATCH', `/Users/${id}`, patch({ op: 'replace', path: `${ENTERPRISE_URN}:${canary}[`, value: canary })],
    ['PATCH', `/Users/${id}`, patch({ op: canary, value: canary })],
    ['GET', `/Users?filter=${canary}`, undefined],
    ['GET', `/${canary}`, undefined],
    ['POST', '/Users', `{"${canary}`],
  ] as const) {
    const answer = await send(scim, path, { key, method, ...(body && { body }) });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    // RFC 7644 §7.5.2: an error repeats no value.
    expect(answer.text).not.toContain(canary);
  }
  expect(JSON.stringify(log)).not.toContain(canary);
});
