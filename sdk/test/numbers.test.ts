import { describe, expect, test } from 'vitest';
import type { ProfileName } from '../src/index.ts';
import { expectRefusal } from './support/answers.ts';
import { DEVICE_RESOURCE_TYPE } from './support/resource-types.ts';
import { type Call, connect, openScim, PATCH_URN, send } from './support/scim.ts';

const DEVICE_URN = DEVICE_RESOURCE_TYPE.schema.id;
const ASSET_URN = 'urn:example:params:scim:schemas:extension:2.0:Asset';
const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

/** Not an integer of RFC 7643 §2.3.4, whatever it is worth. */
const NO_INTEGERS = ['1.0', '-1.0', '1e2', '1E0', '10e-1', '0.0', '-0.0', '1.5', '1e-2', '"1"', 'true', '{}'];
const TOO_LARGE = ['9007199254740992', '-9007199254740993', '1e300'];

/** Where an integer can stand, as bodies with # in its place. */
const PLACES: readonly (readonly [string, string, string])[] = [
  ['POST', '/Devices', device('"slots":#')],
  ['POST', '/Devices', device('"ports":[1,#]')],
  ['POST', '/Devices', device('"site":{"room":"1","floor":#}')],
  ['POST', '/Devices', device('"interfaces":[{"value":"a","speed":#}]')],
  ['PUT', '/Devices/ID', device('"slots":#')],
  ['PATCH', '/Devices/ID', operation('"op":"replace","path":"slots","value":#')],
  ['PATCH', '/Devices/ID', operation('"op":"add","path":"ports","value":[#]')],
  ['PATCH', '/Devices/ID', operation('"op":"add","path":"site.floor","value":#')],
  ['PATCH', '/Devices/ID', operation('"op":"replace","path":"site","value":{"floor":#}')],
  ['PATCH', '/Devices/ID', operation('"op":"replace","path":"interfaces[value eq \\"a\\"].speed","value":#')],
  ['PATCH', '/Devices/ID', operation('"op":"add","value":{"slots":#}')],
];

/** A path for a name, which strict does not read. */
const PATH_AS_NAME = [
  'PATCH',
  '/Devices/ID',
  operation(`"op":"add","value":{"${DEVICE_URN}:site.floor":#}`),
] as const;

describe.each(['compat', 'strict'] as const)('a connection read as %s', (profile) => {
  const places = profile === 'compat' ? [...PLACES, PATH_AS_NAME] : PLACES;

  test.each(places)('rfc 5: %s %s %s takes whole numbers written as such', async (method, path, body) => {
    const { write, version } = await open(profile);
    for (const text of [...NO_INTEGERS, ...TOO_LARGE])
      expectRefusal(await write(method, path, body.replace('#', text)), 400, 'invalidValue');
    expect(await version()).toBe('W/"1"');

    for (const text of ['7', '-0', '9007199254740991', '-9007199254740991'])
      expect((await write(method, path, body.replace('#', text))).status).toBeLessThan(300);
  });

  test('rfc 5: an operation of a bulk request is no way round', async () => {
    const { write } = await open(profile);
    const data = device('"slots":#');
    const operations = ['1.0', '1e2', '1'].map(
      (text, index) =>
        `{"method":"POST","path":"/Devices","bulkId":"${index}","data":${data.replace('#', text).replace('SERIAL', `b${index}`)}}`,
    );

    const answer = await write(
      'POST',
      '/Bulk',
      `{"schemas":["${BULK_URN}"],"Operations":[${operations.join()}]}`,
    );

    expect(answer.body.Operations.map(({ status }: { status: string }) => status)).toEqual([
      '400',
      '400',
      '201',
    ]);
    expect(answer.body.Operations[0].response.scimType).toBe('invalidValue');
  });

  test('rfc 6: a decimal takes every number, whole ones too, and gives a number back', async () => {
    const { write, read } = await open(profile);
    for (const [text, value] of [
      ['1.0', 1],
      ['1e2', 100],
      ['-0.0', -0],
      ['2.25', 2.25],
      ['3', 3],
    ] as const) {
      const given = `"weight":${text},"readings":[${text}],"site":{"room":"1","height":${text}},"${ASSET_URN}":{"price":${text}}`;
      const answer = await write('PUT', '/Devices/ID', device(given));
      expect([answer.status, answer.text]).toEqual([200, answer.text]);
      const patched = await write(
        'PATCH',
        '/Devices/ID',
        operation(`"op":"replace","path":"weight","value":${text}`),
      );
      expect(patched.status).toBe(200);
      expect(await read()).toMatchObject({
        weight: value + 0,
        readings: [value + 0],
        site: { height: value + 0 },
        [ASSET_URN]: { price: value + 0 },
      });
    }
    for (const text of ['"2.25"', 'true', '{}', '[1.0]'])
      expectRefusal(await write('PUT', '/Devices/ID', device(`"weight":${text}`)), 400, 'invalidValue');
  });

  test('rfc 6: a number no database keeps is refused wherever it stands', async () => {
    const { write } = await open(profile);
    for (const text of ['1e400', '-1e400'])
      for (const name of ['weight', 'slots', 'label', 'unknown'])
        expectRefusal(await write('POST', '/Devices', device(`"${name}":${text}`)), 400, 'invalidValue');
  });

  test('rfc 10: a number where another type belongs is refused, however it is written', async () => {
    const { write } = await open(profile);
    for (const text of ['1', '1.0', '1e2'])
      for (const name of [
        'label',
        'enabled',
        'boughtAt',
        'firmware',
        'homepage',
        'site',
        'interfaces',
        'tags',
      ])
        expectRefusal(await write('POST', '/Devices', device(`"${name}":${text}`)), 400, 'invalidValue');
    expectRefusal(await write('POST', '/Devices', '1.0'), 400, 'invalidSyntax');
    expectRefusal(await write('POST', '/Devices', '[1.0]'), 400, 'invalidSyntax');
  });
});

test('rfc 109: the figures of a search and of a bulk request are integers too', async () => {
  const { write } = await open('compat');
  for (const name of ['count', 'startIndex'])
    expectRefusal(await write('POST', '/Devices/.search', `{"${name}":1.0}`), 400, 'invalidValue');
  const body = `{"schemas":["${BULK_URN}"],"failOnErrors":1.0,"Operations":[{"method":"DELETE","path":"/Devices/1"}]}`;
  expectRefusal(await write('POST', '/Bulk', body), 400, 'invalidValue');
});

function device(more: string): string {
  return `{"schemas":["${DEVICE_URN}","${ASSET_URN}"],"serial":"SERIAL",${more}}`;
}

function operation(text: string): string {
  return `{"schemas":["${PATCH_URN}"],"Operations":[{${text}}]}`;
}

/** One device, and ways to write to it. */
async function open(profile: ProfileName) {
  const { scim } = openScim({ resourceTypes: [DEVICE_RESOURCE_TYPE] });
  const { key } = await connect(scim);
  await scim.management.patchScimConnection({ customerId: 'acme', profile });
  const call = (path: string, more: Call = {}) => send(scim, path, { key, ...more });
  const made = await call('/Devices', { body: device('"interfaces":[{"value":"a"}]') });
  let serials = 0;
  const path = `/Devices/${made.body.id}`;
  return {
    /** A new serial number for each create. */
    write(method: string, to: string, body: string) {
      serials += 1;
      const serial = method === 'POST' ? `new ${serials}` : 'SERIAL';
      return call(to.replace('/Devices/ID', path), { method, body: body.replace('SERIAL', serial) });
    },
    read: async () => (await call(path)).body,
    version: async () => (await call(path)).headers.get('etag'),
  };
}
