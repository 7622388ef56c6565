import { describe, expect, test } from 'vitest';
import { people, startHarbor } from '../test/harbor.ts';

describe('/healthz', () => {
  test('answers 200 while the store answers', async () => {
    const harbor = await startHarbor();
    const answer = await harbor.request('GET', '/healthz');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'ok' });
  });

  test('answers 503 once it does not', async () => {
    const harbor = await startHarbor();
    harbor.breakStore();
    expect((await harbor.request('GET', '/healthz')).status).toBe(503);
  });
});

describe('security headers', () => {
  test.each(['/', '/settings/directory-sync', '/api/setup/scim', '/nothing'])('%s', async (path) => {
    const harbor = await startHarbor();
    const { headers } = await harbor.request('GET', path);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).not.toContain("script-src 'unsafe");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  test('other origins may read the registry, and nothing else', async () => {
    const harbor = await startHarbor();
    const origin = { headers: { origin: 'https://elsewhere.example' } };
    const allowed = async (path: string) =>
      (await harbor.request('GET', path, origin)).headers.get('access-control-allow-origin');
    expect(await allowed('/r/enterprise-scim.json')).toBe('*');
    expect(await allowed('/')).toBeNull();
    expect(await allowed('/api/session')).toBeNull();
    expect(await allowed('/scim/v2/Users')).toBeNull();
  });
});

describe('/api/team', () => {
  test('shows the people and teams of the signed-in customer only', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const ann = (await idp('POST', '/Users', { userName: 'ann' })).body.id;
    await idp('POST', '/Groups', { displayName: 'Engineering', members: [{ value: ann }] });
    const northwind = await harbor.signIn(people.northwindMember);
    const contoso = await harbor.signIn(people.contosoMember);

    const own = (await northwind.send('GET', '/api/team')).body;
    const other = (await contoso.send('GET', '/api/team')).body;

    expect(own).toMatchObject({
      totalPeople: 3,
      totalTeams: 1,
      teams: [{ name: 'Engineering', memberCount: 1 }],
    });
    expect(own.people.map((person: { name: string }) => person.name)).toEqual([
      'ann',
      'Milo Brandt',
      'Nora Lindqvist',
    ]);
    expect(own.people[0]).toEqual({
      id: expect.stringMatching(/^usr_/),
      email: null,
      emailVerified: false,
      name: 'ann',
      title: null,
      role: 'member',
      active: true,
      managedBy: 'directory',
    });
    expect(other).toMatchObject({ totalPeople: 2, totalTeams: 0, teams: [] });
  });

  test('comes in pages', async () => {
    const harbor = await startHarbor();
    const member = await harbor.signIn(people.northwindMember);
    const { body } = await member.send('GET', '/api/team?limit=1&offset=1');
    expect(body).toMatchObject({ totalPeople: 2, people: [{ name: 'Nora Lindqvist' }] });
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'offset=-1', 'limit=1&limit=2']) {
      expect((await member.send('GET', `/api/team?${query}`)).status).toBe(422);
    }
  });

  test('is for people who are signed in', async () => {
    const harbor = await startHarbor();
    expect((await harbor.request('GET', '/api/team')).status).toBe(401);
  });
});
