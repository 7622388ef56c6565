import { describe, expect, test } from 'vitest';
import type { ScimFinding, ScimFindingId } from '../src/index.ts';
import { listPersonas, simulate } from '../src/simulator/simulate.ts';
import { connect, group, openScim, patch, send, user } from './support/scim.ts';
import { serveScim } from './support/simulated.ts';

const DAY = 86_400;
const START = Date.parse('2026-05-04T09:00:00Z');

/** A connection whose clock can be turned on. */
async function openProgress(options: Parameters<typeof openScim>[0] & { provider?: string } = {}) {
  const { provider = 'okta', ...rest } = options;
  let now = START;
  const { scim } = openScim({ clock: () => now, ...rest });
  const { key, connectionId } = await connect(scim, 'acme', { provider });
  const selector = { scimConnectionId: connectionId };
  const read = async () => (await scim.management.getSetupProgress(selector)).getOrThrow();
  return {
    scim,
    key,
    selector,
    read,
    /** Seconds. */
    wait(seconds: number) {
      now += seconds * 1000;
    },
    ask: (path: string, call: Parameters<typeof send>[2] = {}) => send(scim, path, { key, ...call }),
    async find(id: ScimFindingId): Promise<ScimFinding | undefined> {
      return (await read()).findings.find((finding) => finding.id === id);
    },
    async ids(): Promise<readonly ScimFindingId[]> {
      return (await read()).findings.map(({ id }) => id);
    },
  };
}

type Opened = Awaited<ReturnType<typeof openProgress>>;

const withEmail = (name: string) => ({
  ...user(name),
  emails: [{ value: `${name}@corp.example`, primary: true }],
});
const inactive = patch({ op: 'replace', path: 'active', value: false });

describe('A7: the steps of a setup are done by what really came', () => {
  test('one after the other, each with the time of its first request', async () => {
    const { ask, read, wait } = await openProgress();
    const done = async () =>
      Object.fromEntries(
        (await read()).steps
          .filter(({ isDone }) => isDone)
          .map(({ step, firstAt }) => [step, (firstAt ?? 0) - START / 1000]),
      );
    expect(await done()).toEqual({});

    wait(10);
    await ask(`/Users?filter=${encodeURIComponent('userName eq "ann"')}`);
    expect(await done()).toEqual({ connected: 10, userSearched: 10 });
    wait(10);
    const { id } = (await ask('/Users', { body: withEmail('ann') })).body;
    wait(10);
    await ask(`/Users/${id}`, {
      method: 'PATCH',
      body: patch({ op: 'replace', path: 'displayName', value: 'Ann' }),
    });
    expect(await done()).toEqual({ connected: 10, userSearched: 10, userCreated: 20, userUpdated: 30 });
    wait(10);
    const crew = (await ask('/Groups', { body: group('Crew') })).body.id;
    wait(10);
    await ask(`/Groups/${crew}`, {
      method: 'PATCH',
      body: patch({ op: 'add', path: 'members', value: [{ value: id }] }),
    });
    wait(10);
    await ask(`/Users/${id}`, { method: 'PATCH', body: inactive });
    expect(await done()).toEqual({
      connected: 10,
      userSearched: 10,
      userCreated: 20,
      userUpdated: 30,
      groupCreated: 40,
      membersAdded: 50,
      userDeactivated: 60,
    });
  });

  test('a request that was refused does no step', async () => {
    const { ask, read } = await openProgress();
    await ask('/Users', { body: { schemas: [] } });
    await ask('/Nothing');
    const { steps, lastRequestAt } = await read();
    expect(steps.filter(({ isDone }) => isDone).map(({ step }) => step)).toEqual(['connected']);
    expect(lastRequestAt).toBe(START / 1000);
  });

  test('they stay done when the activity of then is gone, and in another process', async () => {
    const { scim, ask, read, wait, selector } = await openProgress({ activity: { retentionDays: 1 } });
    await ask('/Users', { body: withEmail('ann') });
    await read();
    wait(3 * DAY);
    await ask('/Users');
    await scim.management.getScimActivity(selector);
    const created = (await read()).steps.find(({ step }) => step === 'userCreated');
    expect(created).toEqual({ step: 'userCreated', isDone: true, firstAt: START / 1000 });
  });

  test('what was there before anything was kept counts as done, at a time nobody knows', async () => {
    const { scim, database } = openScim({ activity: false });
    const { key, connectionId } = await connect(scim);
    const { id } = (await send(scim, '/Users', { key, body: user('ann') })).body;
    await send(scim, '/Groups', { key, body: { ...group('Crew'), members: [{ value: id }] } });
    const { scim: later } = openScim({ on: database });
    const { steps } = (
      await later.management.getSetupProgress({ scimConnectionId: connectionId })
    ).getOrThrow();
    expect(steps.filter(({ isDone }) => isDone)).toEqual(
      ['connected', 'userCreated', 'groupCreated', 'membersAdded'].map((step) => ({
        step,
        isDone: true,
        firstAt: null,
      })),
    );
  });
});

/** How each finding comes about, and how it is mended. */
interface Case {
  readonly id: ScimFindingId;
  readonly severity: ScimFinding['severity'];
  readonly facts?: object;
  readonly requests?: number;
  /** Seconds it has to last. @default 1 */
  readonly lasts?: number;
  readonly options?: Parameters<typeof openProgress>[0];
  provoke(opened: Opened): Promise<unknown>;
  mend(opened: Opened): Promise<unknown>;
}

const newKey = async ({ scim, selector }: Opened, how: 'reset' | 'rotate') => {
  const { management } = scim;
  const made = how === 'reset' ? management.resetScimApiKey(selector) : management.rotateScimApiKey(selector);
  return (await made).getOrThrow().scimApiKey;
};

const CASES: readonly Case[] = [
  {
    id: 'keyExpired',
    severity: 'problem',
    requests: 2,
    async provoke({ ask, wait }) {
      wait(400 * DAY);
      await ask('/Users');
      await ask('/Users');
    },
    mend: async (opened) => opened.ask('/Users', { key: await newKey(opened, 'reset') }),
  },
  {
    id: 'keyExpiring',
    severity: 'warning',
    facts: { expiresAt: START / 1000 + 365 * DAY },
    provoke: async ({ wait }) => wait(340 * DAY),
    mend: (opened) => newKey(opened, 'reset'),
  },
  {
    id: 'keyRevoked',
    severity: 'problem',
    requests: 1,
    async provoke(opened) {
      await newKey(opened, 'reset');
      await opened.ask('/Users');
    },
    mend: async (opened) => opened.ask('/Users', { key: await newKey(opened, 'reset') }),
  },
  {
    id: 'keyRetired',
    severity: 'problem',
    requests: 1,
    async provoke(opened) {
      await opened.ask('/Users');
      const key = await newKey(opened, 'rotate');
      opened.wait(8 * DAY);
      await opened.ask('/Users');
      Object.assign(opened, { second: key });
    },
    mend: (opened) => opened.ask('/Users', { key: (opened as Opened & { second: string }).second }),
  },
  {
    id: 'rotationUnfinished',
    severity: 'warning',
    async provoke(opened) {
      await opened.ask('/Users');
      Object.assign(opened, { second: await newKey(opened, 'rotate') });
      opened.wait(5 * DAY);
    },
    mend: (opened) => opened.ask('/Users', { key: (opened as Opened & { second: string }).second }),
  },
  {
    id: 'bearerDoubled',
    severity: 'problem',
    requests: 1,
    provoke: ({ ask, key }) => ask('/Users', { key: `Bearer ${key}` }),
    mend: ({ ask }) => ask('/Users'),
  },
  {
    id: 'keyDecorated',
    severity: 'problem',
    requests: 1,
    provoke: ({ ask, key }) => ask('/Users', { key: `"${key}"` }),
    mend: ({ ask }) => ask('/Users'),
  },
  {
    id: 'keyForeign',
    severity: 'problem',
    requests: 1,
    async provoke({ scim, ask }) {
      const other = await connect(scim, 'other');
      await ask(`/${other.connectionId}/Users`);
    },
    mend: ({ ask }) => ask('/Users'),
  },
  {
    id: 'paused',
    severity: 'problem',
    requests: 1,
    async provoke({ scim, selector, ask }) {
      await scim.management.pauseScimConnection(selector);
      await ask('/Users');
    },
    mend: ({ scim, selector }) => scim.management.resumeScimConnection(selector),
  },
  {
    id: 'pathWrong',
    severity: 'problem',
    requests: 2,
    lasts: 600,
    facts: { target: '/scim/v2/Users' },
    async provoke({ ask }) {
      await ask('/scim/v2/Users', { body: user('ann') });
      await ask('/scim/v2/Users');
    },
    mend: ({ ask }) => ask('/Users'),
  },
  {
    id: 'conflict',
    severity: 'problem',
    requests: 2,
    lasts: 600,
    facts: { scimType: 'uniqueness', name: 'BOB' },
    async provoke({ ask }) {
      await ask('/Users', { body: withEmail('bob') });
      await ask('/Users', { body: withEmail('BOB') });
      await ask('/Users', { body: withEmail('BOB') });
    },
    async mend({ ask }) {
      const [{ id }] = (await ask('/Users')).body.Resources;
      await ask(`/Users/${id}`, { method: 'DELETE' });
      await ask('/Users', { body: withEmail('BOB') });
    },
  },
  {
    id: 'valueRefused',
    severity: 'problem',
    requests: 1,
    lasts: 600,
    facts: { status: 400, detail: expect.stringContaining('userName') },
    async provoke({ ask }) {
      const { id } = (await ask('/Users', { body: withEmail('ann') })).body;
      await ask(`/Users/${id}`, {
        method: 'PUT',
        body: { schemas: user('x').schemas, displayName: 'Ann', userName: 7 },
      });
    },
    async mend({ ask }) {
      const [{ id }] = (await ask('/Users')).body.Resources;
      await ask(`/Users/${id}`, { method: 'PUT', body: withEmail('ann') });
    },
  },
  {
    id: 'memberUnknown',
    severity: 'problem',
    requests: 1,
    lasts: 600,
    async provoke({ ask }) {
      const { id } = (await ask('/Groups', { body: group('Crew') })).body;
      await ask(`/Groups/${id}`, {
        method: 'PATCH',
        body: patch({ op: 'add', path: 'members', value: [{ value: 'nobody' }] }),
      });
    },
    async mend({ ask }) {
      const [{ id }] = (await ask('/Groups')).body.Resources;
      const ann = (await ask('/Users', { body: withEmail('ann') })).body.id;
      await ask(`/Groups/${id}`, {
        method: 'PATCH',
        body: patch({ op: 'add', path: 'members', value: [{ value: ann }] }),
      });
    },
  },
  {
    id: 'attributeIgnored',
    severity: 'hint',
    requests: 1,
    lasts: 600,
    async provoke({ ask }) {
      const { id } = (await ask('/Users', { body: withEmail('ann') })).body;
      await ask(`/Users/${id}`, {
        method: 'PATCH',
        body: patch({ op: 'replace', path: 'urn:corp:2.0:User:badge', value: '1' }),
      });
    },
    async mend({ ask }) {
      const [{ id }] = (await ask('/Users')).body.Resources;
      await ask(`/Users/${id}`, {
        method: 'PATCH',
        body: patch({ op: 'replace', path: 'displayName', value: 'Ann' }),
      });
    },
  },
  {
    id: 'emailMissing',
    severity: 'problem',
    async provoke({ ask }) {
      for (const name of ['ann', 'bob', 'cem']) await ask('/Users', { body: user(name) });
    },
    async mend({ ask }) {
      const [{ id }] = (await ask('/Users')).body.Resources;
      const value = [{ value: 'ann@corp.example', type: 'work' }];
      await ask(`/Users/${id}`, { method: 'PATCH', body: patch({ op: 'add', path: 'emails', value }) });
    },
  },
  {
    id: 'groupsMissing',
    severity: 'hint',
    async provoke({ ask, wait }) {
      await ask('/Users', { body: withEmail('ann') });
      wait(2 * 3600);
    },
    mend: ({ ask }) => ask('/Groups', { body: group('Crew') }),
  },
  {
    id: 'groupsEmpty',
    severity: 'hint',
    async provoke({ ask, wait }) {
      await ask('/Groups', { body: group('Crew') });
      wait(2 * 3600);
    },
    async mend({ ask }) {
      const [{ id }] = (await ask('/Groups')).body.Resources;
      const ann = (await ask('/Users', { body: withEmail('ann') })).body.id;
      await ask(`/Groups/${id}`, {
        method: 'PATCH',
        body: patch({ op: 'add', path: 'members', value: [{ value: ann }] }),
      });
    },
  },
  {
    id: 'appFailed',
    severity: 'problem',
    requests: 1,
    lasts: 600,
    options: {
      hooks: {
        userCreated({ resource }) {
          if (resource.userName === 'ann') throw new Error('the app is not well');
        },
      },
    },
    provoke: ({ ask }) => ask('/Users', { body: withEmail('ann') }),
    async mend({ ask, wait }) {
      wait(8 * DAY);
      await ask('/Users');
    },
  },
  {
    id: 'tooManyRequests',
    severity: 'warning',
    requests: 1,
    lasts: 600,
    options: { limited: true, limits: { rateLimit: { requestsPerSecond: 1, burst: 1 } } },
    async provoke({ ask }) {
      await ask('/Users', { body: withEmail('ann') });
      await ask('/Users', { body: withEmail('bob') });
    },
    async mend({ ask, wait }) {
      wait(60);
      await ask('/Users', { body: withEmail('bob') });
    },
  },
  {
    id: 'silent',
    severity: 'warning',
    options: { provider: 'entra' },
    async provoke({ ask, wait }) {
      await ask('/Users', { body: withEmail('ann') });
      wait(5 * 3600);
    },
    mend: ({ ask }) => ask('/Users'),
  },
];

describe('A7: findings', () => {
  test.each(listPersonas())(
    'a clean run of $id has none, at no time',
    async ({ id, scenarios }) => {
      const server = await serveScim();
      const seen = new Set<string>();
      for (const { name } of scenarios) {
        if (['throttle', 'tenants', 'bulk'].includes(name)) continue;
        const look = async () => {
          const { findings } = (
            await server.scim.management.getSetupProgress({ customerId: 'first' })
          ).getOrThrow();
          for (const { id: finding, facts } of findings)
            seen.add(`${name}: ${finding} ${JSON.stringify(facts)}`);
        };
        const looks: Promise<void>[] = [];
        await simulate(id, {
          url: server.url,
          key: server.key,
          scenario: name,
          members: 60,
          users: 60,
          onProgress: () => void looks.push(look()),
        });
        await Promise.all(looks);
        await look();
      }
      expect([...seen]).toEqual([]);
    },
    120_000,
  );

  test.each(CASES)('$id is found with the requests behind it, and gone once it is mended', async (found) => {
    const opened = await openProgress(found.options);
    expect(await opened.ids()).not.toContain(found.id);

    await found.provoke(opened);
    opened.wait(found.lasts ?? 1);
    const finding = await opened.find(found.id);
    expect(finding).toMatchObject({ id: found.id, severity: found.severity, requests: found.requests ?? 0 });
    expect(finding?.activityIds).toHaveLength(found.requests ?? 0);
    if (found.facts !== undefined) expect(finding?.facts).toMatchObject(found.facts);

    opened.wait(1);
    await found.mend(opened);
    expect(await opened.ids()).not.toContain(found.id);
  });

  test('each finding there can be has its case', () => {
    const all: Readonly<Record<ScimFindingId, true>> = Object.fromEntries(
      CASES.map(({ id }) => [id, true]),
    ) as Record<ScimFindingId, true>;
    const known = [
      'keyExpired',
      'keyExpiring',
      'keyRetired',
      'keyRevoked',
      'keyForeign',
      'rotationUnfinished',
      'bearerDoubled',
      'keyDecorated',
      'paused',
      'pathWrong',
      'conflict',
      'valueRefused',
      'memberUnknown',
      'attributeIgnored',
      'emailMissing',
      'groupsMissing',
      'groupsEmpty',
      'tooManyRequests',
      'appFailed',
      'silent',
    ] as const satisfies readonly ScimFindingId[];
    type Missing = Exclude<ScimFindingId, (typeof known)[number]>;
    const none: [Missing] extends [never] ? true : Missing = true;
    expect(none && Object.keys(all).toSorted()).toEqual([...known].toSorted());
  });

  test('nothing is found in a connection that nothing came to', async () => {
    const { ids } = await openProgress();
    expect(await ids()).toEqual([]);
  });

  test('what is asked for again a minute later is said at once, and what is put right soon never is', async () => {
    const { ask, ids, wait } = await openProgress();
    await ask('/Users', { body: withEmail('ann') });
    await ask('/Users', { body: withEmail('ann') });
    await ask('/Users', { body: withEmail('ann') });
    expect(await ids()).toEqual([]);
    wait(60);
    await ask('/Users', { body: withEmail('ann') });
    expect(await ids()).toEqual(['conflict']);
  });

  test('problems come first, the newest of them before others', async () => {
    const { ask, read, wait, key } = await openProgress();
    await ask('/Groups', { body: group('Crew') });
    await ask('/Users', { body: { ...withEmail('ann'), userName: 7 } });
    wait(2 * 3600);
    await ask('/Users', { key: `Bearer ${key}` });
    expect((await read()).findings.map(({ id, severity }) => [id, severity])).toEqual([
      ['bearerDoubled', 'problem'],
      ['valueRefused', 'problem'],
      ['groupsEmpty', 'hint'],
    ]);
  });

  test('security: a key that is no key of the customer, however it is sent, is no finding of anybody', async () => {
    const { ask, ids, key } = await openProgress();
    const forged = `${key.slice(0, -10)}${'A'.repeat(10)}`;
    for (const text of [forged, `Bearer ${forged}`, `"${forged}"`, 'nonsense'])
      expect((await ask('/Users', { key: text })).status).toBe(401);
    expect(await ids()).toEqual([]);
  });

  test('a misspelt key is no way in, whatever it is wrapped in', async () => {
    const { scim, key } = await openProgress();
    for (const authorization of [
      `Bearer Bearer ${key}`,
      `Bearer "${key}"`,
      `<${key}>`,
      `Bearer ${key},`,
      `Bearer ${key}, Bearer ${key}`,
    ])
      expect((await send(scim, '/Users', { headers: { authorization } })).status).toBe(401);
  });
});
