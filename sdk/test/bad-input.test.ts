import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeHandler } from '../src/adapters/node.ts';
import { METHODS } from '../src/http/route.ts';
import { createScim } from '../src/index.ts';
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../src/protocol/schema/core.ts';
import { compileResourceType } from '../src/protocol/schema/resource-type.ts';
import { expectRefusal, findFaults, runs, seconds } from './support/answers.ts';
import {
  type Call,
  connect,
  ENTERPRISE_URN,
  GROUP_URN,
  group,
  openScim,
  PATCH_URN,
  patch,
  SEARCH_URN,
  send,
  USER_URN,
  user,
} from './support/scim.ts';
import { sendTo, serve } from './support/serve.ts';

async function open(options: Parameters<typeof openScim>[0] = {}) {
  const opened = openScim(options);
  const { key } = await connect(opened.scim);
  const call = (path: string, more: Call = {}) => send(opened.scim, path, { key, ...more });
  const everything = async () => [(await call('/Users')).text, (await call('/Groups')).text];
  return { ...opened, key, call, everything };
}

describe('bodies that are no JSON object', () => {
  const MALFORMED: readonly (readonly [string, string | Uint8Array])[] = [
    ['nothing', ''],
    ['blanks', ' \r\n\t '],
    ['cut', '{"schemas":["a"'],
    ['cut in a string', '{"userName":"a'],
    ['cut after a backslash', '{"userName":"a\\'],
    ['a trailing comma', '{"userName":"a",}'],
    ['a leading comma', '{,"userName":"a"}'],
    ['two commas', '{"a":1,,"b":2}'],
    ['single quotes', "{'userName':'a'}"],
    ['a bare name', '{userName:"a"}'],
    ['a comment', '{"userName":"a"/**/}'],
    ['text after it', '{"userName":"a"} x'],
    ['two objects', '{"userName":"a"}{"userName":"b"}'],
    ['a hexadecimal number', '{"userName":"a","x":0x1}'],
    ['a leading zero', '{"userName":"a","x":01}'],
    ['a leading plus', '{"userName":"a","x":+1}'],
    ['a bare dot', '{"userName":"a","x":.5}'],
    ['NaN', '{"userName":"a","x":NaN}'],
    ['Infinity', '{"userName":"a","x":Infinity}'],
    ['undefined', '{"userName":undefined}'],
    ['a raw line break in a string', '{"userName":"a\nb"}'],
    ['a raw tab in a string', '{"userName":"a\tb"}'],
    ['a bad escape', '{"userName":"\\x41"}'],
    ['a short escape', '{"userName":"\\u12"}'],
    ['a byte order mark', `\ufeff${JSON.stringify(user('a'))}`],
    ['UTF-16', Buffer.from(JSON.stringify(user('a')), 'utf16le')],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0x75, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['overlong UTF-8', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['a form', 'userName=a&schemas=b'],
    ['XML', '<User><userName>a</userName></User>'],
    ['a list', '[]'],
    ['a list of users', JSON.stringify([user('a')])],
    ['null', 'null'],
    ['true', 'true'],
    ['a number', '1'],
    ['a string', '"userName"'],
    ['the same name twice', '{"schemas":[],"userName":"a","userName":"b"}'],
    ['the same name in another case', '{"schemas":[],"userName":"a","USERNAME":"b"}'],
    ['the same name escaped', '{"userName":"a","user\\u004eame":"b"}'],
    ['the same name twice, deep inside', '{"userName":"a","name":{"givenName":"a","givenname":"b"}}'],
    ['__proto__', '{"userName":"a","__proto__":{"admin":true}}'],
    ['__proto__, deep inside', '{"userName":"a","name":{"__proto__":{"admin":true}}}'],
    ['__proto__ escaped', '{"userName":"a","\\u005f_proto__":{"admin":true}}'],
    ['depth 33', `{"userName":"a","x":${'['.repeat(33)}${']'.repeat(33)}}`],
    ['depth 100,000 of lists', '['.repeat(100_000)],
    ['depth 100,000 of objects', '{"a":'.repeat(100_000)],
    ['depth 100,000, closed', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['50,001 values', `{"userName":"a","x":[${'1,'.repeat(50_001)}1]}`],
    ['a string of 65,537 characters', `{"userName":"a","x":"${'x'.repeat(65_537)}"}`],
    ['a name of 65,537 characters', `{"${'x'.repeat(65_537)}":1}`],
  ];

  test.each(MALFORMED)('%s: 400 invalidSyntax on every route that takes a body', async (_name, body) => {
    const { call, everything } = await open();
    const { id } = (await call('/Users', { body: user('present') })).body;
    const before = await everything();
    for (const [method, path] of [
      ['POST', '/Users'],
      ['PUT', `/Users/${id}`],
      ['PATCH', `/Users/${id}`],
      ['POST', '/Users/.search'],
    ] as const) {
      expectRefusal(await call(path, { method, body }), 400, 'invalidSyntax');
    }
    expect(await everything()).toEqual(before);
  });

  test.each([
    ['NUL', '{"userName":"a\\u0000b"}'],
    ['NUL in a name', '{"userName":"a","\\u0000":1}'],
    ['half a surrogate pair', '{"userName":"\\ud800"}'],
    ['the other half', '{"userName":"a\\udc00b"}'],
    ['halves in the wrong order', '{"userName":"\\udc00\\ud800"}'],
    ['a number too large', '{"userName":"a","x":1e400}'],
  ])('%s: 400 invalidValue', async (_name, body) => {
    const { call, everything } = await open();
    const before = await everything();
    expectRefusal(await call('/Users', { body }), 400, 'invalidValue');
    expect(await everything()).toEqual(before);
  });
});

describe('media types', () => {
  test.each([
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp',
    'application/json-patch+json',
    'application/scim+json, application/json',
    'application/scim',
    'x',
  ])('rfc-74 %s is 415', async (type) => {
    const { call } = await open();
    expectRefusal(await call('/Users', { body: user('a'), headers: { 'content-type': type } }), 415);
  });

  test.each([
    'application/scim+json',
    'application/json',
    'APPLICATION/SCIM+JSON',
    'application/json; charset=utf-8',
    'application/scim+json;charset=UTF-8',
    ' application/json ',
  ])('T14 %s is accepted', async (type) => {
    const { call } = await open();
    const answer = await call('/Users', { body: user('a'), headers: { 'content-type': type } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toBe('application/scim+json');
  });

  test('T14 no type at all, and any Accept, are answered with SCIM JSON', async () => {
    const { scim, key, call } = await open();
    const port = await serve(nodeHandler(scim));
    const made = await sendTo(port, {
      method: 'POST',
      path: '/scim/v2/Users',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(user('a')),
    });
    expect(made.status).toBe(201);
    for (const accept of ['*/*', 'text/html', 'application/json', 'text/json', 'image/png;q=0', 'x']) {
      const answer = await call('/Users', { headers: { accept } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/scim+json']);
    }
  });

  test.each(['gzip', 'deflate', 'br', 'zstd', 'identity', 'gzip, gzip', 'x'])(
    'Content-Encoding %s is 415 and not inflated',
    async (encoding) => {
      const { call } = await open();
      // 64 MB once inflated.
      const body = encoding === 'gzip' ? gzipSync(Buffer.alloc(64 << 20, 0x20)) : JSON.stringify(user('a'));
      const before = process.memoryUsage.rss();
      expectRefusal(await call('/Users', { body, headers: { 'content-encoding': encoding } }), 415);
      expect(process.memoryUsage.rss() - before).toBeLessThan(48 << 20);
    },
  );
});

describe('a body of 100 MB', () => {
  const MB = 1 << 20;
  const chunk = Buffer.alloc(64 << 10, 0x20);
  const stream = (bytes: number, seen: { sent: number }) =>
    new ReadableStream({
      pull(controller) {
        if (seen.sent >= bytes) return controller.close();
        seen.sent += chunk.length;
        controller.enqueue(chunk);
      },
    });

  test.each([
    ['/Users', 1],
    ['/Groups', 16],
  ])('to %s is refused after %i MB, with its length given and without', async (path, limit) => {
    const { call, everything } = await open();
    const before = await everything();
    const rss = process.memoryUsage.rss();
    const streamed = { sent: 0 };
    expectRefusal(await call(path, { body: stream(100 * MB, streamed) }), 413);
    expect(streamed.sent).toBeLessThanOrEqual((limit + 1) * MB);
    const announced = { sent: 0 };
    const headers = { 'content-length': String(100 * MB) };
    expectRefusal(await call(path, { body: stream(100 * MB, announced), headers }), 413);
    expect(announced.sent).toBeLessThanOrEqual(chunk.length);
    expect(process.memoryUsage.rss() - rss).toBeLessThan(64 * MB);
    expect(await everything()).toEqual(before);
  });

  test('takes a group of 16 MiB at most, a user of 1 MiB at most, to the byte', async () => {
    const { call } = await open();
    const pad = (body: object, bytes: number) => {
      const text = JSON.stringify(body);
      return text + ' '.repeat(bytes - text.length);
    };
    expect((await call('/Users', { body: pad(user('a'), MB) })).status).toBe(201);
    expectRefusal(await call('/Users', { body: pad(user('b'), MB + 1) }), 413);
    expect((await call('/Groups', { body: pad(group('a'), 16 * MB) })).status).toBe(201);
    expectRefusal(await call('/Groups', { body: pad(group('b'), 16 * MB + 1) }), 413);
    expectRefusal(await call('/Groups/.search', { body: pad({}, MB + 1) }), 413);
  });
});

describe('values of the wrong type', () => {
  const WRONG: readonly unknown[] = [
    0,
    -1,
    1.5,
    true,
    'text',
    '',
    [],
    [[]],
    [1],
    [true],
    ['a', 'a'],
    [null],
    {},
    { a: {} },
    { value: {} },
    { value: [] },
    [{ value: { value: 1 } }],
    [{ value: 1, primary: 'x', type: [] }],
    [
      { value: 'a', primary: true },
      { value: 'b', primary: true },
    ],
    { constructor: { prototype: {} } },
    'x'.repeat(2000),
  ];

  const attributesOf = (definition: typeof USER_RESOURCE_TYPE) => {
    const type = compileResourceType(definition);
    return [...type.attributes.values()].flatMap((attribute) => [
      [attribute.name],
      ...[...attribute.subAttributes.keys()].map((sub) => [attribute.name, sub]),
    ]);
  };
  const CASES = [
    ...attributesOf(USER_RESOURCE_TYPE).map((path) => ['/Users', path] as const),
    ...attributesOf(GROUP_RESOURCE_TYPE).map((path) => ['/Groups', path] as const),
    ...['employeeNumber', 'manager'].map((name) => ['/Users', [ENTERPRISE_URN, name]] as const),
    ['/Users', [ENTERPRISE_URN]] as const,
  ];

  test(
    `never end in a 500 or in half a change (${CASES.length} attributes × ${WRONG.length} values)`,
    async () => {
      const { call, scim, key } = await open();
      let count = 0;
      const wrong: string[] = [];
      for (const [path, [name = '', sub]] of CASES) {
        const isUser = path === '/Users';
        for (const value of WRONG) {
          count += 1;
          const nested = sub === undefined ? value : { [sub]: value };
          const base = isUser ? user(`u${count}`) : group(`g${count}`);
          const created = await send(scim, path, { key, body: { ...base, [name]: nested } });
          const listed =
            sub === undefined
              ? undefined
              : await send(scim, path, {
                  key,
                  body: { ...base, userName: `l${count}`, displayName: `l${count}`, [name]: [nested] },
                });
          for (const answer of [created, listed]) {
            if (answer === undefined) continue;
            const faults = findFaults(answer);
            if (faults.length > 0)
              wrong.push(`POST ${path} ${name}.${sub} ${JSON.stringify(value)}: ${faults}`);
          }
          if (created.status !== 201) continue;
          const one = `${path}/${created.body.id}`;
          const attribute = sub === undefined ? name : `${name}.${sub}`;
          const patched = await call(one, {
            method: 'PATCH',
            body: patch(
              { op: 'replace', path: attribute, value },
              { op: 'add', value: { [attribute]: value } },
            ),
          });
          const faults = findFaults(patched);
          if (faults.length > 0) wrong.push(`PATCH ${one} ${attribute} ${JSON.stringify(value)}: ${faults}`);
          await call(one, { method: 'DELETE' });
        }
      }
      expect(wrong).toEqual([]);
    },
    seconds(30),
  );

  test.each([
    ['userName missing', '/Users', { schemas: [USER_URN] }, 'invalidValue'],
    ['userName null', '/Users', user(null as unknown as string), 'invalidValue'],
    ['userName blank', '/Users', user('   '), 'invalidValue'],
    ['userName of 321 characters', '/Users', user('u'.repeat(321)), 'invalidValue'],
    ['userName a number', '/Users', { schemas: [USER_URN], userName: 7 }, 'invalidValue'],
    ['active a word', '/Users', user('a', { active: 'yes' }), 'invalidValue'],
    ['emails a number', '/Users', user('a', { emails: 7 }), 'invalidValue'],
    ['title of 1,025 characters', '/Users', user('a', { title: 't'.repeat(1025) }), 'invalidValue'],
    [
      'a certificate that is no base64',
      '/Users',
      user('a', { x509Certificates: [{ value: '***' }] }),
      'invalidValue',
    ],
    ['schemas a text', '/Users', { schemas: USER_URN, userName: 'a' }, 'invalidSyntax'],
    ['schemas of numbers', '/Users', { schemas: [1], userName: 'a' }, 'invalidSyntax'],
    ['displayName missing', '/Groups', { schemas: [GROUP_URN] }, 'invalidValue'],
    ['a member nobody knows', '/Groups', group('a', ['nobody']), 'invalidValue'],
    ['a member without value', '/Groups', { ...group('a'), members: [{ display: 'x' }] }, 'invalidValue'],
  ] as const)('%s: 400', async (_name, path, body, scimType) => {
    const { call, everything } = await open();
    const before = await everything();
    expectRefusal(await call(path, { body }), 400, scimType);
    expect(await everything()).toEqual(before);
  });
});

describe('queries', () => {
  const filter = (text: string) => `/Users?filter=${encodeURIComponent(text)}`;

  test.each([
    ['10 KB of parentheses', '('.repeat(4_000)],
    ['balanced parentheses, 33 deep', `${'('.repeat(33)}userName pr${')'.repeat(33)}`],
    ['65 terms', Array.from({ length: 65 }, () => 'userName pr').join(' or ')],
    ['nothing', ''],
    ['a blank', ' '],
    ['an unknown operator', 'userName like "a"'],
    ['an open string', 'userName eq "a'],
    ['an open bracket', 'emails[value eq "a"'],
    ['text after it', 'userName eq "a" x'],
    ['SQL', `userName eq "a" OR 1=1 --`],
    ['gt on a boolean', 'active gt true'],
    ['a complex attribute', 'name eq "a"'],
  ])('a filter of %s: 400 invalidFilter', async (_name, text) => {
    const { call } = await open();
    expectRefusal(await call(filter(text)), 400, 'invalidFilter');
    expectRefusal(
      await call('/Users/.search', { body: { schemas: [SEARCH_URN], filter: text } }),
      400,
      'invalidFilter',
    );
  });

  test('10 KB of parentheses in the URL are 414, in a body 400, and take no time', async () => {
    const { call } = await open();
    const start = performance.now();
    expectRefusal(await call(filter('('.repeat(10_240))), 414);
    expectRefusal(
      await call('/Users/.search', { body: { filter: '('.repeat(10_240) } }),
      400,
      'invalidFilter',
    );
    expectRefusal(
      await call('/Users/.search', { body: { filter: 'not '.repeat(2_560) } }),
      400,
      'invalidFilter',
    );
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('a known parameter given twice is 400, an unknown one is ignored', async () => {
    const { call } = await open();
    for (const name of [
      'filter',
      'sortBy',
      'sortOrder',
      'startIndex',
      'count',
      'attributes',
      'excludedAttributes',
    ]) {
      expectRefusal(await call(`/Users?${name}=1&${name.toUpperCase()}=1`), 400, 'invalidValue');
    }
    expect((await call('/Users?x=1&x=2&__proto__=1&constructor=2&&=&%&a[b]=c')).status).toBe(200);
  });

  test(
    'rfc 207: no query string on any GET ends in a 500',
    async () => {
      const { call } = await open();
      const { id } = (
        await call('/Users', { body: user('a', { emails: [{ value: 'a@b', primary: true }] }) })
      ).body;
      await call('/Groups', { body: group('g', [id]) });
      const route = fc.constantFrom(
        '/Users',
        `/Users/${id}`,
        '/Groups',
        '/Groups/x',
        '/Schemas',
        '/ResourceTypes',
        '/ServiceProviderConfig',
        '/Bulk',
        '/Me',
        '/.search',
        '/',
      );
      const word = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 30 }),
        fc.string({ maxLength: 30 }),
        fc.constantFrom(
          'userName',
          'emails',
          'emails.value',
          'meta.created',
          'members',
          'groups.value',
          'password',
          'schemas',
          'id',
          '__proto__',
          'constructor',
          `${ENTERPRISE_URN}:manager`,
          `${USER_URN}:userName`,
          'emails[type eq "work"].value',
          'userName eq "a"',
          'meta.lastModified gt "2011-01-01T00:00:00Z"',
          'groups pr',
          'members.value eq null',
          'emails[value ew "b" and primary eq true]',
          '1e400',
          '-1',
          '9007199254740993',
          '999999999999999999999999999',
          'descending',
          '\u0000',
          '\ud800',
          '%',
          '_',
        ),
      );
      const parameter = fc.tuple(
        fc.oneof(
          fc.constantFrom(
            'filter',
            'sortBy',
            'sortOrder',
            'startIndex',
            'count',
            'attributes',
            'excludedAttributes',
          ),
          fc.string({ maxLength: 5 }),
        ),
        word,
      );
      const query = fc.oneof(
        fc
          .uniqueArray(parameter, { selector: ([name]) => name.toLowerCase(), maxLength: 5 })
          .map((pairs) => pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')),
        fc.string({ maxLength: 60 }).map((text) => text.replace(/[#\\]/g, '')),
      );
      await fc.assert(
        fc.asyncProperty(route, query, async (path, text) => {
          const answer = await call(`${path}?${text}`);
          expect(findFaults(answer)).toEqual([]);
        }),
        { numRuns: runs(1500) },
      );
    },
    seconds(30),
  );

  const encode = (text: string) => encodeURIComponent(text.toWellFormed());
});

describe('fuzzed bodies', () => {
  const name = fc.constantFrom(
    'schemas',
    'userName',
    'externalId',
    'name',
    'emails',
    'active',
    'groups',
    'members',
    'displayName',
    'id',
    'meta',
    'password',
    'manager',
    'photos',
    'x509Certificates',
    ENTERPRISE_URN,
    USER_URN,
    'constructor',
    'toString',
    'value',
    '$ref',
    'type',
    'primary',
    'Operations',
    'op',
    'path',
    'filter',
    'attributes',
    'count',
    'startIndex',
    'sortBy',
  );
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 12 }),
        fc.constantFrom('a@b.example', 'work', 'true', 'False', '', USER_URN, GROUP_URN, PATCH_URN),
      ),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(name, fc.string({ maxLength: 6 })), tie('value'), { maxKeys: 5 }),
    ),
  })).value;
  const resource = fc.tuple(
    fc.dictionary(name, value, { maxKeys: 6 }),
    fc.string({ minLength: 1, maxLength: 8 }),
  );
  const path = fc.oneof(
    fc.constantFrom(
      'userName',
      'emails',
      'emails.value',
      'emails[type eq "work"].value',
      'emails[value eq "a@b.example"]',
      'members',
      'members[value eq "x"]',
      'name.givenName',
      'name',
      'active',
      'groups',
      'id',
      'meta.created',
      'schemas',
      ENTERPRISE_URN,
      `${ENTERPRISE_URN}:manager`,
      `${ENTERPRISE_URN}:manager.value`,
      `${USER_URN}:active`,
      'password',
      'x.y.z',
      '__proto__',
      'constructor.prototype',
      'emails[',
      'emails[]',
      '',
    ),
    fc.string({ maxLength: 20 }),
  );
  const operation = fc.record(
    {
      op: fc.oneof(fc.constantFrom('add', 'replace', 'remove', 'Add', 'move'), value),
      path: fc.oneof(path, value),
      value,
    },
    { requiredKeys: ['op'] },
  );
  const patchBody = fc.oneof(
    fc
      .array(operation, { maxLength: 4 })
      .map((operations) => ({ schemas: [PATCH_URN], Operations: operations })),
    value,
  );
  const toText = (body: unknown) => JSON.stringify(body, (_key, item) => item) ?? 'null';

  test(
    'rfc 208: never end in a 500, and every refusal is a SCIM error',
    async () => {
      const { call, log } = await open();
      const { id } = (await call('/Users', { body: user('target') })).body;
      const target = (await call('/Groups', { body: group('target', [id]) })).body.id;
      const check = async (path: string, method: string, body: unknown) => {
        const answer = await call(path, { method, body: toText(body) });
        expect(findFaults(answer)).toEqual([]);
      };
      await fc.assert(
        fc.asyncProperty(
          fc.boolean(),
          resource,
          patchBody,
          value,
          async (isUser, [more, text], operations, search) => {
            const [collection, one] = isUser ? ['/Users', `/Users/${id}`] : ['/Groups', `/Groups/${target}`];
            const body = {
              schemas: [isUser ? USER_URN : GROUP_URN],
              userName: text,
              displayName: text,
              ...more,
            };
            await check(collection, 'POST', body);
            await check(one, 'PUT', body);
            await check(one, 'PATCH', operations);
            await check(`${collection}/.search`, 'POST', search);
            const read = await call(one);
            expect(findFaults(read)).toEqual([]);
            expect(read.status).toBe(200);
          },
        ),
        { numRuns: runs(400) },
      );
      expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    },
    seconds(60),
  );
});

describe('paths and methods', () => {
  test('rfc-71 each route answers 405 with Allow to every other method', async () => {
    const { call } = await open();
    const { id } = (await call('/Users', { body: user('a') })).body;
    const paths: Readonly<Record<keyof typeof METHODS, readonly string[]>> = {
      collection: ['/Users', '/Groups', '/Users/'],
      resource: [`/Users/${id}`, '/Groups/unknown'],
      search: ['/Users/.search', '/Groups/.search'],
      serviceProviderConfig: ['/ServiceProviderConfig'],
      resourceTypes: ['/ResourceTypes', '/ResourceTypes/User'],
      schemas: ['/Schemas', `/Schemas/${USER_URN}`],
      bulk: ['/Bulk'],
      notImplemented: ['/Me'],
      root: ['/', '//'],
      rootSearch: ['/.search', '/.search/'],
      // Where the host says who "me" is: me.test.ts.
      me: [],
    };
    for (const [kind, allowed] of Object.entries(METHODS)) {
      for (const path of paths[kind as keyof typeof METHODS]) {
        for (const method of [
          'GET',
          'HEAD',
          'POST',
          'PUT',
          'PATCH',
          'DELETE',
          'OPTIONS',
          'PROPFIND',
          'X',
          'get2',
        ]) {
          if (allowed.includes(method)) continue;
          const answer = await call(path, { method });
          expect([answer.status, answer.headers.get('allow'), method, path]).toEqual([
            405,
            allowed.join(', '),
            method,
            path,
          ]);
        }
      }
    }
  });

  test('rfc-156 /Me is 501', async () => {
    const { call } = await open();
    expectRefusal(await call('/Me'), 501);
  });

  test('rfc-77 unknown paths, other versions and ids of any shape are one and the same 404', async () => {
    const { call } = await open();
    const bodies = new Set<string>();
    for (const path of [
      '/v1/Users',
      '/v2/Users',
      '/users',
      '/Users/x/y',
      '/Nothing',
      '/Users/not-a-uuid',
      '/Users/00000000-0000-0000-0000-000000000000',
      '/Users/0',
      '/Users/%20',
      '/Users/%ff',
      '/Users/__proto__',
      '/Users/constructor',
      `/Users/${'x'.repeat(5000)}`,
      "/Users/'%20OR%201=1",
      '/Users/%F0%9F%A6%80',
      '/Schemas/nothing',
      '/ResourceTypes/nothing',
    ]) {
      const answer = await call(path);
      expectRefusal(answer, 404);
      bodies.add(answer.text);
    }
    expect(bodies.size).toBe(1);
  });

  test('a resource type whose endpoint looks like a connection id is still served', async () => {
    const { call } = await open({
      resourceTypes: [
        {
          name: 'Workstation',
          endpoint: '/managedworkstations',
          schema: {
            id: 'urn:example:params:scim:schemas:Workstation',
            name: 'Workstation',
            attributes: [{ name: 'serial', required: true }],
          },
        },
      ],
    });
    const body = { schemas: ['urn:example:params:scim:schemas:Workstation'], serial: '1' };
    expect((await call('/managedworkstations', { body })).status).toBe(201);
    expect((await call('/managedworkstations')).body.totalResults).toBe(1);
  });
});

test.each([
  'ftp://app.example/scim',
  'javascript:alert(1)',
  'app.example/scim/v2',
  'https://app.example/scim?tenant=1',
  'https://app.example/scim?',
  'https://app.example/scim#top',
  'https://user:password@app.example/scim',
])('rfc-66 endpointUrl %s is refused at the start', (endpointUrl) => {
  expect(() => createScim({ database: 'sqlite::memory:', endpointUrl })).toThrow(
    /^createScim: endpointUrl: /,
  );
});

describe('two at once', () => {
  test('rfc 209: two creates of one userName: exactly one 201 and one 409', async () => {
    const { call, everything } = await open();
    for (const [first, second] of [
      ['ada', 'ada'],
      ['Bob', 'bOB'],
      ['caf\u00e9', 'cafe\u0301'],
      ['\u212aelvin', 'kelvin'],
    ] as const) {
      const answers = await Promise.all([
        call('/Users', { body: user(first) }),
        call('/Users', { body: user(second) }),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      const refused = answers.find(({ status }) => status === 409);
      expect(refused?.body).toEqual({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        status: '409',
        scimType: 'uniqueness',
        detail: 'Another resource of this connection already has this userName.',
      });
    }
    expect(JSON.parse((await everything())[0] ?? '').totalResults).toBe(4);
  });

  test('rfc 209: 50 creates of 10 names: 10 times 201, 40 times 409', async () => {
    const { call } = await open();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => call('/Users', { body: user(`u${index % 10}`) })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(10);
    expect(statuses.filter((status) => status === 409)).toHaveLength(40);
  });

  test('T28 100 additions of one member each to one group lose none', async () => {
    const { call } = await open();
    const { id } = (await call('/Groups', { body: group('all') })).body;
    const ids: string[] = [];
    for (let index = 0; index < 100; index += 1)
      ids.push((await call('/Users', { body: user(`u${index}`) })).body.id);
    const answers = await Promise.all(
      ids.map((value) =>
        call(`/Groups/${id}`, {
          method: 'PATCH',
          body: patch({ op: 'add', path: 'members', value: [{ value }] }),
        }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect((await call(`/Groups/${id}`)).body.members).toHaveLength(100);
  });
});
