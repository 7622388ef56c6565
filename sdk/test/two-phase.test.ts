import { describe, expect, onTestFinished, test } from 'vitest';
import { createScim, refuse } from '../src/index.ts';
import { asked, createDeciding, done, failed, idOf, openDeciding } from './support/deciding.ts';
import { ENTERPRISE_URN, group, openScim, patch, send, user } from './support/scim.ts';
import { startSecondProcess } from './support/second-process.ts';

const ada = user('ada@acme.example', {
  externalId: '00u1',
  emails: [{ value: 'ada@acme.example', primary: true }],
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  [ENTERPRISE_URN]: { department: 'Engines' },
});

describe('row F1: what the app is asked', () => {
  test('a new user asks for an account, with the user by the connection mapping, and is not there yet', async () => {
    const { ask, connectionId, database } = await openDeciding();

    const question = asked(await ask('POST', '/Users', ada));

    expect(question).toEqual({
      status: 'ActionRequired',
      connectionId,
      commitId: expect.stringMatching(/^[0-9A-Za-z]{16}_[0-9A-Za-z]{43}$/),
      action: 'LinkUser',
      primaryEmail: 'ada@acme.example',
      userName: 'ada@acme.example',
      parsedUserData: {
        email: 'ada@acme.example',
        firstName: 'Ada',
        lastName: 'Lovelace',
        department: 'Engines',
      },
      active: true,
      ssoUserSubject: null,
      previousUserId: null,
    });
    expect(await database.rows('SELECT id FROM {p}resources')).toEqual([]);
    expect(await database.rows('SELECT id FROM {p}events')).toEqual([]);
  });

  test('linking commits the user with its account, and answers what the identity provider expects', async () => {
    const { ask, link, connectionId, scim } = await openDeciding();
    const { commitId } = asked(await ask('POST', '/Users', ada));

    const completed = done(await link(commitId, 'account-1'));

    expect(completed).toMatchObject({
      status: 'Completed',
      connectionId,
      responseHttpCode: 201,
      responseData: { userName: 'ada@acme.example', active: true },
      affectedUserIds: ['account-1'],
    });
    const found = (await scim.getScimUser({ customerId: 'acme', userId: 'account-1' })).getOrThrow();
    expect(found).toMatchObject({ connectionId, user: { userId: 'account-1', active: true }, groups: [] });
  });

  test('disabling, enabling and deleting ask for the account; every other change is completed', async () => {
    const { ask, make, patch: change, commit } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const about = { userId: 'account-1', primaryEmail: 'ada@acme.example' };

    const renamed = done(await change(id, { op: 'replace', path: 'displayName', value: 'Ada L.' }));
    const disable = asked(await change(id, { op: 'replace', path: 'active', value: false }));
    const disabled = done(await commit(disable.commitId));
    const enable = asked(await change(id, { op: 'replace', path: 'active', value: true }));
    done(await commit(enable.commitId));
    const remove = asked(await ask('DELETE', `/Users/${id}`));
    const stillThere = done(await ask('GET', `/Users/${id}`));
    const removed = done(await commit(remove.commitId));

    expect(renamed).toMatchObject({ responseHttpCode: 200, affectedUserIds: ['account-1'] });
    expect([disable, enable, remove]).toEqual([
      expect.objectContaining({ ...about, action: 'DisableUser' }),
      expect.objectContaining({ ...about, action: 'EnableUser' }),
      expect.objectContaining({ ...about, action: 'DeleteUser' }),
    ]);
    expect(disabled.responseData).toMatchObject({ active: false, displayName: 'Ada L.' });
    expect(stillThere.responseHttpCode).toBe(200);
    expect(removed).toMatchObject({ responseHttpCode: 204, affectedUserIds: ['account-1'] });
    expect(removed).not.toHaveProperty('responseData');
    expect(failed(await ask('GET', `/Users/${id}`))).toMatchObject({ statusToReturn: 404 });
  });

  test('case S1: "False" in words deactivates, and a name given to a deactivated user asks nothing', async () => {
    const { make, patch: change, commit } = await openDeciding();
    const { id } = await make(ada, 'account-1');

    const disable = asked(await change(id, { op: 'Replace', path: 'active', value: 'False' }));
    done(await commit(disable.commitId));
    const renamed = done(await change(id, { op: 'replace', path: 'displayName', value: 'Ada L.' }));

    expect(disable.action).toBe('DisableUser');
    expect(renamed.responseData).toMatchObject({ active: false, displayName: 'Ada L.' });
  });

  test('who comes back asks to be let in, who was deleted to be linked, with the account of before', async () => {
    const { ask, make, patch: change, commit, link } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const off = asked(await change(id, { op: 'replace', path: 'active', value: false }));
    done(await commit(off.commitId));

    const revived = asked(await ask('POST', '/Users', ada));
    const back = done(await commit(revived.commitId));
    const gone = asked(await ask('DELETE', `/Users/${id}`));
    done(await commit(gone.commitId));
    const created = asked(await ask('POST', '/Users', ada));
    const linked = done(await link(created.commitId, 'account-1'));

    expect(revived).toMatchObject({ action: 'EnableUser', userId: 'account-1' });
    expect(back).toMatchObject({ responseHttpCode: 201, responseData: { id, active: true } });
    expect(created).toMatchObject({ action: 'LinkUser', previousUserId: 'account-1' });
    expect(linked.responseData).not.toMatchObject({ id });
  });

  test.each([
    ['OidcSubToScimExternalId', '00u1'],
    ['OidcSubToScimUsername', 'ada@acme.example'],
    ['OidcEmailToScimUsername', null],
  ] as const)('by the strategy %s single sign-on will call the user %s', async (signInStrategy, subject) => {
    const { scim, key } = await openDeciding();
    const request = { method: 'POST', pathAndQueryParams: '/Users', body: ada, scimApiKey: key };

    const question = asked(await scim.scimRequest({ ...request, signInStrategy }));

    expect(question).toMatchObject({ action: 'LinkUser', ssoUserSubject: subject });
  });

  test('a change that is not a change of access names the user also when it is repeated', async () => {
    const { make, patch: change } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const rename = { op: 'replace', path: 'displayName', value: 'Ada L.' };

    await change(id, rename);
    const repeated = done(await change(id, rename));

    expect(repeated.affectedUserIds).toEqual(['account-1']);
  });

  test('a group names the accounts of members who came or went, its deletion of those it had', async () => {
    const { ask, make, scim } = await openDeciding();
    const first = await make(ada, 'account-1');
    const second = await make(user('bob@acme.example'), 'account-2');

    const created = done(await ask('POST', '/Groups', group('Engines', [first.id])));
    const id = idOf(created);
    const swap = [
      { op: 'add', path: 'members', value: [{ value: second.id }] },
      { op: 'remove', path: `members[value eq "${first.id}"]` },
    ];
    const swapped = done(await ask('PATCH', `/Groups/${id}`, patch(...swap)));
    const found = (await scim.getScimUser({ customerId: 'acme', userId: 'account-2' })).getOrThrow();
    const deleted = done(await ask('DELETE', `/Groups/${id}`));

    expect(created.affectedUserIds).toEqual(['account-1']);
    expect(swapped).toMatchObject({ responseHttpCode: 204, affectedUserIds: ['account-1', 'account-2'] });
    expect(found.groups).toEqual([{ groupId: id, displayName: 'Engines' }]);
    expect(deleted.affectedUserIds).toEqual(['account-2']);
  });

  test('who has no account is let out without a question, and in with one', async () => {
    const { scim, key, patch: change, link } = await openDeciding();
    const { body } = await send(scim, '/Users', { key, body: ada });

    const out = done(await change(body.id, { op: 'replace', path: 'active', value: false }));
    const back = asked(await change(body.id, { op: 'replace', path: 'active', value: true }));
    const linked = done(await link(back.commitId, 'account-1'));

    expect(out).not.toHaveProperty('affectedUserIds');
    expect(back).toMatchObject({ action: 'LinkUser', active: true });
    expect(linked).toMatchObject({ responseHttpCode: 200, affectedUserIds: ['account-1'] });
  });
});

describe('row F1: requests answered as by the server itself', () => {
  test('reads, lists and discovery are the same; bulk is neither offered nor served', async () => {
    const { ask, make, scim, key } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const paths = [`/Users/${id}`, '/Users?count=1', '/Schemas', '/ResourceTypes'];

    for (const path of paths) {
      const own = await send(scim, path, { key });
      expect(done(await ask('GET', path)).responseData).toEqual(own.body);
    }
    const config = done(await ask('GET', '/ServiceProviderConfig')).responseData;
    const bulk = failed(await ask('POST', '/Bulk', { Operations: [] }));

    expect(config).toMatchObject({ bulk: { supported: false }, patch: { supported: true } });
    expect(bulk).toMatchObject({ statusToReturn: 501, underlyingError: { type: 'InvalidPath' } });
  });

  test('the key is taken bare and as a header, and the path with the endpoint before it', async () => {
    const { scim, key } = await openDeciding();
    const get = (scimApiKey: string | undefined, pathAndQueryParams: string) =>
      scim.scimRequest({ method: 'GET', pathAndQueryParams, scimApiKey });

    const answers = await Promise.all([
      get(key, '/Users'),
      get(`Bearer ${key}`, '/scim/v2/Users'),
      get(`bearer ${key}`, '/Users?count=0'),
    ]);
    const refused = await Promise.all([
      get(undefined, '/Users'),
      get('', '/Users'),
      get('Basic x', '/Users'),
    ]);

    expect(answers.map((answer) => done(answer).responseHttpCode)).toEqual([200, 200, 200]);
    for (const answer of refused) {
      expect(failed(answer)).toMatchObject({
        statusToReturn: 401,
        underlyingError: { type: 'InvalidApiKey' },
        response: { headers: { 'WWW-Authenticate': expect.stringContaining('Bearer') } },
      });
    }
  });

  test('without an endpointUrl too, the path may have /scim/v2 before it', async () => {
    const { database, key } = await openDeciding();
    const { option, prefix: tablePrefix, postgres = {} } = database;
    const pepper = 'a pepper for tests';
    const scim = createScim({ database: option, tablePrefix, postgres, pepper });
    onTestFinished(() => scim.close());

    const get = (pathAndQueryParams: string) =>
      scim.scimRequest({ method: 'GET', pathAndQueryParams, scimApiKey: key });
    const [below, whole, other] = await Promise.all([
      get('/Users'),
      get('/scim/v2/Users?count=0'),
      get('/elsewhere/Users'),
    ]);

    expect([below, whole].map((answer) => done(answer).responseHttpCode)).toEqual([200, 200]);
    expect(failed(other)).toMatchObject({ statusToReturn: 404 });
  });

  test('a body is taken as text, as bytes and as what was parsed of it', async () => {
    const { ask } = await openDeciding();
    const text = JSON.stringify(ada);

    const bodies = [text, new TextEncoder().encode(text), JSON.parse(text)];
    const questions = await Promise.all(bodies.map((body) => ask('POST', '/Users', body)));

    expect(questions.map((question) => asked(question).primaryEmail)).toEqual(
      Array.from({ length: 3 }, () => 'ada@acme.example'),
    );
  });

  test('If-Match holds at both times', async () => {
    const { make, scim, key, patch: change, commit, connectionId } = await openDeciding();
    const { id, version } = await make(ada, 'account-1');
    const off = (etag: string) =>
      scim.scimRequest({
        method: 'PATCH',
        pathAndQueryParams: `/Users/${id}`,
        body: patch({ op: 'replace', path: 'active', value: false }),
        scimApiKey: key,
        headers: { 'If-Match': etag },
      });

    const stale = failed(await off('W/"99"'));
    const { commitId } = asked(await off(version));
    await change(id, { op: 'replace', path: 'title', value: 'Countess' });
    const late = failed(await commit(commitId));

    expect(connectionId).not.toBe('');
    expect(stale).toMatchObject({ statusToReturn: 412, underlyingError: { type: 'UnexpectedError' } });
    expect(late).toMatchObject({ statusToReturn: 412, type: 'UnexpectedError' });
  });

  test.each([
    ['GET', '/Users/nobody', undefined, 404, { type: 'UserNotFound' }],
    ['GET', '/Groups/nobody', undefined, 404, { type: 'GroupNotFound' }],
    ['GET', '/Nowhere', undefined, 404, { type: 'InvalidPath' }],
    ['PUT', '/Users', {}, 405, { type: 'InvalidPath' }],
    ['POST', '/Users', '{', 400, { type: 'InvalidBody' }],
    ['POST', '/Users', [], 400, { type: 'InvalidBody' }],
    ['POST', '/Users', { schemas: 'urn:x', userName: 'x' }, 400, { type: 'InvalidSchema' }],
    ['POST', '/Users', user(''), 400, { type: 'MissingRequiredField', field: 'userName' }],
    ['POST', '/Users', user('taken'), 409, { type: 'ScimUserIdAlreadyTaken', field: 'userName' }],
    ['POST', '/Groups', group('x', ['nobody']), 400, { type: 'InvalidBody' }],
    [
      'PATCH',
      '/Users/ID',
      patch({ op: 'grow', path: 'title', value: 'x' }),
      400,
      { type: 'InvalidPatchOperation' },
    ],
    [
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', path: 'a b', value: 'x' }),
      400,
      { type: 'InvalidPatchPath' },
    ],
    ['PATCH', '/Users/ID', patch({ op: 'remove' }), 400, { type: 'InvalidPatchPath' }],
    [
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', path: 'active', value: 'perhaps' }),
      400,
      { type: 'InvalidPatchValue', field: 'active' },
    ],
    [
      'PATCH',
      '/Users/ID',
      patch({ op: 'remove', path: 'userName' }),
      400,
      { type: 'CantRemoveRequiredField', field: 'userName' },
    ],
    ['PATCH', '/Users/ID', { schemas: ['urn:x'], Operations: [] }, 400, { type: 'InvalidSchema' }],
    ['PUT', '/Users/ID', user('other', { active: 'perhaps' }), 400, { type: 'InvalidBody' }],
    [
      'GET',
      '/Users?filter=userName%20eq',
      undefined,
      400,
      { type: 'InvalidQueryField', field: 'filter', message: expect.any(String) },
    ],
    [
      'GET',
      '/Users?count=many',
      undefined,
      400,
      { type: 'InvalidQueryField', field: 'count', message: expect.any(String) },
    ],
    [
      'GET',
      '/Users?cursor=x',
      undefined,
      400,
      { type: 'InvalidQueryField', field: 'cursor', message: expect.any(String) },
    ],
    [
      'GET',
      '/Users?sortOrder=up&sortBy=userName',
      undefined,
      400,
      { type: 'InvalidQueryField', field: 'sortOrder', message: expect.any(String) },
    ],
  ])(
    '%s %s fails with what is to be answered and a name for the app (%#)',
    async (method, path, body, status, underlyingError) => {
      const { ask, make } = await openDeciding();
      const { id } = await make(user('taken'), 'account-1');

      const error = failed(await ask(method, path.replace('ID', id), body));

      expect(error).toMatchObject({
        statusToReturn: status,
        bodyToReturn: { status: String(status), detail: expect.any(String) },
        underlyingError,
      });
      expect(error).toHaveProperty('type', underlyingError.type);
    },
  );

  test('what no request can have made is a TypeError', async () => {
    const { scim } = await openDeciding();

    // @ts-expect-error: a path is needed
    await expect(scim.scimRequest({ method: 'GET' })).rejects.toThrow(TypeError);
    // @ts-expect-error: parameters are an object
    await expect(scim.linkScimUser('x')).rejects.toThrow(TypeError);
  });
});

describe('row F1: decisions', () => {
  test('a refusal answers the identity provider and leaves nothing', async () => {
    const { ask, reject, link, database, connectionId } = await openDeciding();
    const { commitId } = asked(await ask('POST', '/Users', ada));

    const refused = (await reject(commitId)).getOrThrow();

    expect(refused).toEqual({
      status: 'Rejected',
      connectionId,
      responseHttpCode: 403,
      response: expect.objectContaining({ status: 403 }),
      responseData: expect.objectContaining({ status: '403', detail: 'All seats are taken.' }),
    });
    expect(failed(await link(commitId, 'account-1'))).toMatchObject({ type: 'StagedChangeNotFound' });
    expect(await database.rows('SELECT id FROM {p}resources')).toEqual([]);
    expect(await database.rows('SELECT staged_id FROM {p}staged_changes')).toEqual([]);
  });

  test('a staged change is used once, however many commit it at the same time', async () => {
    const { ask, link, database } = await openDeciding();
    const { commitId } = asked(await ask('POST', '/Users', ada));

    const results = await Promise.all(Array.from({ length: 8 }, () => link(commitId, 'account-1')));

    const [first, ...others] = results.toSorted((a, b) => Number(b.ok) - Number(a.ok));
    expect(first?.ok).toBe(true);
    expect(others.map((result) => failed(result).type)).toEqual(
      Array.from({ length: 7 }, () => 'StagedChangeNotFound'),
    );
    expect(await database.rows('SELECT type FROM {p}events')).toEqual([{ type: 'user.created' }]);
  });

  test('what expired is not committed, and is cleared away by the next', async () => {
    let now = Date.now();
    const { ask, link, database } = await openDeciding({
      clock: () => now,
      limits: { stagedChangeTimeoutSeconds: 60 },
    });
    const { commitId } = asked(await ask('POST', '/Users', ada));

    now += 60_000;
    const late = failed(await link(commitId, 'account-1'));
    await ask('POST', '/Users', ada);

    expect(late).toMatchObject({
      type: 'StagedChangeNotFound',
      statusToReturn: 503,
      response: { status: 503, headers: { 'Retry-After': '1' } },
    });
    expect(await database.rows('SELECT staged_id FROM {p}staged_changes')).toHaveLength(1);
  });

  test('the time a change waits is ten minutes unless it is chosen', async () => {
    let now = Date.now();
    const { ask, link } = await openDeciding({ clock: () => now });
    const { commitId } = asked(await ask('POST', '/Users', ada));

    now += 599_000;

    expect((await link(commitId, 'account-1')).ok).toBe(true);
  });

  test('a request that needs another action now, or none, changes nothing', async () => {
    const { scim, key, make, patch: change, commit, database } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const disable = asked(await change(id, { op: 'replace', path: 'active', value: false }));
    await send(scim, `/Users/${id}`, {
      key,
      method: 'PATCH',
      body: patch({ op: 'replace', path: 'active', value: false }),
    });
    const before = await database.rows('SELECT * FROM {p}resources');

    const outdated = failed(await commit(disable.commitId));

    expect(outdated).toMatchObject({ type: 'StagedChangeOutdated', statusToReturn: 503 });
    expect(await database.rows('SELECT * FROM {p}resources')).toEqual(before);
  });

  test('a user that is gone is UserNotFound, a name that was taken meanwhile a conflict', async () => {
    const { scim, key, ask, make, patch: change, commit, link } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const disable = asked(await change(id, { op: 'replace', path: 'active', value: false }));
    const create = asked(await ask('POST', '/Users', user('bob')));
    await send(scim, `/Users/${id}`, { key, method: 'DELETE' });
    await send(scim, '/Users', { key, body: user('bob') });

    expect(failed(await commit(disable.commitId))).toMatchObject({
      type: 'UserNotFound',
      statusToReturn: 404,
    });
    expect(failed(await link(create.commitId, 'account-2'))).toMatchObject({
      type: 'ScimUserIdAlreadyTaken',
      field: 'userName',
      statusToReturn: 409,
    });
  });

  test('the change is made from what is there at the commit, not from what was there when it was staged', async () => {
    const { make, patch: change, commit, ask } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const disable = asked(await change(id, { op: 'replace', path: 'active', value: false }));

    done(await change(id, { op: 'replace', path: 'title', value: 'Countess' }));
    done(await commit(disable.commitId));

    expect(done(await ask('GET', `/Users/${id}`)).responseData).toMatchObject({
      active: false,
      title: 'Countess',
    });
  });

  test('an account is linked to one user of the connection, and to another once that one is gone', async () => {
    const { ask, make, link, commit } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const { commitId } = asked(await ask('POST', '/Users', user('bob')));

    const taken = failed(await link(commitId, 'account-1'));
    const { commitId: goodbye } = asked(await ask('DELETE', `/Users/${id}`));
    done(await commit(goodbye));
    const linked = done(await link(commitId, 'account-1'));

    expect(taken).toMatchObject({ type: 'UserAlreadyLinked', statusToReturn: 409 });
    expect(linked.responseHttpCode).toBe(201);
  });

  test('accounts linked at the same time to two users end up with one', async () => {
    const { ask, link } = await openDeciding();
    const names = Array.from({ length: 6 }, (_, index) => user(`user-${index}`));
    const questions = await Promise.all(names.map(async (body) => asked(await ask('POST', '/Users', body))));

    const results = await Promise.all(questions.map(({ commitId }) => link(commitId, 'account-1')));

    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    for (const result of results.filter(({ ok }) => !ok))
      expect(failed(result)).toMatchObject({ type: 'UserAlreadyLinked' });
  });

  test('case-S1 the id of a SCIM user is no account of the app', async () => {
    const { ask, make, link } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const { commitId } = asked(await ask('POST', '/Users', user('bob')));

    expect(failed(await link(commitId, id))).toMatchObject({
      type: 'InvalidFields',
      fields: [{ field: 'userId' }],
    });
    expect(failed(await link(commitId, ''))).toMatchObject({ type: 'InvalidFields' });
    expect((await link(commitId, 'account-2')).ok).toBe(true);
  });

  test('a user to link is linked, any other change committed', async () => {
    const { ask, make, link, commit } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const create = asked(await ask('POST', '/Users', user('bob')));
    const remove = asked(await ask('DELETE', `/Users/${id}`));

    expect(failed(await commit(create.commitId))).toMatchObject({ type: 'WrongAction' });
    expect(failed(await link(remove.commitId, 'account-1'))).toMatchObject({ type: 'WrongAction' });
  });

  test('a paused connection and a revoked key commit nothing', async () => {
    const { ask, link, scim, connectionId } = await openDeciding();
    const { commitId } = asked(await ask('POST', '/Users', ada));
    const selector = { scimConnectionId: connectionId };

    await scim.management.pauseScimConnection(selector);
    const paused = failed(await link(commitId, 'account-1'));
    await scim.management.resumeScimConnection(selector);
    await scim.management.resetScimApiKey(selector);
    const revoked = failed(await link(commitId, 'account-1'));

    expect(paused).toMatchObject({ type: 'StagedChangeNotFound', statusToReturn: 401 });
    expect(revoked).toMatchObject({ type: 'StagedChangeNotFound', statusToReturn: 401 });
  });

  test('another connection, an unknown one and a made-up commit id find nothing', async () => {
    const { ask, scim, connectionId } = await openDeciding();
    const { commitId } = asked(await ask('POST', '/Users', ada));
    const other = (await scim.management.createScimConnection({ customerId: 'other' })).getOrThrow();
    const link = (changed: { connectionId?: string; commitId?: string }) =>
      scim.linkScimUser({ connectionId, commitId, userId: 'account-1', ...changed });
    const [stagedId = '', secret = ''] = commitId.split('_');
    const forged = `${stagedId}_${secret.slice(1)}${secret.startsWith('x') ? 'y' : 'x'}`;

    expect(failed(await link({ connectionId: other.connectionId }))).toMatchObject({
      type: 'StagedChangeNotFound',
    });
    expect(failed(await link({ connectionId: 'nobody' }))).toMatchObject({ type: 'ScimConnectionNotFound' });
    expect(failed(await link({ commitId: forged }))).toMatchObject({ type: 'StagedChangeNotFound' });
    expect(failed(await link({ commitId: "x' OR 1=1" }))).toMatchObject({ type: 'StagedChangeNotFound' });
    expect((await link({})).ok).toBe(true);
  });

  test('hooks run at the commit, may refuse there, and see the account', async () => {
    const seen: (string | null)[] = [];
    const { ask, link, make } = await openDeciding({
      hooks: {
        userCreated({ resource, userId }) {
          seen.push(userId);
          if (resource.userName === 'mallory') throw refuse({ status: 403, detail: 'Not here.' });
        },
      },
    });
    await make(ada, 'account-1');
    const { commitId } = asked(await ask('POST', '/Users', user('mallory')));
    const beforeCommit = seen.length;

    const refused = failed(await link(commitId, 'account-2'));

    expect(beforeCommit).toBe(1);
    expect(seen).toEqual(['account-1', 'account-2']);
    expect(refused).toMatchObject({
      type: 'UnexpectedError',
      statusToReturn: 403,
      bodyToReturn: { detail: 'Not here.' },
    });
  });

  test('case-S16 a password that is sent is not kept with the staged change', async () => {
    const { ask, database } = await openDeciding();
    asked(await ask('POST', '/Users', { ...ada, password: 'canary-4711' }));

    const rows = await database.rows('SELECT * FROM {p}staged_changes');

    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('canary-4711');
    expect(JSON.stringify(rows)).not.toContain('ada@acme.example');
  });

  test('a change staged by one process is committed by another, and seen by all', async () => {
    const { ask, database, scim, connectionId, key } = await openDeciding();
    const { commitId } = asked(await ask('POST', '/Users', ada));
    const second = openScim({ on: database });

    const linked = done(await second.scim.linkScimUser({ connectionId, commitId, userId: 'account-1' }));
    const again = failed(await scim.linkScimUser({ connectionId, commitId, userId: 'account-1' }));
    const overHttp = await startSecondProcess(database.file ?? database.option, {
      tablePrefix: database.prefix,
    });
    const list = await overHttp('/Users', { key });

    expect(linked.responseHttpCode).toBe(201);
    expect(again).toMatchObject({ type: 'StagedChangeNotFound' });
    expect(list.body.totalResults).toBe(1);
  });

  test('deleting the connection takes its staged changes along', async () => {
    const { ask, scim, connectionId, database } = await openDeciding();
    asked(await ask('POST', '/Users', ada));

    await scim.management.deleteScimConnection({ scimConnectionId: connectionId });

    expect(await database.rows('SELECT * FROM {p}staged_changes')).toEqual([]);
  });
});

describe('row F1 beside the guard', () => {
  test('inv-I16 P22: what is held is neither asked nor named, staged before or not', async () => {
    const { ask, make, commit, database, scim } = await openDeciding();
    const people: { readonly id: string }[] = [];
    for (let index = 0; index < 50; index += 1)
      people.push(await make(user(`user-${index}`), `account-${index}`));
    const off = patch({ op: 'replace', path: 'active', value: false });
    const ids = people.slice(0, 25).map(({ id }) => id);
    const questions = [];
    for (const id of ids) questions.push(asked(await ask('PATCH', `/Users/${id}`, off)));

    const results = [];
    for (const { commitId } of questions) results.push(await commit(commitId));
    const outdated = results.filter(({ ok }) => !ok).map((result) => failed(result).type);
    const held = done(await ask('PATCH', `/Users/${ids.at(-1)}`, off));
    const again = done(await ask('PATCH', `/Users/${ids.at(-1)}`, off));
    const found = (await scim.getScimUser({ customerId: 'acme', userId: 'account-24' })).getOrThrow();

    expect(results.filter(({ ok }) => ok)).toHaveLength(20);
    expect(outdated).toEqual(Array.from({ length: 5 }, () => 'StagedChangeOutdated'));
    expect(held.responseData).toMatchObject({ active: false });
    expect(held).not.toHaveProperty('affectedUserIds');
    expect(again).not.toHaveProperty('affectedUserIds');
    expect(found).toMatchObject({ isHeld: true, user: { active: false } });
    const events = await database.rows("SELECT type FROM {p}events WHERE type = 'user.deactivated'");
    expect(events).toHaveLength(20);
  });
});

describe('case-S1 what an identity provider sends is never taken for an account of the app', () => {
  const claims = ['account-1', '0', '1', '-1', '1e0', ' 1', 'admin'];

  test.each(claims)('%j as externalId, userName, id and e-mail address', async (claim) => {
    const { ask, make, link, scim, connectionId, key } = await openDeciding();
    await make(ada, 'account-1');
    const { ask: again } = createDeciding(scim, { connectionId, key });
    const body = user(`${claim}`.trim() === 'account-1' ? 'account-1' : `x${claim}`, {
      id: claim,
      externalId: claim,
      emails: [{ value: claim }],
    });

    const question = asked(await ask('POST', '/Users', body));
    const { responseData } = done(await link(question.commitId, 'account-2'));
    const list = done(await again('GET', '/Users'));

    expect(question).toMatchObject({ action: 'LinkUser' });
    expect(question).not.toHaveProperty('userId');
    expect(responseData).not.toMatchObject({ id: claim });
    expect(list.responseData).toMatchObject({ totalResults: 2 });
    const first = (await scim.getScimUser({ customerId: 'acme', userId: 'account-1' })).getOrThrow();
    expect(first.user.scimUser).toMatchObject({ userName: 'ada@acme.example', externalId: '00u1' });
  });
});

describe('getScimUser', () => {
  test('finds the user of an account, with groups directly and through others', async () => {
    const { ask, make, scim } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    const inner = done(await ask('POST', '/Groups', { ...group('Inner', [id]), externalId: 'g-1' }));
    const outer = done(await ask('POST', '/Groups', group('Outer', [idOf(inner)])));

    const { user: found, groups } = (
      await scim.getScimUser({ customerId: 'acme', userId: 'account-1' })
    ).getOrThrow();

    expect(found.parsedUserData).toMatchObject({ department: 'Engines' });
    expect(groups.toSorted((a, b) => String(a.displayName).localeCompare(String(b.displayName)))).toEqual([
      { groupId: idOf(inner), displayName: 'Inner', externalId: 'g-1' },
      { groupId: idOf(outer), displayName: 'Outer' },
    ]);
  });

  test('nobody, another customer and no selector', async () => {
    const { make, scim } = await openDeciding();
    const { id } = await make(ada, 'account-1');
    await scim.management.createScimConnection({ customerId: 'other' });
    const get = (customerId: string, userId: string) => scim.getScimUser({ customerId, userId });

    expect(await get('acme', 'account-2')).toMatchObject({ error: { type: 'UserNotFound' } });
    expect(await get('acme', id)).toMatchObject({ error: { type: 'UserNotFound' } });
    expect(await get('other', 'account-1')).toMatchObject({ error: { type: 'UserNotFound' } });
    expect(await get('nobody', 'account-1')).toMatchObject({ error: { type: 'ScimConnectionNotFound' } });
    // @ts-expect-error: a selector is needed
    await expect(scim.getScimUser({ userId: 'account-1' })).rejects.toThrow(TypeError);
  });
});
