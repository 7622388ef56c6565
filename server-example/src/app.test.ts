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
    await harbor.breakStore();
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

describe('rate limits', () => {
  async function guess(harbor: Awaited<ReturnType<typeof startHarbor>>) {
    const statuses = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      statuses.push((await harbor.idp(`guess${attempt}`)('GET', '/Users')).status);
    }
    return statuses;
  }

  test('P9: after ten wrong keys within a minute, wrong keys answer 429; the right one goes on working', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    expect(await guess(harbor)).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await idp('GET', '/Users')).status).toBe(200);
  });

  test('off, none is left', async () => {
    const harbor = await startHarbor({ rateLimits: 'off' });
    expect(await guess(harbor)).toEqual(Array(12).fill(401));
  });
});

test('declared resource types and extensions are served at once', async () => {
  const harbor = await startHarbor({
    resourceTypes: [
      {
        name: 'Device',
        endpoint: '/Devices',
        schema: { id: 'urn:example:2.0:Device', name: 'Device', attributes: [{ name: 'serial' }] },
      },
    ],
    extensions: [
      {
        resourceType: 'User',
        schema: { id: 'urn:example:2.0:Badge', name: 'Badge', attributes: [{ name: 'colour' }] },
      },
    ],
  });
  const idp = await harbor.connect();

  const device = await idp('POST', '/Devices', { serial: 'A1' });
  const user = await idp('POST', '/Users', { userName: 'ann', 'urn:example:2.0:Badge': { colour: 'red' } });

  expect(device.status).toBe(201);
  expect((await idp('GET', '/Devices?filter=serial eq "a1"')).body.totalResults).toBe(1);
  expect(user.body['urn:example:2.0:Badge']).toEqual({ colour: 'red' });
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
