import { describe, expect, test } from 'vitest';
import type { CreatedChange, HookResource, LinkFacts, ScimHooks, UpdatedChange } from '../src/index.ts';
import { connect, openScim, patch, send, user } from './support/scim.ts';

const ACCOUNT = {
  userId: 'account-7',
  email: 'ada@acme.example',
  externalId: '00u7',
  isMemberOfCustomer: true,
};

/** An app that knows one account, would link anybody to it, and writes down what it is told. */
async function openApp({
  link = 'ask' as 'ask' | 'createOnly',
  account = {},
  allow = true,
  domains = ['acme.example'],
  effects = 'apply' as 'apply' | 'dryRun',
} = {}) {
  const told: { readonly hook: string; readonly change: HookResource }[] = [];
  const asked: LinkFacts[] = [];
  const note = (hook: string) => (change: HookResource) => void told.push({ hook, change });
  const hooks: ScimHooks = {
    linkCandidate: () => ({ ...ACCOUNT, ...account }),
    allowLink(facts) {
      asked.push(facts);
      return allow;
    },
    userCreated: note('created') as (change: CreatedChange) => void,
    userUpdated: note('updated') as (change: UpdatedChange) => void,
    userDeactivated: note('deactivated') as (change: UpdatedChange) => void,
    userReactivated: note('reactivated') as (change: UpdatedChange) => void,
    userLinked: note('linked'),
  };
  const opened = openScim({ hooks });
  const { key, customerId } = await connect(opened.scim);
  const { management } = opened.scim;
  (await management.patchScimConnection({ customerId, policy: { link, effects } })).getOrThrow();
  (await management.setVerifiedDomains({ customerId, domains })).getOrThrow();
  const call = (path: string, more: object = {}) => send(opened.scim, path, { key, ...more });
  const create = async (more: object = {}) =>
    (await call('/Users', { body: person(more) })).body.id as string;
  const events = async () => {
    const rows = await opened.database.rows('SELECT type, data FROM {p}events ORDER BY position');
    return rows.map(({ type, data }) => ({
      type,
      data: typeof data === 'string' ? JSON.parse(data) : data,
    }));
  };
  const signIn = (sub: string) =>
    opened.scim.checkSignIn({ customerId, strategy: 'OidcSubToScimExternalId', claims: { sub } });
  return { ...opened, management, customerId, told, asked, call, create, events, signIn };
}

const person = (more: object = {}) =>
  user('ada@acme.example', {
    externalId: '00u7',
    title: 'Engineer',
    emails: [{ value: 'ada@acme.example', primary: true }],
    ...more,
  });

describe('P40: accounts the app has already', () => {
  test('P40: are left alone unless the connection asks', async () => {
    const { create, told, asked, events } = await openApp({ link: 'createOnly' });
    await create();
    expect(asked).toEqual([]);
    expect(told[0]?.change).toMatchObject({ userId: null, resource: { userName: 'ada@acme.example' } });
    expect((await events())[0]?.data).toMatchObject({ linkDecision: 'none', userId: null });
  });

  test.each([
    ['another address of an unverified domain', { emails: [{ value: 'ada@evil.example' }] }, {}, []],
    ['the address, no domain verified', {}, {}, []],
    ['the address, of a sub-domain', { emails: [{ value: 'ada@sub.acme.example' }] }, {}, ['acme.example']],
    ['the address, no member', {}, { isMemberOfCustomer: false }, ['acme.example']],
    ['a look-alike address', { emails: [{ value: 'ad\u0430@acme.example' }] }, {}, ['acme.example']],
    ['a plus address', { emails: [{ value: 'ada+x@acme.example' }] }, {}, ['acme.example']],
    ['a look-alike domain', { emails: [{ value: 'ada@\u0430cme.example' }] }, {}, ['acme.example']],
    ['no address', { emails: [] }, {}, ['acme.example']],
  ])(
    'case-S2 case-S14 case-S31 %s never links, and the app is not even asked',
    async (_name, more, account, domains) => {
      const other = { externalId: 'stranger', ...more };
      const { create, told, asked, events } = await openApp({ account, domains });
      await create(other);
      expect(asked).toEqual([]);
      expect(told[0]?.change.userId).toBeNull();
      expect((await events())[0]?.data.linkDecision).toBe('none');
    },
  );

  test.each([
    ['externalId', {}, []],
    ['verifiedEmail', { externalId: 'stranger' }, ['acme.example']],
  ])('P40: are linked by %s where the app says so', async (by, more, domains) => {
    const { create, told, asked, events, call } = await openApp({ domains });
    const id = await create(more);
    expect(asked).toHaveLength(1);
    expect(told).toMatchObject([{ hook: 'created', change: { id, userId: 'account-7', link: 'unproven' } }]);
    expect((await events())[0]).toMatchObject({
      type: 'user.created',
      data: { linkDecision: by, userId: 'account-7', link: 'unproven' },
    });
    expect((await call(`/Users/${id}`)).body.userName).toBe('ada@acme.example');
  });

  test('P40: are not linked where the app says no', async () => {
    const { create, told, asked } = await openApp({ allow: false });
    await create();
    expect([asked.length, told[0]?.change.userId]).toEqual([1, null]);
  });

  test('case-S15 an account that was linked is told no identity, however it is changed', async () => {
    const { create, told, call, events } = await openApp();
    const id = await create();
    const evil = [{ value: 'evil@acme.example', primary: true }];
    for (const [method, body] of [
      ['PUT', person({ userName: 'evil', emails: evil, title: 'a' })],
      ['PATCH', patch({ op: 'replace', path: 'emails', value: evil })],
      ['PATCH', patch({ op: 'replace', path: 'emails[primary eq true].value', value: 'e@acme.example' })],
      ['PATCH', patch({ op: 'add', path: 'emails', value: [{ value: 'more@acme.example' }] })],
      ['PATCH', patch({ op: 'replace', value: { userName: 'evil2', title: 'b', active: false } })],
      ['PATCH', patch({ op: 'replace', value: { active: true } })],
    ] as const) {
      expect((await call(`/Users/${id}`, { method, body })).status).toBe(200);
    }
    expect(told.map(({ hook }) => hook)).toEqual([
      'created',
      'updated',
      'deactivated',
      'updated',
      'reactivated',
    ]);
    const text = JSON.stringify([told, await events()]);
    expect(text).not.toMatch(/acme\.example|evil/);
    expect(told.every(({ change }) => change.userId === 'account-7')).toBe(true);
    expect((await call(`/Users/${id}`)).body.userName).toBe('evil2');
  });

  test('P40: is told who it is once the person has signed in with the id of the directory, and not before', async () => {
    const { create, told, signIn, scim, customerId, events } = await openApp();
    await create();
    await scim.checkSignIn({
      customerId,
      strategy: 'OidcEmailToScimUsername',
      claims: { sub: '00u7', email: 'ada@acme.example' },
    });
    expect((await signIn('stranger')).ok).toBe(false);
    expect(told).toHaveLength(1);
    expect((await signIn('00u7')).ok).toBe(true);
    expect(told).toHaveLength(2);
    expect(told[1]).toMatchObject({
      hook: 'updated',
      change: {
        link: 'proven',
        changed: ['userName', 'emails'],
        resource: { userName: 'ada@acme.example', emails: [{ value: 'ada@acme.example' }] },
      },
    });
    expect((await events()).at(-1)).toMatchObject({ type: 'user.updated', data: { link: 'proven' } });
    await signIn('00u7');
    expect(told).toHaveLength(2);
  });

  test('case-S14 a proven account is told no address of a domain that is not the customer’s', async () => {
    const { create, told, signIn, call, management, customerId } = await openApp();
    const id = await create();
    await signIn('00u7');
    const change = (value: string) =>
      call(`/Users/${id}`, {
        method: 'PATCH',
        body: patch({ op: 'replace', path: 'emails', value: [{ value, primary: true }] }),
      });
    told.length = 0;
    for (const address of ['ada@evil.example', 'ada@sub.acme.example', 'ada@\u0430cme.example'])
      await change(address);
    expect(JSON.stringify(told)).not.toMatch(/evil|sub\.acme|\u0430/);
    await change('ada.l@acme.example');
    expect(told.at(-1)?.change.resource.emails).toEqual([{ value: 'ada.l@acme.example', primary: true }]);
    (await management.setVerifiedDomains({ customerId, domains: [] })).getOrThrow();
    told.length = 0;
    await change('ada@acme.example');
    expect(JSON.stringify(told)).not.toContain('acme.example');
  });

  test('P40: a changed address is unverified, and the old one is told with it', async () => {
    const { create, told, call, events } = await openApp({ link: 'createOnly' });
    const id = await create();
    const body = patch({ op: 'replace', path: 'emails', value: [{ value: 'new@x.example', primary: true }] });
    await call(`/Users/${id}`, { method: 'PATCH', body });
    const emailChange = { from: 'ada@acme.example', to: 'new@x.example', emailVerified: false };
    expect(told.at(-1)?.change).toMatchObject({ emailChange });
    expect((await events()).at(-1)?.data).toMatchObject({ emailChange });
  });
});

describe('first connection: who is whom', () => {
  const accounts = [
    { userId: 'u1', email: 'one@acme.example', externalId: 'x1' },
    { userId: 'u2', email: 'TWO@acme.example' },
    { userId: 'u3', email: 'three@other.example' },
    { userId: 'u4', email: 'shared@acme.example' },
    { userId: 'u5', email: 'shared@acme.example' },
    { userId: 'u6', email: 'twice@acme.example' },
    { userId: 'u7', email: 'nobody@acme.example' },
    { userId: 'u8', email: 'eight@acme.example' },
    { userId: 'u9', externalId: 'x8' },
  ];
  const emailOf = (value: string) => ({ emails: [{ value, primary: true }] });

  async function openFirst() {
    const opened = await openApp({ link: 'createOnly', effects: 'dryRun' });
    const make = async (userName: string, more: object) =>
      (await opened.call('/Users', { body: user(userName, more) })).body.id as string;
    const ids = {
      one: await make('one', { externalId: 'x1', ...emailOf('renamed@acme.example') }),
      two: await make('two', emailOf('two@ACME.example')),
      three: await make('three', emailOf('three@other.example')),
      shared: await make('shared', emailOf('shared@acme.example')),
      twice: await make('twice', emailOf('twice@acme.example')),
      again: await make('again', emailOf('twice@acme.example')),
      eight: await make('eight', { externalId: 'x8', ...emailOf('eight@acme.example') }),
      none: await make('none', {}),
    };
    return { ...opened, ids };
  }

  test('P40: a report says who matches whom and why, and proposes no address of a foreign domain', async () => {
    const { management, customerId, ids, database } = await openFirst();
    const before = await database.rows('SELECT id, version, user_id FROM {p}resources ORDER BY id');
    async function* stream() {
      yield* accounts;
    }
    for (const given of [accounts, stream()]) {
      const report = (await management.matchExistingUsers({ customerId, accounts: given })).getOrThrow();
      const found = Object.fromEntries(
        report.matches.map(({ scimUserId, outcome, proposedUserId }) => [
          Object.entries(ids).find(([, id]) => id === scimUserId)?.[0],
          [outcome, proposedUserId],
        ]),
      );
      expect(found).toEqual({
        one: ['externalId', 'u1'],
        two: ['verifiedEmail', 'u2'],
        three: ['unverifiedEmail', null],
        shared: ['ambiguous', null],
        twice: ['ambiguous', null],
        again: ['ambiguous', null],
        eight: ['ambiguous', null],
        none: ['nobody', null],
      });
      expect(report.counts).toEqual({
        linked: 0,
        externalId: 1,
        verifiedEmail: 1,
        unverifiedEmail: 1,
        ambiguous: 4,
        nobody: 1,
      });
      expect(report.unmatched.map(({ userId }) => userId)).toEqual(['u7']);
    }
    expect(await database.rows('SELECT id, version, user_id FROM {p}resources ORDER BY id')).toEqual(before);
  });

  test('P40: links are made as a person confirms them, and the app hears of them with the end of the dry run', async () => {
    const { management, customerId, ids, told, database, signIn } = await openFirst();
    const links = [
      { scimUserId: ids.one, userId: 'u1' },
      { scimUserId: ids.two, userId: 'u2' },
      { scimUserId: ids.three, userId: 'u2' },
      { scimUserId: 'nobody', userId: 'u4' },
      { scimUserId: ids.two, userId: 'u9' },
      { scimUserId: ids.shared, userId: ids.shared },
    ];
    const done = (await management.confirmLinks({ customerId, links, actor: 'nora' })).getOrThrow();
    expect(done.linked.map(({ userId }) => userId)).toEqual(['u1', 'u2']);
    expect(done.refused.map(({ reason }) => reason)).toEqual([
      'accountTaken',
      'userUnknown',
      'linkedAlready',
      'accountTaken',
    ]);
    expect(told).toEqual([]);
    const audit = await database.rows("SELECT actor FROM {p}audit WHERE action = 'links.confirmed'");
    expect(audit).toEqual([{ actor: 'nora' }]);
    (await management.endDryRun({ customerId, apply: true })).getOrThrow();
    const one = told.find(({ change }) => change.id === ids.one);
    expect(one).toMatchObject({ hook: 'created', change: { userId: 'u1', link: 'unproven' } });
    expect(JSON.stringify(one)).not.toMatch(/renamed@|"userName"/);
    await signIn('x1');
    expect(told.at(-1)).toMatchObject({ change: { id: ids.one, link: 'proven' } });
  });

  test('P40: a link confirmed later is told of at once, without the identity', async () => {
    const { management, customerId, create, told, events } = await openApp({ link: 'createOnly' });
    const id = await create();
    told.length = 0;
    const links = [{ scimUserId: id, userId: 'u1' }];
    (await management.confirmLinks({ customerId, links, actor: 'nora' })).getOrThrow();
    (await management.confirmLinks({ customerId, links, actor: 'nora' })).getOrThrow();
    expect(told).toMatchObject([{ hook: 'linked', change: { id, userId: 'u1', link: 'unproven' } }]);
    const last = (await events()).at(-1);
    expect(last).toMatchObject({ type: 'user.linked', data: { linkDecision: 'confirmed', actor: 'nora' } });
    expect(JSON.stringify([told, last])).not.toContain('ada@');
  });

  test('P40: domains are kept in one form, per customer, and what is none is refused', async () => {
    const { management } = await openApp();
    const set = await management.setVerifiedDomains({
      customerId: 'globex',
      domains: ['B\u00fccher.example', 'GLOBEX.example', 'globex.example'],
      actor: 'nora',
    });
    expect(set.getOrThrow().domains).toEqual(['globex.example', 'xn--bcher-kva.example']);
    expect((await management.getVerifiedDomains({ customerId: 'acme' })).getOrThrow().domains).toEqual([
      'acme.example',
    ]);
    for (const domain of [
      '',
      'localhost',
      'a@b.example',
      'x y.example',
      'acme.example/',
      '127.0.0.1',
      '*.example',
      '-',
    ]) {
      const result = await management.setVerifiedDomains({ customerId: 'globex', domains: [domain] });
      expect([domain, result.ok]).toEqual([domain, false]);
    }
    expect((await management.getVerifiedDomains({ customerId: 'globex' })).getOrThrow().domains).toHaveLength(
      2,
    );
  });
});
