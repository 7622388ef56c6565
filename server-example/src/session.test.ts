import { expect, test } from 'vitest';
import { people, startHarbor } from '../test/harbor.ts';

test('a visitor chooses among an administrator and a member of each customer', async () => {
  const harbor = await startHarbor();
  const { body } = await harbor.request('GET', '/api/sign-in');
  expect(body.customers).toEqual([
    {
      id: 'northwind',
      name: 'Northwind',
      people: [
        { id: people.northwindAdmin, name: 'Nora Lindqvist', role: 'admin', managedBy: 'harbor' },
        { id: people.northwindMember, name: 'Milo Brandt', role: 'member', managedBy: 'harbor' },
      ],
    },
    {
      id: 'contoso',
      name: 'Contoso',
      people: [
        { id: people.contosoAdmin, name: 'Carla Reyes', role: 'admin', managedBy: 'harbor' },
        { id: people.contosoMember, name: 'Theo Okafor', role: 'member', managedBy: 'harbor' },
      ],
    },
  ]);
});

test('the session says who is signed in, for whom, and whether they manage the directory', async () => {
  const harbor = await startHarbor();
  const admin = await harbor.signIn(people.northwindAdmin);
  const member = await harbor.signIn(people.contosoMember);
  expect((await admin.send('GET', '/api/session')).body.session).toEqual({
    person: {
      id: people.northwindAdmin,
      name: 'Nora Lindqvist',
      email: 'nora@northwind.example',
      role: 'admin',
    },
    customer: { id: 'northwind', name: 'Northwind' },
    canManageDirectory: true,
    administrators: ['Nora Lindqvist'],
  });
  expect((await member.send('GET', '/api/session')).body.session).toMatchObject({
    canManageDirectory: false,
    administrators: ['Carla Reyes'],
  });
  expect((await harbor.request('GET', '/api/session')).body).toEqual({ session: null });
});

test('the cookie is signed, out of reach of scripts, and stays on this site', async () => {
  const harbor = await startHarbor();
  const answer = await harbor.request('POST', '/api/sign-in', {
    headers: { origin: harbor.url, 'content-type': 'application/json' },
    body: JSON.stringify({ userId: people.northwindAdmin }),
  });
  const cookies = answer.headers.getSetCookie();
  expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual(['harbor_session', 'harbor_session.sig']);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/; samesite=lax/i);
    expect(cookie).toMatch(/; httponly/i);
  }
});

test('the cookie travels over https only where Harbor is reached by https', async () => {
  const publicUrl = 'https://harbor.example';
  const harbor = await startHarbor({ publicUrl });
  const answer = await harbor.request('POST', '/api/sign-in', {
    headers: { origin: publicUrl, 'content-type': 'application/json', 'x-forwarded-proto': 'https' },
    body: JSON.stringify({ userId: people.northwindAdmin }),
  });
  expect(answer.headers.getSetCookie()).toHaveLength(2);
  for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/; secure/i);
});

test('an altered cookie is no session', async () => {
  const harbor = await startHarbor();
  const { cookie } = await harbor.signIn(people.northwindMember);
  const [value, signature] = cookie.split('; ');
  const session = JSON.parse(Buffer.from(value!.split('=')[1]!, 'base64').toString());
  const forged = Buffer.from(JSON.stringify({ ...session, userId: people.northwindAdmin })).toString(
    'base64',
  );
  const answer = await harbor.request('GET', '/api/team', {
    headers: { cookie: `harbor_session=${forged}; ${signature}` },
  });
  expect(answer.status).toBe(401);
});

test('nobody signs in as an account that does not exist', async () => {
  const harbor = await startHarbor();
  const stranger = await harbor.signIn('usr_nobody');
  expect(stranger.cookie).toBe('');
  expect((await stranger.send('GET', '/api/team')).status).toBe(401);
});

test('signing out ends the session', async () => {
  const harbor = await startHarbor();
  const admin = await harbor.signIn(people.northwindAdmin);
  await admin.send('POST', '/api/sign-out');
  expect((await admin.send('GET', '/api/team')).status).toBe(401);
});

test('a session ends 12 hours after sign-in, however often it was used or confirmed', async () => {
  const harbor = await startHarbor();
  const admin = await harbor.signIn(people.northwindAdmin);
  harbor.clock.now += 12 * 60 * 60 * 1000;
  expect((await admin.send('POST', '/api/session/confirm')).status).toBe(200);
  harbor.clock.now += 1000;
  expect((await admin.send('GET', '/api/team')).status).toBe(401);
});

test('S23, P41: deactivated by the directory, a signed-in person is out at the next request and cannot come back', async () => {
  const harbor = await startHarbor();
  const idp = await harbor.connect();
  const { id } = (await idp('POST', '/Users', { userName: 'ann' })).body;
  const account = await harbor.database.get(`SELECT id FROM users WHERE user_name = 'ann'`);
  const userId = String(account?.id);
  const ann = await harbor.signIn(userId);
  expect((await ann.send('GET', '/api/team')).status).toBe(200);

  await idp('PATCH', `/Users/${id}`, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'active', value: false }],
  });

  expect((await ann.send('GET', '/api/team')).status).toBe(401);
  expect((await harbor.signIn(userId)).cookie).toBe('');
});
