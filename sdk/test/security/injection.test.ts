import dns from 'node:dns';
import { Socket } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectRefusal, findFaults, runs, seconds } from '../support/answers.ts';
import { connect, ENTERPRISE_URN, group, openScim, openSpied, patch, send, user } from '../support/scim.ts';

/** The shape of nine built-in prototypes, with their values. */
function snapshotPrototypes(): string {
  const prototypes = { Object, Array, Function, String, Number, Boolean, Map, Promise, RegExp };
  return Object.entries(prototypes)
    .flatMap(([name, { prototype }]) =>
      Reflect.ownKeys(prototype).map((key) => {
        const { value, get, writable } = Object.getOwnPropertyDescriptor(prototype, key) ?? {};
        return `${name}.${String(key)} ${typeof value === 'function' ? value.name : typeof value} ${get?.name} ${writable}`;
      }),
    )
    .join('\n');
}

const NAMES = [
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
  '__proto__.x',
  'constructor.prototype',
];

describe('prototypes (S19)', () => {
  test(`case-S19 inv-I15 built-in prototypes stay as they are (${NAMES.length} names)`, async () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(14);
    const { scim } = openScim();
    const { key } = await connect(scim);
    const call = (path: string, more: object = {}) => send(scim, path, { key, ...more });
    const before = snapshotPrototypes();
    const { id } = (await call('/Users', { body: user('ada') })).body;
    const made = (await call('/Groups', { body: group('g', [id]) })).body.id;
    for (const name of NAMES) {
      const poison = `{"polluted":true,"admin":true}`;
      const quoted = JSON.stringify(name);
      const answers = [
        await call('/Users', {
          body: `{"userName":"u${Math.random()}",${quoted}:${poison},"name":{${quoted}:${poison}}}`,
        }),
        await call(`/Users/${id}`, {
          method: 'PUT',
          body: `{"userName":"ada",${quoted}:${poison},"emails":[{${quoted}:"x"}]}`,
        }),
        await call('/Users/.search', { body: `{${quoted}:${poison}}` }),
        await call(`/Users?${encodeURIComponent(name)}=1&attributes=${name}&sortBy=${name}`),
        await call(`/Users?filter=${encodeURIComponent(`${name} pr or ${name} eq "x"`)}`),
        await call(`/Users/${name}`),
        await call(`/Schemas/${name}`),
        await call(`/ResourceTypes/${name}`),
        await call(`/${name}`),
      ];
      for (const op of ['add', 'replace', 'remove']) {
        for (const path of [
          name,
          `name.${name}`,
          `emails.${name}`,
          `emails[${name} eq "x"]`,
          `emails[${name} eq "x"].value`,
          `emails[type eq "work"].${name}`,
          `${ENTERPRISE_URN}:${name}`,
          `${ENTERPRISE_URN}:manager.${name}`,
          `${name}:x`,
          `members[${name} pr]`,
        ]) {
          const body = JSON.stringify(patch({ op, path, value: { polluted: true } }));
          answers.push(await call(`/Users/${id}`, { method: 'PATCH', body }));
          answers.push(await call(`/Groups/${made}`, { method: 'PATCH', body }));
        }
        answers.push(
          await call(`/Users/${id}`, {
            method: 'PATCH',
            body: `{"Operations":[{"op":"${op}","value":{${quoted}:${poison},"name":{${quoted}:${poison}}}}]}`,
          }),
        );
        answers.push(
          await call(`/Users/${id}`, {
            method: 'PATCH',
            body: `{"Operations":[{"op":"${op}",${quoted}:${poison}}]}`,
          }),
        );
      }
      expect(answers.flatMap(findFaults), name).toEqual([]);
      expect(snapshotPrototypes() === before, name).toBe(true);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
      expect(answers.some(({ text }) => text.includes('polluted'))).toBe(false);
    }
  });
});

describe('SQL (S22)', () => {
  test(
    'case-S22 literals of filters are bound, never in the text of a statement',
    async () => {
      const { scim, statements } = openSpied();
      const { key } = await connect(scim);
      await send(scim, '/Users', { key, body: user('ada') });
      const attribute = fc.constantFrom(
        'userName',
        'externalId',
        'displayName',
        'id',
        'title',
        'emails',
        'emails.value',
        'emails[type eq "work"].value',
        'groups.value',
        'groups.display',
        'meta.location',
        'schemas',
        'name.familyName',
        `${ENTERPRISE_URN}:department`,
        'unknownAttribute',
      );
      const operator = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'le');
      const hostile = fc.oneof(
        fc.constantFrom(
          `' OR '1'='1`,
          `'; DROP TABLE scim_resources; --`,
          '%',
          '_',
          '\\',
          `"`,
          `') OR 1=1 --`,
          '?1',
          ':a',
          '$.x',
        ),
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.string({ maxLength: 20 }),
      );
      let count = 0;
      await fc.assert(
        fc.asyncProperty(attribute, operator, hostile, async (path, comparison, text) => {
          count += 1;
          const marker = `marker${count}marker`;
          const literal = JSON.stringify(`${marker}${text.toWellFormed().replaceAll('\u0000', '')}`);
          statements.length = 0;
          const body = { filter: `${path} ${comparison} ${literal}`, sortBy: text, attributes: [text] };
          const answer = await send(scim, '/Users/.search', { key, body: JSON.stringify(body) });
          expect(findFaults(answer)).toEqual([]);
          expect(statements.filter(({ sql }) => sql.includes('marker'))).toEqual([]);
          if (answer.status === 200 && comparison === 'eq') expect(answer.body.totalResults).toBe(0);
        }),
        { numRuns: runs(1500) },
      );
      expect((await send(scim, '/Users', { key })).body.totalResults).toBe(1);
    },
    seconds(30),
  );

  test('rfc-103 wildcards and quotes in literals are characters', async () => {
    const { scim } = openScim();
    const { key } = await connect(scim);
    for (const name of ['100%', '100x', 'a_b', 'axb', `o'hara`, 'back\\slash', 'quo"te']) {
      expect((await send(scim, '/Users', { key, body: user(name) })).status).toBe(201);
      const filter = `userName eq ${JSON.stringify(name)}`;
      const found = await send(scim, '/Users/.search', { key, body: { filter } });
      expect(found.body.Resources.map(({ userName }: { userName: string }) => userName)).toEqual([name]);
    }
    for (const [filter, total] of [
      ['userName sw "100%"', 1],
      ['userName co "%"', 1],
      ['userName co "_"', 1],
      ['userName ew "_b"', 1],
      [`userName co "'"`, 1],
    ] as const) {
      expect((await send(scim, '/Users/.search', { key, body: { filter } })).body.totalResults).toBe(total);
    }
  });
});

describe('bounds (S20, S21)', () => {
  test('case-S21 every bound that is named is enforced, and the answer names no input', async () => {
    const { scim } = openScim({
      limits: { maxUrlLength: 500, maxHeaderBytes: 2000, maxBodyBytes: 5000, maxGroupBodyBytes: 9000 },
    });
    const { key } = await connect(scim);
    const call = (path: string, more: object = {}) => send(scim, path, { key, ...more });
    const pad = (body: object, bytes: number) => {
      const text = JSON.stringify(body);
      return text + ' '.repeat(bytes - text.length);
    };
    const url = (length: number) => `/Users?${'x'.repeat(length - '/Users'.length)}`;
    expect((await call(url(500))).status).toBe(200);
    expectRefusal(await call(url(501)), 414);
    expect((await call('/Users', { headers: { 'x-filler': 'x'.repeat(1500) } })).status).toBe(200);
    expectRefusal(await call('/Users', { headers: { 'x-filler': 'x'.repeat(2000) } }), 431);
    expect((await call('/Users', { body: pad(user('a'), 5000) })).status).toBe(201);
    expectRefusal(await call('/Users', { body: pad(user('b'), 5001) }), 413);
    expect((await call('/Groups', { body: pad(group('a'), 9000) })).status).toBe(201);
    expectRefusal(await call('/Groups', { body: pad(group('b'), 9001) }), 413);
  });

  test('case-S21 PATCH takes 1,000 operations and 10,000 members, and says so beyond', async () => {
    const { scim } = openScim();
    const { key } = await connect(scim);
    const call = (path: string, more: object = {}) => send(scim, path, { key, ...more });
    const { id } = (await call('/Users', { body: user('ada') })).body;
    const staff = (await call('/Groups', { body: group('g') })).body.id;
    const operations = (count: number) =>
      patch(
        ...Array.from({ length: count }, (_, index) => ({
          op: 'replace',
          path: 'title',
          value: String(index),
        })),
      );
    expect((await call(`/Users/${id}`, { method: 'PATCH', body: operations(1000) })).status).toBe(200);
    expectRefusal(await call(`/Users/${id}`, { method: 'PATCH', body: operations(1001) }), 413);
    const members = (count: number) =>
      patch({
        op: 'remove',
        path: 'members',
        value: Array.from({ length: count }, (_, index) => ({ value: `x${index}` })),
      });
    expect((await call(`/Groups/${staff}`, { method: 'PATCH', body: members(10_000) })).status).toBe(204);
    expectRefusal(await call(`/Groups/${staff}`, { method: 'PATCH', body: members(10_001) }), 413);
  });

  test('case-S20 inv-I5 time grows no faster than the input', async () => {
    const { scim } = openScim();
    const { key } = await connect(scim);
    const worst: readonly ((size: number) => () => Promise<unknown>)[] = [
      (size) => () =>
        send(scim, '/Users/.search', {
          key,
          body: { filter: `userName eq "${'\\\\'.repeat(size / 4)}"`.slice(0, 4000) },
        }),
      (size) => () => send(scim, '/Users', { key, body: `{"userName":"${'\\"'.repeat(size)}"}` }),
      (size) => () => send(scim, '/Users', { key, body: `{"userName":"${'\\\\'.repeat(size)}` }),
      (size) => () => send(scim, '/Users', { key, body: `{"x":${'1'.repeat(size)}}` }),
      (size) => () => send(scim, '/Users', { key, body: `{"x":[${'"",'.repeat(size)}1]}` }),
      (size) => () =>
        send(scim, '/Users', {
          key,
          headers: { 'content-type': `${' '.repeat(size / 8)}x${';'.repeat(size / 8)}` },
          body: '{}',
        }),
      (size) => () => send(scim, '/Users', { headers: { authorization: `Bearer ${' '.repeat(size / 8)}x` } }),
      (size) => () => send(scim, `/Users?count=${'1'.repeat(size / 8)}`, { key }),
      (size) => () => send(scim, '/'.repeat(size / 8), { key }),
      (size) => () => send(scim, `/Users?${'a&'.repeat(size / 16)}`, { key }),
      (size) => () =>
        send(scim, '/Users', { key, body: user('u', { x509Certificates: [{ value: '='.repeat(size) }] }) }),
    ];
    for (const [index, make] of worst.entries()) {
      const start = performance.now();
      await make(32_768)();
      // Quadratic work on 32 Ki characters takes seconds.
      expect(performance.now() - start, `case ${index}`).toBeLessThan(1500);
    }
  });
});

test('inv-I13 no address a client sends is ever connected to', async () => {
  const connecting = vi.spyOn(Socket.prototype, 'connect');
  const looking = vi.spyOn(dns, 'lookup');
  const fetching = vi.spyOn(globalThis, 'fetch');
  onTestFinished(() => void vi.restoreAllMocks());
  const { scim } = openScim();
  const { key } = await connect(scim);
  const call = (path: string, more: object = {}) => send(scim, path, { key, ...more });
  for (const url of [
    'http://127.0.0.1:9/x',
    'https://evil.example/x',
    'file:///etc/passwd',
    'http://169.254.169.254/',
  ]) {
    const made = await call('/Users', {
      body: user(url, {
        profileUrl: url,
        photos: [{ value: url, type: 'photo' }],
        [ENTERPRISE_URN]: { manager: { value: url, $ref: url } },
      }),
    });
    expect(made.status).toBe(201);
    expect(/^https:/.test(url) || !JSON.stringify(made.body.photos ?? '').includes(url)).toBe(true);
    const members = [{ value: made.body.id, $ref: url }];
    expect((await call('/Groups', { body: { ...group(url), members } })).status).toBe(201);
    expect((await call(`/Users?filter=${encodeURIComponent(`profileUrl eq "${url}"`)}`)).status).toBe(200);
  }
  expect(connecting).not.toHaveBeenCalled();
  expect(looking).not.toHaveBeenCalled();
  expect(fetching).not.toHaveBeenCalled();
});
