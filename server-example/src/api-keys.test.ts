import { expect, test } from 'vitest';
import { people, startHarbor } from '../test/harbor.ts';

const patchOf = (value: object) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', value }],
});

/** A person of the directory, with a browser that is signed in and an API key. */
async function hire() {
  const harbor = await startHarbor();
  const idp = await harbor.connect(people.northwindAdmin);
  const { id } = (await idp('POST', '/Users', { userName: 'ann@northwind.example', externalId: 'ann' })).body;
  const [row] = await harbor.database.all("SELECT id FROM users WHERE user_name = 'ann@northwind.example'");
  const userId = String(row?.id);
  const browser = await harbor.signIn(userId);
  const { apiKey } = (await browser.send('POST', '/api/keys', { name: 'script' })).body;
  const readWithKey = (key = apiKey) =>
    harbor.request('GET', '/api/team', { headers: { authorization: `Bearer ${key}` } });
  const setActive = (active: boolean) => idp('PATCH', `/Users/${id}`, patchOf({ active }));
  return { harbor, idp, id, userId, browser, apiKey, readWithKey, setActive };
}

test('an API key reads for its owner, is shown once, and manages nothing', async () => {
  const { harbor, browser, apiKey, readWithKey } = await hire();
  expect((await readWithKey()).status).toBe(200);
  const listed = await browser.send('GET', '/api/keys');
  expect(listed.body.keys).toMatchObject([{ name: 'script', lastFour: apiKey.slice(-4) }]);
  expect(listed.text).not.toContain(apiKey);
  const stored = JSON.stringify(await harbor.database.all('SELECT * FROM api_keys'));
  expect(stored).not.toContain(apiKey);
  const headers = { authorization: `Bearer ${apiKey}` };
  for (const path of ['/api/keys', '/api/setup/scim', '/api/session'])
    expect((await harbor.request('GET', path, { headers })).text).not.toMatch(/lastFour|hasApiKey|"person"/);
  for (const key of ['', 'harbor_', `${apiKey}x`, apiKey.slice(0, -1), apiKey.toUpperCase()])
    expect((await readWithKey(key)).status).toBe(401);
  const [{ id }] = listed.body.keys;
  const other = await harbor.signIn(people.contosoAdmin);
  expect((await other.send('DELETE', `/api/keys/${id}`)).status).toBe(404);
  expect((await browser.send('DELETE', `/api/keys/${id}`)).status).toBe(200);
  expect((await readWithKey()).status).toBe(401);
});

test('case-S23: a deactivation ends every sign-in and every API key, and they stay ended', async () => {
  const { harbor, userId, browser, readWithKey, setActive } = await hire();
  const { cookie } = browser;
  const ask = () => harbor.request('GET', '/api/team', { headers: { cookie } });
  expect((await ask()).status).toBe(200);
  expect((await setActive(false)).status).toBe(200);
  expect([(await ask()).status, (await readWithKey()).status]).toEqual([401, 401]);
  expect((await setActive(true)).status).toBe(200);
  expect([(await ask()).status, (await readWithKey()).status]).toEqual([401, 401]);
  const again = await harbor.signIn(userId);
  expect((await again.send('GET', '/api/team')).status).toBe(200);
});

test('case-S24: who was deprovisioned is not let in, whatever the account says', async () => {
  const { harbor, idp, id, userId, setActive } = await hire();
  await setActive(false);
  // An account that some other part of the app switched on again.
  await harbor.database.transaction((tx) => tx.run('UPDATE users SET active = 1 WHERE id = ?', [userId]));
  const origin = { origin: harbor.url, 'content-type': 'application/json' };
  const signIn = () =>
    harbor.request('POST', '/api/sign-in', { headers: origin, body: JSON.stringify({ userId }) });
  const refused = await signIn();
  expect([refused.status, refused.body.error.code]).toEqual([403, 'refused_by_directory']);
  const audit = await harbor.database.all("SELECT detail FROM scim_audit WHERE action = 'signIn.refused'");
  expect(JSON.stringify(audit)).toContain(id);
  const users = (await idp('GET', '/Users')).body.Resources;
  expect(users.map(({ active }: { active: boolean }) => active)).toEqual([false]);
  await setActive(true);
  expect((await signIn()).status).toBe(200);
});

test('F7: those whom Harbor made come in whatever the directory says, so that somebody can repair it', async () => {
  const { harbor, setActive } = await hire();
  await setActive(false);
  const admin = await harbor.signIn(people.northwindAdmin);
  expect((await admin.send('GET', '/api/team')).status).toBe(200);
  expect((await admin.send('DELETE', '/api/setup/scim')).status).toBe(200);
});
