import { expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { attributesIn } from '../support/badge.ts';
import { openClient } from '../support/client.ts';
import { BASE, ENTERPRISE_URN, group, USER_URN, user } from '../support/scim.ts';

test('rfc 7: a boolean is true or false; its words in quotation marks pass only where that is tolerated', async () => {
  const compat = await openClient();
  const strict = await openClient({ profile: 'strict' });
  for (const { post } of [compat, strict]) {
    for (const active of ['yes', '1', '', 1, 0, {}, [], ['true'], [true]])
      expectRefusal(await post('/Users', user('ann', { active })), 400, 'invalidValue');
  }
  for (const word of ['TRUE', 'True', 'False', 'FALSE']) {
    const body = `{"schemas":["${USER_URN}"],"userName":"ann","active":${word}}`;
    expectRefusal(await compat.call('/Users', { method: 'POST', body }), 400, 'invalidSyntax');
  }
  for (const [index, word] of ['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].entries()) {
    const expected = word.toLowerCase() === 'true';
    const emails = [{ value: 'a@x.example', primary: word }];
    expectRefusal(await strict.post('/Users', user('ann', { active: word })), 400, 'invalidValue');
    expectRefusal(await strict.post('/Users', user('ann', { emails })), 400, 'invalidValue');
    const made = await compat.make('/Users', user(`u${index}`, { active: word, emails }));
    expect([made.active, made.emails[0].primary]).toEqual([expected, expected]);
  }
});

test('rfc 7: no boolean is caseExact or unique', async () => {
  const attributes = attributesIn((await (await openClient()).get('/Schemas')).body);
  const booleans = attributes.filter(({ type }) => type === 'boolean');
  expect(booleans.map(({ name }) => name)).toContain('active');
  for (const boolean of booleans) expect(boolean).toMatchObject({ caseExact: false, uniqueness: 'none' });
});

test.each([
  ['eq "2026-01-01T00:00:00Z"', true],
  ['eq "2026-01-01T01:00:00+01:00"', true],
  ['eq "2025-12-31T19:00:00.000-05:00"', true],
  ['eq "2025-12-31T24:00:00Z"', true],
  ['ne "2026-01-01T01:00:00.000000+01:00"', false],
  // Later as text, earlier as an instant, and the other way round.
  ['gt "2026-01-01T00:30:00+01:00"', true],
  ['lt "2025-12-31T23:30:00-01:00"', true],
  ['ge "2026-01-01T00:00:00.001Z"', false],
  ['le "2025-12-31T23:59:59.999999999Z"', false],
])('rfc 8: meta.created %s compares instants, not text', async (comparison, isFound) => {
  const { make, find } = await openClient({ clock: () => Date.parse('2026-01-01T00:00:00Z') });
  const { meta } = await make('/Users', user('ann'));
  expect(meta.created).toBe('2026-01-01T00:00:00.000Z');
  expect((await find('/Users', `meta.created ${comparison}`)).body.totalResults).toBe(isFound ? 1 : 0);
});

test('rfc 9: binary is base64 of either alphabet, with the padding that fits or none, compared by case', async () => {
  const { make, post, find } = await openClient();
  const certificate = (value: unknown) => ({ x509Certificates: [{ value }] });
  for (const [index, value] of ['QUI=', 'QUI', 'QUJD', 'QQ==', '_-8=', '+/8='].entries()) {
    const made = await make('/Users', user(`u${index}`, certificate(value)));
    expect(made.x509Certificates).toEqual([{ value }]);
  }
  for (const value of ['QUI==', 'QUJD=', 'A', 'QU=I', '====', '+_8=', 'QU I', 'QUI=\n', '***', 7, true])
    expectRefusal(await post('/Users', user('ann', certificate(value))), 400, 'invalidValue');
  const found = async (value: string) =>
    (await find('/Users', `x509Certificates.value eq "${value}"`)).body.totalResults;
  expect([await found('QUI='), await found('qui='), await found('QUi=')]).toEqual([1, 0, 0]);
});

test('rfc 10: a reference is a URI as text, compared by case, whose targets are declared', async () => {
  const { get, make, post, find } = await openClient();
  for (const wrong of [{ $ref: 'https://x.example' }, 7, true, ['https://x.example']]) {
    expectRefusal(await post('/Users', user('ann', { profileUrl: wrong })), 400, 'invalidValue');
    expectRefusal(await post('/Users', user('ann', { photos: [{ value: wrong }] })), 400, 'invalidValue');
    const manager = { value: 'x', $ref: wrong };
    expectRefusal(await post('/Users', user('ann', { [ENTERPRISE_URN]: { manager } })), 400, 'invalidValue');
  }
  const manager = { value: 'x', $ref: '../Users/x' };
  const made = await make(
    '/Users',
    user('ann', { profileUrl: 'https://X.example/Ann', [ENTERPRISE_URN]: { manager } }),
  );
  expect([made.profileUrl, made[ENTERPRISE_URN].manager]).toEqual(['https://X.example/Ann', manager]);
  const found = async (url: string) => (await find('/Users', `profileUrl eq "${url}"`)).body.totalResults;
  expect([await found('https://X.example/Ann'), await found('https://x.example/ann')]).toEqual([1, 0]);

  const attributes = attributesIn((await get('/Schemas')).body);
  const references = attributes.filter(({ type }) => type === 'reference');
  expect(new Set(references.flatMap(({ referenceTypes }) => referenceTypes))).toEqual(
    new Set(['external', 'User', 'Group']),
  );
  for (const { caseExact, referenceTypes } of references) {
    expect(caseExact).toBe(true);
    expect(referenceTypes).not.toEqual([]);
  }
});

test('rfc 11: every $ref and location of a resource leads to it, also a relative one, until it is deleted', async () => {
  const { get, make, remove } = await openClient();
  const boss = await make('/Users', user('boss'));
  const manager = { value: boss.id, $ref: `Users/${boss.id}` };
  const ann = await make('/Users', user('ann', { [ENTERPRISE_URN]: { manager } }));
  const team = await make('/Groups', group('Team', [ann.id]));
  const crew = await make('/Groups', group('Crew', [ann.id, team.id]));

  const follow = async (reference: string) => {
    const url = new URL(reference, `${BASE}/`).href;
    expect(url.startsWith(`${BASE}/`)).toBe(true);
    return get(url.slice(BASE.length));
  };
  const resources = [boss, ann, team, crew].map(({ id, meta }) => [id, meta.location]);
  const nested = [
    ...(await get(`/Groups/${crew.id}`)).body.members,
    ...(await get(`/Users/${ann.id}`)).body.groups,
    ann[ENTERPRISE_URN].manager,
  ].map(({ value, $ref }) => [value, $ref]);
  expect(nested.map(([id]) => id).sort()).toEqual([ann.id, boss.id, crew.id, team.id, team.id].sort());
  for (const [id, reference] of [...resources, ...nested]) {
    const target = await follow(reference);
    expect([target.status, target.body.id]).toEqual([200, id]);
  }
  const member = crew.members.find(({ value }: { value: string }) => value === ann.id);
  await remove(`/Users/${ann.id}`);
  expectRefusal(await follow(member.$ref), 404);
});

test('rfc 12: no sub-attribute is complex, in a schema or in a value', async () => {
  const { get, post } = await openClient();
  const complex = attributesIn((await get('/Schemas')).body).filter(({ type }) => type === 'complex');
  expect(complex.map(({ name }) => name)).toContain('emails');
  for (const { subAttributes = [] } of complex)
    expect(subAttributes.filter(({ type }) => type === 'complex')).toEqual([]);
  for (const more of [{ name: { givenName: { a: 'x' } } }, { emails: [{ value: { value: 'x' } }] }])
    expectRefusal(await post('/Users', user('ann', more)), 400, 'invalidValue');
});
