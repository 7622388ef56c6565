import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startHarborProcess } from './harbor-process.ts';

const scimkit = fileURLToPath(new URL('../../sdk/bin/scimkit.js', import.meta.url));
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../sdk/test/fixtures/resource-types/${name}.json`, import.meta.url));

const SAMPLE_URN = 'urn:example:params:scim:schemas:laboratory:2.0:Sample';
const CUSTODY_URN = 'urn:example:params:scim:schemas:extension:laboratory:2.0:Custody';
const BADGE_URN = 'urn:example:params:scim:schemas:extension:laboratory:2.0:Badge';
const DEVICE_URN = 'urn:ietf:params:scim:schemas:core:2.0:Device';

/** Harbor as it is started, with declarations from a file, and a connection's requests to it. */
async function start(name: string) {
  const harbor = await startHarborProcess({ RESOURCE_TYPES: fixture(name), RATE_LIMITS: 'off' });
  const { scimApiKey } = await harbor.createConnection('northwind', 'generic_scim');
  const url = `${harbor.url}/scim/v2`;
  const headers = { authorization: `Bearer ${scimApiKey}`, 'content-type': 'application/scim+json' };
  const send = async (method: string, path: string, body?: object) => {
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  const verify = () =>
    promisify(execFile)(process.execPath, [scimkit, 'verify', '--url', url, '--key', scimApiKey, '--json']);
  return { send, verify };
}

test('rfc 49, 50, 51: a file of declarations is all Harbor needs to serve a type', {
  timeout: 60_000,
}, async () => {
  const { send } = await start('laboratory');
  const sample = {
    schemas: [SAMPLE_URN, CUSTODY_URN],
    number: 'N-1',
    purposes: ['test'],
    tubes: 3,
    [CUSTODY_URN]: { department: 'Chemistry' },
  };

  const { [CUSTODY_URN]: _custody, ...incomplete } = sample;
  const refused = await send('POST', '/Samples', incomplete);
  const created = await send('POST', '/Samples', sample);
  const taken = await send('POST', '/Samples', { ...sample, number: 'n-1' });
  const found = await send('GET', `/Samples?filter=${encodeURIComponent('tubes gt 2 and number sw "n"')}`);
  const schemas = await send('GET', '/Schemas');
  const user = await send('POST', '/Users', { userName: 'ann', [BADGE_URN]: { colour: 'red' } });

  expect([refused.status, refused.body.scimType]).toEqual([400, 'invalidValue']);
  expect([created.status, taken.status, taken.body.scimType]).toEqual([201, 409, 'uniqueness']);
  expect(found.body.Resources).toEqual([created.body]);
  expect(schemas.body.Resources.map(({ id }: { id: string }) => id)).toEqual(
    expect.arrayContaining([SAMPLE_URN, CUSTODY_URN, BADGE_URN]),
  );
  expect(user.body[BADGE_URN]).toEqual({ colour: 'red' });
});

test.each(['laboratory', 'devices'])(
  'rfc 206: what Harbor says it serves of %s, it serves',
  { timeout: 120_000 },
  async (name) => {
    const { send, verify } = await start(name);
    const { body } = await send('GET', '/ResourceTypes');
    const { stdout } = await verify();

    expect(body.totalResults).toBeGreaterThan(2);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, counts: { failed: 0, skipped: 0 } });
  },
);

test('rfc 188: Harbor serves devices from a file', { timeout: 60_000 }, async () => {
  const { send } = await start('devices');
  const device = await send('POST', '/Devices', {
    schemas: [DEVICE_URN],
    active: true,
    displayName: 'Monitor',
  });
  const members = [{ value: device.body.id }];
  const group = await send('POST', '/Groups', { displayName: 'Ward 7', members });

  expect([device.status, group.status]).toEqual([201, 201]);
  expect(group.body.members).toEqual([
    { value: device.body.id, type: 'Device', $ref: device.body.meta.location },
  ]);
});
