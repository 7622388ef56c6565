import { describe, expect, test, vi } from 'vitest';
import { type PersonaId, simulate } from '../src/simulator/simulate.ts';
import {
  type Asked,
  type Fault,
  type Forward,
  failedSteps,
  type Reply,
  readState,
  refusal,
  serveFaulty,
  serveScim,
} from './support/simulated.ts';

vi.setConfig({ testTimeout: 60_000 });

interface FaultCase {
  /** What the server gets wrong. */
  readonly name: string;
  readonly fault: Fault;
  /** `persona scenario` → the steps that fail, and no others; none = the persona does not mind. */
  readonly fails: Readonly<Record<string, readonly string[]>>;
}

const operations = ({ body }: Asked): readonly Record<string, unknown>[] => body?.Operations ?? [];
const isOne = ({ path }: Asked, type = '(Users|Groups)') => new RegExp(`^/${type}/[^/]+$`).test(path);
const pass: Fault = (asked, forward) => forward(asked);
const readFilter = ({ query }: Asked) => new URLSearchParams(query).get('filter') ?? '';

/** Refuses what the test names. */
const refuseWhen =
  (isRefused: (asked: Asked) => boolean, reply: Reply = refusal(400, 'invalidValue')): Fault =>
  async (asked, forward) =>
    isRefused(asked) ? reply : forward(asked);

/** Changes the body of answers. */
const rewrite =
  // biome-ignore lint/suspicious/noExplicitAny: faults reach into bodies of many shapes
    (change: (body: any, asked: Asked) => unknown): Fault =>
    async (asked, forward) => {
      const reply = await forward(asked);
      return reply.body === undefined || reply.status >= 400
        ? reply
        : { ...reply, body: change(reply.body, asked) };
    };

/** Changes the operations of a PATCH before the server sees them. */
const rewriteOperations =
  (change: (operation: Record<string, unknown>) => Record<string, unknown>): Fault =>
  (asked, forward) =>
    forward(
      asked.method === 'PATCH'
        ? { ...asked, body: { ...asked.body, Operations: operations(asked).map(change) } }
        : asked,
    );

/** As servers do that read a group, change it and write it back without a transaction. */
const loseMembers: Fault = async (asked, forward) => {
  const [operation] = operations(asked);
  if (!isOne(asked, 'Groups') || asked.method !== 'PATCH' || String(operation?.op).toLowerCase() !== 'add')
    return forward(asked);
  const { body: group } = await forward({ ...asked, method: 'GET', body: undefined });
  await new Promise((resolve) => setTimeout(resolve, 30));
  const members = [...(group.members ?? []), ...((operation?.value ?? []) as object[])];
  await forward({ ...asked, method: 'PUT', body: { ...group, members } });
  return { status: 204, headers: {}, body: undefined };
};

/** As servers do that look for the element a path names, and find none. */
const refuseMissingElement: Fault = async (asked, forward) => {
  const names = operations(asked)
    .map(({ path }) => /^(\w+)\[/.exec(String(path))?.[1] ?? '')
    .filter((name) => name !== '' && name !== 'members');
  if (names.length === 0) return forward(asked);
  const { body: user } = await forward({ ...asked, method: 'GET', body: undefined });
  return names.some((name) => user[name] === undefined) ? refusal(400, 'noTarget') : forward(asked);
};

const removesAll = rewriteOperations((operation) => {
  const { value: _value, ...rest } = operation;
  return String(operation.op).toLowerCase() === 'remove' && operation.path === 'members' ? rest : operation;
});

const CASES: readonly FaultCase[] = [
  {
    name: 'T1 op is case-sensitive',
    fault: refuseWhen((asked) => operations(asked).some(({ op }) => /^[A-Z]/.test(String(op)))),
    fails: { 'entra life': ['update-user'], 'entra manager': ['set-as-list'], 'okta life': [] },
  },
  {
    name: 'T2 "False" is true',
    fault: rewriteOperations((operation) =>
      operation.value === 'False' ? { ...operation, value: true } : operation,
    ),
    fails: { 'entra life': ['disable'], 'entra-flag life': [], 'keycloak life': [] },
  },
  {
    name: 'T2 booleans as text are refused',
    fault: refuseWhen(({ body }) => ['true', 'false'].includes(body?.active)),
    fails: { 'keycloak life': ['create-user'], 'onelogin life': ['create-user'], 'google life': [] },
  },
  {
    name: 'T3 a PATCH needs a path',
    fault: refuseWhen(
      (asked) => operations(asked).some(({ path }) => path === undefined),
      refusal(400, 'invalidPath'),
    ),
    fails: {
      'okta life': ['sync-password'],
      'entra-flag life': ['update-user'],
      'authentik life': ['patch-group'],
      'entra life': [],
    },
  },
  {
    name: 'T4 an id in the value is refused',
    fault: refuseWhen((asked) =>
      operations(asked).some(({ path, value }) => path === undefined && Object.hasOwn(Object(value), 'id')),
    ),
    fails: { 'okta life': ['rename-group'], 'authentik life': ['patch-group'] },
  },
  {
    name: 'T5 removing listed members removes all of them',
    fault: removesAll,
    fails: {
      'entra life': ['member-removed'],
      'entra large-group': ['only-those-removed'],
      'entra validator': [],
      'entra-flag life': [],
      'jumpcloud life': ['member-removed'],
      'onelogin life': ['member-removed'],
      'authentik life': ['members-compared'],
      'okta life': [],
    },
  },
  {
    name: 'T5 removing listed members is refused',
    fault: refuseWhen((asked) =>
      operations(asked).some(({ op, value }) => /^remove$/i.test(String(op)) && value !== undefined),
    ),
    fails: { 'entra life': ['remove-member'], 'jumpcloud life': ['remove-member'], 'okta life': [] },
  },
  {
    name: 'T6 removing an absent member is noTarget',
    fault: async (asked, forward) => {
      const wanted = JSON.stringify(operations(asked).filter(({ op }) => /^remove$/i.test(String(op))));
      if (!isOne(asked, 'Groups') || asked.method !== 'PATCH' || wanted === '[]') return forward(asked);
      const { body: group } = await forward({ ...asked, method: 'GET', body: undefined });
      const isThere = group.members.some(({ value }: { value: string }) => wanted.includes(value));
      return isThere ? forward(asked) : refusal(400, 'noTarget');
    },
    fails: {
      'okta life': ['exchange-member-again'],
      'entra life': ['remove-absent-member'],
      'entra-flag life': ['remove-absent-member'],
    },
  },
  {
    name: 'T7 adding a present member is refused',
    fault: async (asked, forward) => {
      const wanted = JSON.stringify(operations(asked).filter(({ op }) => /^add$/i.test(String(op))));
      if (!isOne(asked, 'Groups') || asked.method !== 'PATCH' || wanted === '[]') return forward(asked);
      const { body: group } = await forward({ ...asked, method: 'GET', body: undefined });
      const isThere = group.members.some(({ value }: { value: string }) => wanted.includes(value));
      return isThere ? refusal(409, 'uniqueness') : forward(asked);
    },
    fails: {
      'jumpcloud life': ['add-both'],
      'okta life': ['exchange-member-again'],
      'entra life': ['add-member-again'],
      'cyberark life': ['add-again'],
    },
  },
  {
    name: 'T8 an empty list of members is refused',
    fault: refuseWhen((asked) =>
      operations(asked).some(
        ({ path, value }) => path === 'members' && Array.isArray(value) && value.length === 0,
      ),
    ),
    fails: { 'okta life': ['push-now-empty'], 'entra life': [] },
  },
  {
    name: 'T9 a PATCH of the name empties the group',
    fault: async (asked, forward) => {
      const reply = await forward(asked);
      const isRename = operations(asked).some(
        ({ path, value }) => path === 'displayName' || Object.hasOwn(Object(value), 'displayName'),
      );
      if (isOne(asked, 'Groups') && isRename) {
        await forward({
          ...asked,
          body: { ...asked.body, Operations: [{ op: 'replace', path: 'members', value: [] }] },
        });
      }
      return reply;
    },
    fails: {
      'okta life': ['members-stay'],
      'authentik life': ['members-compared'],
      'entra life': ['after-second-cycle-2'],
    },
  },
  {
    name: 'T10 no element is created for a path in brackets',
    fault: refuseMissingElement,
    fails: {
      'entra life': ['add-phone'],
      'entra-flag life': ['add-phone'],
      'entra validator': ['user-patch-replace'],
      'okta life': [],
    },
  },
  {
    name: 'T11 a manager as a list is refused',
    fault: refuseWhen((asked) =>
      operations(asked).some(({ path, value }) => path === 'manager' && Array.isArray(value)),
    ),
    fails: { 'entra manager': ['set-as-list'], 'entra validator': [] },
  },
  {
    name: 'T11 an empty manager is kept',
    fault: async (asked, forward) => {
      const clears = operations(asked).some(
        ({ path, value }) => String(path).endsWith(':manager') && value === '',
      );
      return clears ? forward({ ...asked, method: 'GET', body: undefined }) : forward(asked);
    },
    fails: { 'entra manager': ['clear-as-empty-text-read'] },
  },
  {
    name: 'T12 null is refused',
    fault: refuseWhen(({ body }) => /:null/.test(JSON.stringify(body ?? ''))),
    fails: { 'entra life': ['create-older-form'], 'onelogin life': ['create-user'], 'okta life': [] },
  },
  {
    name: 'T13 unknown URNs are refused',
    fault: refuseWhen(({ body }) => /"urn:scim:|ADSCIM/.test(JSON.stringify(body?.schemas ?? ''))),
    fails: {
      'google life': ['create-user'],
      'onelogin life': ['update-user'],
      'entra life': ['create-group'],
      'okta life': [],
    },
  },
  {
    name: 'T15 a query of nothing is refused',
    fault: refuseWhen(({ query }) => query === '?'),
    fails: { 'onelogin life': ['update-user'], 'jumpcloud life': [] },
  },
  {
    name: 'T16 operators are lower-case only',
    fault: refuseWhen((asked) => / Eq /.test(readFilter(asked)), refusal(400, 'invalidFilter')),
    fails: { 'pingone life': ['match-user'], 'okta life': [] },
  },
  {
    name: 'T17 filters mind the case',
    fault: async (asked, forward) => {
      const reply = await forward(asked);
      const [, text] = /(?:userName|displayName) eq "([^"]+)"/.exec(readFilter(asked)) ?? [];
      const isOther =
        text !== undefined &&
        reply.body.totalResults > 0 &&
        !JSON.stringify(reply.body).includes(`"${text}"`);
      return isOther
        ? { ...reply, body: { ...reply.body, totalResults: 0, itemsPerPage: 0, Resources: [] } }
        : reply;
    },
    fails: {
      'entra life': ['match-case'],
      'entra validator': ['user-filter-case', 'group-filter-case'],
      'okta life': [],
    },
  },
  {
    name: 'T18 nobody is 404',
    fault: async (asked, forward) => {
      const reply = await forward(asked);
      return readFilter(asked) !== '' && reply.body.totalResults === 0 ? refusal(404) : reply;
    },
    fails: {
      'entra life': ['test-connection'],
      'google life': ['match-user'],
      'okta life': [],
      'onelogin life': [],
    },
  },
  {
    name: 'T19 an id in another form is a failure',
    fault: refuseWhen(
      (asked) => asked.method === 'GET' && isOne(asked, 'Users') && !asked.path.includes('-'),
      refusal(400),
    ),
    fails: { 'okta life': ['unknown-id'] },
  },
  {
    name: 'T20 inactive users are hidden',
    fault: async (asked, forward) => {
      const reply = await forward(asked);
      return asked.method === 'GET' && isOne(asked, 'Users') && reply.body.active === false
        ? refusal(404)
        : reply;
    },
    fails: {
      'okta life': ['is-inactive'],
      'okta-wizard life': ['read-to-activate'],
      'entra life': ['is-disabled'],
      'google life': ['is-suspended'],
      'keycloak life': ['is-disabled'],
      'sailpoint life': ['is-disabled'],
      'cyberark life': ['is-disabled'],
    },
  },
  {
    name: 'T21 a PUT without active activates',
    fault: (asked, forward) =>
      forward(
        asked.method === 'PUT' && isOne(asked, 'Users') && asked.body.active === undefined
          ? { ...asked, body: { ...asked.body, active: true } }
          : asked,
      ),
    fails: { 'onelogin life': ['still-suspended'], 'google life': [] },
  },
  {
    name: 'T22 an externalId can be used once',
    fault: async (asked, forward) => {
      if (asked.method !== 'POST' || asked.path !== '/Users') return forward(asked);
      const filter = encodeURIComponent(`externalId eq "${asked.body.externalId}"`);
      const { body } = await forward({
        method: 'GET',
        path: '/Users',
        query: `?filter=${filter}`,
        body: undefined,
      });
      return body.totalResults > 0 ? refusal(409, 'uniqueness') : forward(asked);
    },
    fails: { 'okta rename': ['create-renamed'] },
  },
  {
    name: 'T23 members are shown although excluded',
    fault: (asked, forward) =>
      forward({ ...asked, query: asked.query.replace('excludedAttributes=members', '') }),
    fails: { 'entra life': ['read-group'], 'entra validator': ['group-get'] },
  },
  {
    name: 'T24 numbers of lists are text',
    fault: rewrite((body) =>
      body.totalResults === undefined ? body : { ...body, totalResults: String(body.totalResults) },
    ),
    fails: { 'okta life': ['test-credentials'], 'google life': ['probe'], 'entra life': ['test-connection'] },
  },
  {
    name: 'T24 a page loses its last user',
    fault: rewrite((body, { query }) =>
      /startIndex=101/.test(query)
        ? { ...body, Resources: body.Resources.slice(0, -1).concat(body.Resources[0]) }
        : body,
    ),
    fails: { 'okta import': ['import-complete'] },
  },
  {
    name: 'T24 startIndex is ignored',
    fault: (asked, forward) =>
      forward({ ...asked, query: asked.query.replace(/startIndex=\d+/, 'startIndex=1') }),
    fails: { 'okta import': ['import-page-2'] },
  },
  {
    name: 'T26 the password is given back',
    fault: rewrite((body, asked) =>
      isOne(asked, 'Users') || asked.path === '/Users' ? { ...body, password: 'x' } : body,
    ),
    fails: { 'okta life': ['create-user'], 'okta-wizard life': ['create-user'] },
  },
  {
    name: 'T28 members are lost to changes at once',
    fault: loseMembers,
    fails: {
      'entra large-group': ['no-member-lost'],
      'entra-flag large-group': ['no-member-lost'],
      'entra life': [],
    },
  },
  {
    name: 'T31 the short name of the manager is unknown',
    fault: refuseWhen((asked) => / manager eq /.test(readFilter(asked)), refusal(400, 'invalidFilter')),
    fails: { 'entra manager': ['no-manager'] },
  },
  {
    name: 'T32 an attribute of an unknown extension is refused',
    fault: refuseWhen(
      (asked) => operations(asked).some(({ path }) => String(path).includes('CustomExt')),
      refusal(400, 'invalidPath'),
    ),
    fails: { 'entra life': ['unknown-extension'] },
  },
  {
    name: 'T33 a group can be there twice',
    fault: async (asked, forward) => {
      const reply = await forward(asked);
      return reply.status === 409 && asked.path === '/Groups' ? { ...reply, status: 201, body: {} } : reply;
    },
    fails: {
      'entra life': ['create-group-again'],
      'authentik life': ['create-group-again'],
      'entra validator': ['group-duplicate'],
    },
  },
  {
    name: 'a user who is there can be created again',
    fault: async (asked, forward) => {
      const reply = await forward(asked);
      return reply.status === 409 && asked.path === '/Users' ? { ...reply, status: 200 } : reply;
    },
    fails: {
      'okta life': ['create-user-again'],
      'okta rename': ['create-old-again'],
      'entra validator': ['user-duplicate'],
    },
  },
  {
    name: 'a create has no Location',
    fault: async (asked, forward) => {
      const { headers, ...reply } = await forward(asked);
      const { location: _location, ...rest } = headers;
      return { ...reply, headers: rest };
    },
    fails: { 'okta life': ['create-user'], 'entra life': ['create-user'], 'jumpcloud life': ['test-user'] },
  },
  {
    name: 'the content type is text/html',
    fault: async (asked, forward) => {
      const reply = await forward(asked);
      return { ...reply, headers: { ...reply.headers, 'content-type': 'text/html' } };
    },
    fails: {
      'okta life': ['test-credentials'],
      'entra life': ['test-connection'],
      'authentik life': ['service-provider-config'],
    },
  },
  {
    name: 'a PATCH of a user has no body',
    fault: async (asked, forward) => {
      const reply = await forward(asked);
      return asked.method === 'PATCH' && isOne(asked, 'Users')
        ? { status: 204, headers: {}, body: undefined }
        : reply;
    },
    fails: { 'entra life': ['update-user'], 'okta life': [], 'keycloak life': [] },
  },
  {
    name: 'an update that changes nothing is news',
    fault: rewrite((body, asked) =>
      asked.method === 'GET' && isOne(asked, 'Users')
        ? { ...body, meta: { ...body.meta, lastModified: new Date().toISOString() } }
        : body,
    ),
    fails: {
      'google life': ['after-second-cycle'],
      'okta life': ['after-second-cycle'],
      'rippling life': ['after-second-cycle'],
    },
  },
  {
    name: 'discovery has lists only',
    fault: refuseWhen(({ path }) => /^\/(ResourceTypes|Schemas)\/./.test(path), refusal(404)),
    fails: {
      'cyberark life': ['resource-type-user'],
      'sailpoint life': ['resource-type-user'],
      'okta life': [],
    },
  },
  {
    name: 'bulk takes 0 operations',
    fault: rewrite((body, { path }) =>
      path === '/ServiceProviderConfig' ? { ...body, bulk: { supported: false, maxOperations: 0 } } : body,
    ),
    fails: { 'authentik life': ['service-provider-config'] },
  },
  {
    name: 'a declared attribute is not kept',
    fault: rewrite((body) => {
      const { nickName: _nickName, ...rest } = body;
      return rest;
    }),
    fails: { 'sailpoint life': ['create-user'], 'google life': [] },
  },
  {
    name: 'the groups of a user are not shown',
    fault: rewrite((body) => {
      const { groups: _groups, ...rest } = body;
      return rest;
    }),
    fails: { 'sailpoint life': ['user-groups'], 'google life': [] },
  },
  {
    name: 'groups cannot be put',
    fault: refuseWhen((asked) => asked.method === 'PUT' && isOne(asked, 'Groups'), refusal(501)),
    fails: {
      'rippling life': ['put-members'],
      'okta-wizard life': ['add-member'],
      'keycloak life': ['add-member'],
      'okta life': [],
    },
  },
  {
    name: 'a filter on an unknown attribute is a failure',
    fault: refuseWhen((asked) => /^email Co/.test(readFilter(asked)), refusal(500)),
    fails: { 'pingone life': ['match-email'] },
  },
  {
    name: 'deleted users stay',
    fault: async (asked, forward) =>
      asked.method === 'DELETE' && isOne(asked, 'Users')
        ? { status: 204, headers: {}, body: undefined }
        : forward(asked),
    fails: { 'entra delete': ['user-gone'], 'google life': ['user-gone'] },
  },
];

describe('a server with one fault fails at exactly the step that meets it', () => {
  const plays = CASES.flatMap(({ name, fault, fails }) =>
    Object.entries(fails).map(([play, steps]) => ({ name, fault, play, steps })),
  );

  test.each(plays)('$name: $play → $steps', async ({ fault, play, steps }) => {
    const { scim, key } = await serveScim();
    const url = await serveFaulty(scim, fault);
    const [persona, scenario] = play.split(' ') as [PersonaId, string];

    const report = await simulate(persona, {
      url,
      key,
      scenario,
      members: 16,
      users: 130,
      sleep: async () => {},
    });

    expect(failedSteps(report)).toEqual(steps);
    expect(report.ok).toBe(steps.length === 0);
    for (const step of report.steps.filter(({ ok }) => !ok)) {
      expect(step.problem).toMatch(/expected/);
      expect(step.administratorSees).toMatch(/\w/);
      expect(step.request.path).toMatch(/^\//);
    }
  });

  test('S20 one customer for all keys', async () => {
    const { scim, key } = await serveScim();
    const url = await serveFaulty(scim, pass);
    const report = await simulate('okta', { url, key, key2: key, scenario: 'tenants' });
    expect(failedSteps(report)).toEqual(['not-there']);
  });
});

describe('a server in trouble', () => {
  const failing = (count: number, reply: Reply): { readonly fault: Fault; readonly failed: () => number } => {
    let failed = 0;
    return {
      failed: () => failed,
      fault: async (asked: Asked, forward: Forward) => {
        if (failed >= count || asked.method === 'DELETE') return forward(asked);
        failed += 1;
        return reply;
      },
    };
  };
  const limited = (headers: Record<string, string>): Reply => ({
    ...refusal(429),
    headers: { 'content-type': 'application/scim+json', ...headers },
  });

  test('that fails three times is asked again', async () => {
    const { scim, key } = await serveScim();
    const { fault } = failing(3, refusal(500));
    const waits: number[] = [];
    const report = await simulate('okta', {
      url: await serveFaulty(scim, fault),
      key,
      sleep: async (milliseconds) => void waits.push(milliseconds),
    });
    expect(report).toMatchObject({ ok: true, counts: { retries: 3 } });
    expect(waits).toEqual([250, 500, 1000]);
  });

  test('that fails four times fails the step', async () => {
    const { scim, key } = await serveScim();
    const { fault } = failing(Number.POSITIVE_INFINITY, refusal(500));
    const report = await simulate('okta', {
      url: await serveFaulty(scim, fault),
      key,
      sleep: async () => {},
    });
    expect(failedSteps(report)).toEqual(['test-credentials']);
    expect(report.steps[0]).toMatchObject({ retries: 3, response: { status: 500, body: { status: '500' } } });
  });

  test.each(['okta', 'entra'] as const)('T25 %s needs whole seconds in Retry-After', async (persona) => {
    const { scim, key } = await serveScim();
    for (const headers of [
      {},
      { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' },
      { 'retry-after': '1.5' },
    ]) {
      const { fault } = failing(1, limited(headers as Record<string, string>));
      const report = await simulate(persona, {
        url: await serveFaulty(scim, fault),
        key,
        sleep: async () => {},
      });
      expect(failedSteps(report)).toEqual([persona === 'okta' ? 'test-credentials' : 'test-connection']);
      expect(report.steps[0]?.problem).toMatch(/^Retry-After: expected whole seconds with 429/);
    }
  });

  test('T25 is waited for as long as it says, and no longer than a run can take', async () => {
    const { scim, key } = await serveScim();
    for (const [seconds, wait] of [
      ['7', 7_000],
      ['86400', 30_000],
    ] as const) {
      const { fault } = failing(1, limited({ 'retry-after': seconds }));
      const waits: number[] = [];
      const url = await serveFaulty(scim, fault);
      const report = await simulate('okta', {
        url,
        key,
        sleep: async (milliseconds) => void waits.push(milliseconds),
      });
      expect(report.ok).toBe(true);
      expect(waits).toEqual([wait]);
    }
  });

  test('without Retry-After is asked again by those that do not need it', async () => {
    const { scim, key } = await serveScim();
    const { fault } = failing(2, limited({}));
    const report = await simulate('google', {
      url: await serveFaulty(scim, fault),
      key,
      sleep: async () => {},
    });
    expect(report).toMatchObject({ ok: true, counts: { retries: 2 } });
  });

  test('that makes a resource and answers 500 keeps nothing of it', async () => {
    const { scim, key, database } = await serveScim();
    const url = await serveFaulty(scim, async (asked, forward) => {
      const reply = await forward(asked);
      return asked.method === 'POST' && asked.path === '/Groups' ? refusal(500) : reply;
    });
    const report = await simulate('okta', { url, key, sleep: async () => {} });
    expect(failedSteps(report)).toEqual(['create-group']);
    expect(report.leftBehind).toEqual([]);
    expect(readState(database).resources).toBe('[]');
  });

  test('that ignores filters never loses what is not the run’s own', async () => {
    const server = await serveScim();
    const { scim, key, database } = server;
    await scim.fetch(
      new Request('http://localhost/scim/v2/Groups', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify({ displayName: 'Everybody' }),
      }),
      { mountPath: '/scim/v2' },
    );
    const before = readState(database).resources;
    const url = await serveFaulty(scim, async (asked, forward) => {
      const reply = await forward({ ...asked, query: asked.query.replace(/filter=[^&]*/, '') });
      return asked.method === 'POST' && asked.path === '/Groups' ? refusal(500) : reply;
    });
    const report = await simulate('jumpcloud', { url, key, sleep: async () => {} });
    expect(report.ok).toBe(false);
    expect(readState(database).resources).toBe(before);
  });

  test('that refuses to delete has its leftovers told', async () => {
    const { scim, key } = await serveScim();
    const url = await serveFaulty(
      scim,
      refuseWhen(({ method }) => method === 'DELETE', refusal(403)),
    );
    const report = await simulate('okta', { url, key });
    expect(failedSteps(report)).toEqual(['delete-group']);
    expect(report.counts).toMatchObject({ deleted: 0, leftBehind: 4 });
    expect(report.leftBehind[0]).toEqual({
      path: expect.stringMatching(/^\/Groups\//),
      problem: 'DELETE was answered 403',
    });
  });
});
