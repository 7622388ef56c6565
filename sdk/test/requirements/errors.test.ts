import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { refuse } from '../../src/index.ts';
import { connect, ERROR_URN, group, type LogLine, openScim, patch, send, user } from '../support/scim.ts';

const op = (path: string, value?: unknown, name = 'replace') =>
  patch({ op: name, path, ...(value !== undefined && { value }) });

/** One way at least to each status and each keyword. `ANN` stands for the id of a user. */
const REFUSED: readonly (readonly [
  status: number,
  scimType: string | undefined,
  request: string,
  body?: unknown,
  headers?: object,
])[] = [
  [400, 'invalidFilter', 'GET /Users?filter=userName%20is%20x'],
  [400, 'invalidFilter', 'GET /Users?filter=userName%20eq'],
  [400, 'invalidSyntax', 'POST /Users', '{'],
  [400, 'invalidSyntax', 'PATCH /Users/ANN', { schemas: ['urn:x'], Operations: [] }],
  [400, 'invalidPath', 'PATCH /Users/ANN', op('emails[', 'x')],
  [400, 'invalidValue', 'PATCH /Users/ANN', op('active', 'perhaps')],
  [400, 'invalidValue', 'GET /Users?count=x'],
  [400, 'noTarget', 'PATCH /Users/ANN', op('emails[not (type eq "x")].value', 'x')],
  [400, 'noTarget', 'PATCH /Users/ANN', patch({ op: 'remove' })],
  [400, 'mutability', 'PATCH /Users/ANN', op('id', 'x')],
  [400, 'mutability', 'PATCH /Users/ANN', op('groups', [{ value: 'x' }], 'add')],
  [400, 'invalidCursor', 'GET /Users?cursor=x'],
  [400, 'invalidCount', 'GET /Users?cursor=NEXT&count=2'],
  [401, undefined, 'GET /Users', undefined, { authorization: 'Bearer wrong' }],
  [403, undefined, 'POST /Users', user('refused')],
  [404, undefined, 'GET /Users/nobody'],
  [405, undefined, 'PUT /Users', user('x')],
  [409, 'uniqueness', 'POST /Users', user('ANN')],
  [412, undefined, 'DELETE /Users/ANN', undefined, { 'if-match': 'W/"9"' }],
  [413, undefined, 'POST /Users', ' '.repeat(1_048_577)],
  [414, undefined, `GET /Users?x=${'x'.repeat(9000)}`],
  [415, undefined, 'POST /Users', user('x'), { 'content-type': 'text/plain' }],
  [431, undefined, 'GET /Users', undefined, { 'x-long': 'x'.repeat(17_000) }],
  [500, undefined, 'POST /Users', user('broken')],
  [501, undefined, 'GET /Me'],
];

describe('a refusal', () => {
  test.each(
    REFUSED.map(
      ([status, scimType, request, body, headers = {}]) =>
        [status, scimType, request, body, headers] as const,
    ),
  )('rfc 157, rfc 158, rfc 159: is %s %s for %s', async (status, scimType, request, body, headers) => {
    const { call, ann, next } = await open();
    const [method = '', path = ''] = request.split(' ');

    const answer = await call(path.replace('ANN', ann).replace('NEXT', next), {
      method,
      ...(body !== undefined && { body }),
      headers,
    });

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/scim+json');
    expect(answer.body).toEqual({
      schemas: [ERROR_URN],
      status: String(status),
      ...(scimType === undefined ? {} : { scimType }),
      detail: expect.stringMatching(/^\S.*\.$|Reference: [0-9a-f-]{36}$/),
    });
    expect((await call(`/Users/${ann}`)).body).toMatchObject({
      userName: 'ann',
      meta: { version: 'W/"1"' },
    });
  });

  test('rfc 157, rfc 158: within a bulk answer has the same form', async () => {
    const { call, ann } = await open();
    const { body } = await call('/Bulk', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [
          { method: 'POST', path: '/Users', bulkId: '1', data: user('ann') },
          { method: 'PATCH', path: `/Users/${ann}`, data: op('id', 'x') },
          { method: 'DELETE', path: '/Users/nobody' },
        ],
      },
    });
    const detail = expect.any(String);
    expect(body.Operations.map((result: { response: object }) => result.response)).toEqual([
      { schemas: [ERROR_URN], status: '409', scimType: 'uniqueness', detail },
      { schemas: [ERROR_URN], status: '400', scimType: 'mutability', detail },
      { schemas: [ERROR_URN], status: '404', detail },
    ]);
  });

  test('rfc 158: of a host has the keyword that goes with its status, and none of its own', async () => {
    for (const [status, scimType] of [
      [400, 'invalidValue'],
      [403, undefined],
      [409, undefined],
    ] as const) {
      const { scim } = openScim({
        hooks: {
          userCreated() {
            throw Object.assign(refuse({ status, detail: 'All 20 seats are taken.' }), {
              scimType: 'noSeats',
            });
          },
        },
      });
      const { key } = await connect(scim);
      const { body } = await send(scim, '/Users', { key, body: user('ann') });
      expect([body.status, body.scimType, body.detail]).toEqual([
        String(status),
        scimType,
        'All 20 seats are taken.',
      ]);
    }
  });

  test('rfc 159: 429 and 503 say when to come back, in whole seconds', async () => {
    const { scim } = openScim({
      limited: true,
      limits: { rateLimit: { requestsPerSecond: 0.2, burst: 2 }, hookTimeoutMs: 20 },
      hooks: { userCreated: () => new Promise<never>(() => undefined) },
    });
    const { key } = await connect(scim);
    const late = await send(scim, '/Users', { key, body: user('ann') });
    await send(scim, '/Users', { key });
    const often = await send(scim, '/Users', { key });
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '5']);
    expect([often.status, often.headers.get('retry-after')]).toEqual([429, '5']);
    for (const { status, body } of [late, often])
      expect(body).toEqual({ schemas: [ERROR_URN], status: String(status), detail: expect.any(String) });
  });
});

describe('what a failure tells', () => {
  const SECRETS = [
    'hunter2',
    'SELECT',
    'scim_',
    'globex',
    'at open',
    '.ts',
    'node_modules',
    'TypeError',
    'SQLITE',
  ];

  /** Nothing but a reference, by which the whole of it is found in the host's log. */
  function expectOpaque(
    answer: { readonly status: number; readonly text: string; readonly body: { readonly detail: string } },
    log: readonly LogLine[],
  ) {
    expect(answer.status).toBe(500);
    const { detail } = answer.body;
    expect(detail).toMatch(/^Something went wrong on our side\. Reference: [0-9a-f-]{36}$/);
    for (const secret of SECRETS) expect(answer.text).not.toContain(secret);
    expect(Object.keys(answer.body)).toEqual(['schemas', 'status', 'detail']);
    const [line] = log.filter(({ level }) => level === 'error');
    expect(line?.details).toMatchObject({ reference: detail.slice(-36), cause: expect.anything() });
  }

  test.each([
    ['an Error', new Error('user hunter2 of globex: SELECT * FROM scim_resources failed')],
    ['a TypeError', new TypeError('hunter2')],
    ['a text', 'hunter2'],
    [
      'an object that looks like an answer',
      { status: 200, detail: 'hunter2', body: 'hunter2', toBody: () => 'hunter2' },
    ],
    [
      'an Error with a status',
      Object.assign(new Error('hunter2'), { status: 409, scimType: 'uniqueness', detail: 'hunter2' }),
    ],
  ])('rfc 160: %s thrown by the host is an opaque 500, and whole in its log', async (_name, thrown) => {
    const { scim, log } = openScim({
      hooks: {
        userCreated() {
          throw thrown;
        },
      },
    });
    const { key } = await connect(scim);
    const answer = await send(scim, '/Users', { key, body: user('ann', { password: 'hunter2' }) });
    expectOpaque(answer, log);
    expect((await send(scim, '/Users', { key })).body.totalResults).toBe(0);
  });

  test('rfc 160: a stored row that cannot be read is an opaque 500, another customer not concerned', async () => {
    const { scim, file, log } = openScim();
    const { key } = await connect(scim);
    const other = await connect(scim, 'globex');
    const { id } = (await send(scim, '/Users', { key, body: user('ann', { password: 'hunter2' }) })).body;
    const theirs = (await send(scim, '/Users', { key: other.key, body: user('eve') })).body.id;
    const database = new DatabaseSync(file);
    database.prepare(`UPDATE scim_resources SET attributes = '{"globex": hunter2' WHERE id = ?`).run(id);
    database.close();

    expectOpaque(await send(scim, `/Users/${id}`, { key }), log);

    expect((await send(scim, `/Users/${theirs}`, { key: other.key })).body.userName).toBe('eve');
  });

  test('rfc 160: no refusal repeats a password, or any value that was sent', async () => {
    const { call, ann } = await open();
    const canary = 'hunter2-canary';
    for (const [method, path, body] of [
      ['POST', '/Users', user('ann', { password: canary })],
      ['POST', '/Users', user('z', { active: canary })],
      ['POST', '/Users', user('y', { name: canary })],
      ['POST', '/Users', `{"password":"${canary}"`],
      ['POST', '/Groups', group('x', [canary])],
      ['PUT', `/Users/${ann}`, { password: canary }],
      ['PATCH', `/Users/${ann}`, op(`emails[type eq "${canary}"`, canary)],
      ['PATCH', `/Users/${ann}`, patch({ op: canary, path: 'title', value: canary })],
      ['PATCH', `/Users/${ann}`, op('id', canary)],
      ['GET', `/Users?filter=password%20eq%20${canary}`, undefined],
      ['GET', `/Users?count=${canary}`, undefined],
      ['GET', `/Users?sortOrder=${canary}`, undefined],
      ['GET', `/Users?cursor=${canary}`, undefined],
      ['GET', `/Users/${canary}`, undefined],
      ['GET', `/${canary}`, undefined],
    ] as const) {
      const answer = await call(path, { method, ...(body && { body }) });
      expect([answer.status, method, path]).toEqual([
        expect.toSatisfy((status) => status >= 400 && status < 500),
        method,
        path,
      ]);
      expect(answer.text).not.toContain('canary');
    }
  });
});

/** A connection with Ann, whose host refuses one name and breaks at another. */
async function open() {
  const { scim } = openScim({
    hooks: {
      userCreated({ resource }) {
        if (resource.userName === 'refused') throw refuse({ status: 403, detail: 'Not this one.' });
        if (resource.userName === 'broken') throw new Error('a fault of the host');
      },
    },
  });
  const { key } = await connect(scim);
  const call = (path: string, more: object = {}) => send(scim, path, { key, ...more });
  const ann: string = (await call('/Users', { body: user('ann') })).body.id;
  await call('/Users', { body: user('bea') });
  const next: string = (await call('/Users?cursor&count=1')).body.nextCursor;
  return { call, ann, next };
}
