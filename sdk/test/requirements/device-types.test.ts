import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { openWith, readDeclarations } from '../support/laboratory.ts';
import { GROUP_URN, patch, send } from '../support/scim.ts';

// Each test makes many requests; on a busy machine they take their time.
vi.setConfig({ testTimeout: 30_000 });

/** RFC 9944: devices and the applications that reach them, declared as data. */
const devices = readDeclarations('devices');

const DEVICE_URN = 'urn:ietf:params:scim:schemas:core:2.0:Device';
const APP_URN = 'urn:ietf:params:scim:schemas:core:2.0:EndpointApp';
const extension = (name: string) => `urn:ietf:params:scim:schemas:extension:${name}:2.0:Device`;

/** Per extension of Device: a value with all it requires, and which of its attributes are never shown. */
const EXTENSIONS = [
  {
    name: 'ble',
    value: {
      versionSupport: ['5.3', '5.4'],
      deviceMacAddress: '2C:54:91:88:C9:E2',
      isRandom: false,
      separateBroadcastAddress: ['AA:BB:88:77:22:11'],
      irk: '0011223344',
      mobility: true,
      pairingMethods: [extension('pairingPassKey')],
    },
    hidden: ['irk'],
    required: ['versionSupport', 'deviceMacAddress', 'pairingMethods'],
  },
  { name: 'pairingPassKey', value: { key: 123456 }, hidden: [], required: ['key'] },
  {
    name: 'pairingOOB',
    value: { key: 'Ab', randomNumber: 17, confirmationNumber: 18 },
    hidden: [],
    required: ['key', 'randomNumber'],
  },
  {
    name: 'dpp',
    value: {
      dppVersion: 2,
      bootstrappingMethod: ['QR', 'NFC'],
      bootstrapKey: 'MDkwEwYHKoZIzj0C',
      deviceMacAddress: '2C:54:91:88:C9:F2',
      classChannel: ['81/1', '115/36'],
      serialNumber: '4774LH2b4044',
    },
    hidden: ['bootstrapKey'],
    required: ['dppVersion', 'bootstrapKey'],
  },
  {
    name: 'ethernet-mab',
    value: { deviceMacAddress: '2C:54:91:88:C9:E3' },
    hidden: [],
    required: ['deviceMacAddress'],
  },
  {
    name: 'fido-device-onboard',
    value: { fdoVoucher: '-----BEGIN OWNERSHIP VOUCHER-----' },
    hidden: ['fdoVoucher'],
    required: ['fdoVoucher'],
  },
  {
    name: 'zigbee',
    value: { versionSupport: ['3.0'], deviceEui64Address: '50:32:5F:FF:FE:E7:67:28' },
    hidden: [],
    required: ['versionSupport', 'deviceEui64Address'],
  },
  {
    name: 'endpointAppsExt',
    value: { applications: [{ value: 'an-application' }] },
    hidden: [],
    required: ['applications'],
  },
] as const;

const device = (more: object = {}) => ({
  schemas: [DEVICE_URN],
  active: true,
  displayName: 'Monitor',
  ...more,
});
const without = (value: object, names: readonly string[]) =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));

describe('Device', () => {
  test('rfc 188: is listed with every extension, none of them required', async () => {
    const { get } = await openWith(devices);
    const { body: type } = await get('/ResourceTypes/Device');
    const names = [...EXTENSIONS.map(({ name }) => name), 'pairingNull', 'pairingJustWorks'];

    expect(type).toMatchObject({ endpoint: '/Devices', schema: DEVICE_URN });
    expect(type.schemaExtensions.map(({ schema }: { schema: string }) => schema).toSorted()).toEqual(
      names.map(extension).toSorted(),
    );
    for (const { required } of type.schemaExtensions) expect(required).toBe(false);
    const { body: schema } = await get(`/Schemas/${DEVICE_URN}`);
    expect(schema.attributes.slice(0, 3)).toMatchObject([
      { name: 'displayName', type: 'string', required: false },
      { name: 'active', type: 'boolean', required: true },
      { name: 'mudUrl', type: 'reference', caseExact: true, referenceTypes: ['external'] },
    ]);
  });

  test('rfc 188: is made, read, changed, found and taken away', async () => {
    const { find, get, make, patch, post, put, remove } = await openWith(devices);
    const mudUrl = 'https://maker.example/monitor.json';
    const { body, path } = await make('/Devices', device({ mudUrl }));
    const incomplete = await post('/Devices', { schemas: [DEVICE_URN], displayName: 'Monitor' });
    const off = await patch(path, { op: 'replace', path: 'active', value: false });
    const renamed = await put(path, device({ displayName: 'Scale', active: false }));
    const found = await find('/Devices', { filter: 'displayName eq "SCALE" and active eq false' });

    expect(body).toMatchObject({
      active: true,
      displayName: 'Monitor',
      mudUrl,
      meta: { resourceType: 'Device' },
    });
    expect([incomplete.status, incomplete.body.scimType]).toEqual([400, 'invalidValue']);
    expect([off.body.active, renamed.body.displayName, renamed.body.mudUrl]).toEqual([
      false,
      'Scale',
      undefined,
    ]);
    expect(found.body.totalResults).toBe(1);
    expect([(await remove(path)).status, (await get(path)).status]).toEqual([204, 404]);
  });

  test.each(EXTENSIONS)('rfc 188: has $name where it is sent, with what that requires', async (one) => {
    const { find, get, make, patch, post } = await openWith(devices);
    const urn = extension(one.name);
    const shown = without(one.value, one.hidden);
    const { body, path } = await make('/Devices', device({ [urn]: one.value }));
    for (const name of one.required) {
      // Of an extension without any value nothing is required: it is not there.
      const rest = without(one.value, [name]);
      const { status } = await post('/Devices', device({ [urn]: rest }));
      expect(status, name).toBe(Object.keys(rest).length === 0 ? 201 : 400);
    }
    for (const name of one.hidden) {
      expect((await get(`${path}?attributes=${urn}:${name}`)).text).not.toContain(
        Reflect.get(one.value, name),
      );
      expect((await find('/Devices', { filter: `${urn}:${name} pr` })).body.scimType).toBe('invalidFilter');
    }
    for (const [name, value] of Object.entries(shown)) {
      const [first] = [value].flat();
      if (typeof first === 'object') continue;
      const found = await find('/Devices', { filter: `${urn}:${name} eq ${JSON.stringify(first)}` });
      expect(found.body.totalResults, name).toBe(1);
    }
    expect(body.schemas).toEqual([DEVICE_URN, urn]);
    expect(body[urn] ?? {}).toEqual(shown);
    expect((await patch(path, { op: 'remove', path: urn })).body.schemas).toEqual([DEVICE_URN]);
  });

  test('rfc 188: of two devices with one Bluetooth address, one is refused', async () => {
    const { make, post } = await openWith(devices);
    const [{ value }] = EXTENSIONS;
    const again = { ...value, deviceMacAddress: value.deviceMacAddress.toLowerCase() };
    await make('/Devices', device({ [extension('ble')]: value }));
    const { status, body } = await post('/Devices', device({ [extension('ble')]: again }));
    expect([status, body.scimType]).toEqual([409, 'uniqueness']);
  });

  test('rfc 116, 188: what a client has read it can write back, though it was not shown the keys', async () => {
    const { get, make, put } = await openWith(devices);
    const extensions = Object.fromEntries(EXTENSIONS.map(({ name, value }) => [extension(name), value]));
    const { path } = await make('/Devices', device(extensions));
    const { body } = await get(path);
    const written = await put(path, { ...body, displayName: 'Scale' });
    expect([written.status, written.body.displayName]).toEqual([200, 'Scale']);
    expect(written.body.schemas).toHaveLength(1 + EXTENSIONS.length);
  });

  test('rfc 188: is a member of groups', async () => {
    const { get, make, patch, remove } = await openWith(devices);
    const { body: one, path } = await make('/Devices', device());
    const { body: other } = await make('/Devices', device());
    const group = await make('/Groups', {
      schemas: [GROUP_URN],
      displayName: 'Ward 7',
      members: [{ value: one.id }],
    });
    await patch(group.path, { op: 'add', path: 'members', value: [{ value: other.id }] });

    const { body } = await get(group.path);
    const member = ({ id, meta }: typeof one) => ({ value: id, type: 'Device', $ref: meta.location });
    expect(body.members).toEqual([member(one), member(other)]);
    expect((await get(path)).body.groups).toEqual([
      { value: body.id, $ref: body.meta.location, display: 'Ward 7', type: 'direct' },
    ]);
    await remove(path);
    expect((await get(group.path)).body.members).toEqual([member(other)]);
  });
});

describe('EndpointApp', () => {
  const app = (more: object = {}) => ({
    schemas: [APP_URN],
    applicationType: 'deviceControl',
    applicationName: 'Lights',
    ...more,
  });

  /** A host that makes a token for every application without a certificate, and keeps its hash. */
  async function openHost() {
    const hashes = new Map<string, string>();
    const toHash = (token: string) => createHash('sha256').update(token).digest('hex');
    const host = await openWith({
      ...devices,
      hooks: {
        resourceChanged({ id, kind, resource, resourceType }) {
          if (kind !== 'created' || resourceType !== 'EndpointApp' || resource.certificateInfo) return;
          const clientToken = randomBytes(32).toString('base64url');
          hashes.set(id, toHash(clientToken));
          return { shownOnce: { clientToken } };
        },
      },
    });
    return { ...host, knows: (id: string, token: string) => hashes.get(id) === toHash(token) };
  }

  test('rfc 188: clientToken is in the answer that creates the application, and in none after it', async () => {
    const { find, get, knows, make, patch, put } = await openHost();
    const { body, path } = await make('/EndpointApps', app({ clientToken: 'chosen by the client' }));
    const answers = [
      await get(path),
      await get(`${path}?attributes=clientToken`),
      await find('/EndpointApps', { attributes: 'clientToken' }),
      await put(path, app({ applicationName: 'Lamps', clientToken: 'chosen by the client' })),
      await patch(path, { op: 'replace', path: 'applicationName', value: 'Lights' }),
    ];

    expect(knows(body.id, body.clientToken)).toBe(true);
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      expect(text).not.toContain('clientToken');
      expect(text).not.toContain(body.clientToken);
    }
    expect((await find('/EndpointApps', { filter: 'clientToken pr' })).body.scimType).toBe('invalidFilter');
    const set = await patch(path, { op: 'replace', path: 'clientToken', value: 'mine' });
    expect([set.status, set.body.scimType]).toEqual([400, 'mutability']);
  });

  test('rfc 188: with a certificate there is no token; what the application does is settled at its creation', async () => {
    const { make, patch, post } = await openHost();
    const certificateInfo = { rootCA: 'MIIBIjAN', subjectName: 'lights.example' };
    const { body, path } = await make('/EndpointApps', app({ certificateInfo }));
    const changed = await patch(path, { op: 'replace', path: 'applicationType', value: 'telemetry' });
    const nameless = await post('/EndpointApps', app({ certificateInfo: { rootCA: 'MIIBIjAN' } }));
    const { applicationType: _type, ...typeless } = app();

    expect([body.certificateInfo, body.clientToken]).toEqual([certificateInfo, undefined]);
    expect([changed.status, changed.body.scimType]).toEqual([400, 'mutability']);
    expect([nameless.status, (await post('/EndpointApps', typeless)).status]).toEqual([400, 400]);
  });

  test('rfc 160, 188: a host that shows what is no such value gets a 500 that says nothing, and nothing is made', async () => {
    for (const shownOnce of [{ applicationName: 'x' }, { unknown: 'x' }, { clientToken: 7 }, 'x']) {
      const { find, post } = await openWith({
        ...devices,
        // Hosts in JavaScript have no compiler that would stop them.
        hooks: { resourceChanged: () => ({ shownOnce }) as never },
      });
      const { status, text } = await post('/EndpointApps', app());
      expect([status, /applicationName|unknown|clientToken/.test(text)]).toEqual([500, false]);
      expect((await find('/EndpointApps', {})).body.totalResults).toBe(0);
    }
  });

  test('rfc 188: devices name the applications that reach them', async () => {
    const { find, make } = await openHost();
    const { body } = await make('/EndpointApps', app());
    const urn = extension('endpointAppsExt');
    const sent = { applications: [{ value: body.id, $ref: 'https://elsewhere.example/' }] };
    const { body: made } = await make('/Devices', device({ [urn]: sent }));
    const found = await find('/Devices', { filter: `${urn}:applications.value eq "${body.id}"` });
    expect(made[urn]).toEqual({ applications: [{ value: body.id }] });
    expect(found.body.Resources.map(({ id }: { id: string }) => id)).toEqual([made.id]);
  });
});

test('rfc 188: the requests of one customer reach no devices of another', async () => {
  const { make, openOther, scim } = await openWith(devices);
  const { body, path } = await make('/Devices', device());
  const ask = await openOther();
  expect((await ask(path, 'GET')).status).toBe(404);
  expect((await ask(path, 'PATCH', patch({ op: 'replace', path: 'active', value: false }))).status).toBe(404);
  const group = { schemas: [GROUP_URN], displayName: 'Theirs', members: [{ value: body.id }] };
  expect((await ask('/Groups', 'POST', group)).status).toBe(400);
  expect((await send(scim, path)).status).toBe(401);
});
