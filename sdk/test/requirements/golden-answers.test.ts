import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { METHODS } from '../../src/http/route.ts';
import { createScim } from '../../src/index.ts';
import { createFolder } from '../support/connections.ts';
import {
  type Answer,
  BASE,
  connect,
  group,
  type OpenOptions,
  openScim,
  send,
  user,
} from '../support/scim.ts';
import { sendTo, serve } from '../support/serve.ts';
import { GOLDEN_ANSWERS, type GoldenAnswer, type Host, ROUTES } from './golden-answers.ts';

/** What Node adds to every answer. */
const OF_THE_SOCKET = new Set(['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']);

/** 431 is Node's own, for headers it does not even hand on; megabytes are left to the tests of the adapters. */
const ONE_OF_EACH_STATUS = [
  ...new Map(
    GOLDEN_ANSWERS.filter(({ status, body }) => status !== 431 && String(body).length < 10_000).map(
      (row) => [row.status, row] as const,
    ),
  ),
];

describe('an identity provider is answered', () => {
  test.each(GOLDEN_ANSWERS.map((row) => [toTitle(row), row] as const))('%s', async (_title, row) => {
    const { scim, key } = await open(row);
    const { path, method, body, headers } = toRequest(row);
    const ask = () => send(scim, path, { key, method, body, headers, address: '203.0.113.7' });

    for (let sent = 0; sent < (row.host?.before ?? 0); sent += 1) await ask();
    const answer = await ask();

    expect(toGolden(answer, Object.fromEntries(answer.headers))).toEqual(toExpected(row, answer));
  });

  test.each(ONE_OF_EACH_STATUS)('case S25: %i is the same over a socket', async (_status, row) => {
    const { scim, key } = await open(row);
    const { path, method, body, headers } = toRequest(row);
    const port = await serve(nodeHandler(scim));
    const type = { 'content-type': 'application/scim+json' };
    const ask = () =>
      sendTo(port, {
        method,
        path: `/scim/v2${path}`,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : type),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      });

    for (let sent = 0; sent < (row.host?.before ?? 0); sent += 1) await ask();
    const answer = await ask();

    const shown = Object.entries(answer.headers).filter(([name]) => !OF_THE_SOCKET.has(name));
    expect(toGolden(answer, Object.fromEntries(shown))).toEqual(toExpected(row, answer));
  });
});

test('the table has every route with every method it answers', () => {
  expect(Object.keys(ROUTES).sort()).toEqual(Object.keys(METHODS).sort());
  const answered = new Set(
    GOLDEN_ANSWERS.filter(({ status, host }) => status < 300 && host?.key !== 'none').map(toRoute),
  );
  for (const [kind, [, allow]] of Object.entries(ROUTES)) {
    if (kind === 'notImplemented') continue;
    for (const method of allow.split(', ')) expect(answered).toContain(`${method} ${kind}`);
  }
});

function toRoute({ send: sent, host }: GoldenAnswer): string {
  const [method, path = ''] = sent.split(' ');
  const [first = '', second] = (path.split('?', 1)[0] ?? '').split('/').filter(Boolean);
  const kinds: Readonly<Record<string, string>> = {
    '': 'root',
    '.search': 'rootSearch',
    Bulk: 'bulk',
    Me: host?.me === undefined ? 'notImplemented' : 'me',
    ServiceProviderConfig: 'serviceProviderConfig',
    ResourceTypes: 'resourceTypes',
    Schemas: 'schemas',
  };
  const ofResources = second === undefined ? 'collection' : second === '.search' ? 'search' : 'resource';
  return `${method} ${kinds[first] ?? ofResources}`;
}

function toTitle({ send: sent, shows = [], when, status, host }: GoldenAnswer): string {
  const subject = sent.length > 80 ? `${sent.slice(0, 40)}…` : sent;
  const setting = host?.me === undefined ? '' : ` of ${host.me}`;
  return `${['case S25', ...shows].join(', ')}: ${subject}${setting}${when === undefined ? '' : `, ${when},`} is ${status}`;
}

/** A database of Ann, Ben and their group Staff, and of Eve, who is another customer's; made once, copied for each row. */
const folder = mkdtempSync(join(tmpdir(), 'scimkit-'));
const template = join(folder, 'template.db');
const ids = new Map<string, string>();
let right = '';
const PEPPER = 'a pepper for tests';
const clock = () => Date.parse('2026-01-01T00:00:00Z');

beforeAll(async () => {
  const maker = createScim({ clock, database: `sqlite:${template}`, endpointUrl: BASE, pepper: PEPPER });
  const { key } = await connect(maker);
  const other = await connect(maker, 'other');
  const make = async (of: string, path: string, body: object) =>
    (await send(maker, path, { key: of, body })).body.id as string;
  right = key;
  ids.set('ANN_ID', await make(key, '/Users', user('ann')));
  const ben = await make(key, '/Users', user('ben'));
  ids.set('STAFF_ID', await make(key, '/Groups', group('Staff', [ben])));
  ids.set('EVE_ID', await make(other.key, '/Users', user('eve')));
  await maker.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The server a row is about, with a database of its own. */
async function open({ host = {} }: GoldenAnswer) {
  const file = join(createFolder(), 'copy.db');
  copyFileSync(template, file);
  const { scim } = openScim({ clock, database: `sqlite:${file}`, pepper: PEPPER, ...toOptions(host) });
  if (host.profile !== undefined)
    await scim.management.patchScimConnection({ customerId: 'acme', profile: host.profile });
  return { scim, key: toKey(host) };
}

function toOptions({ hooks, limits, me }: Host): OpenOptions {
  return {
    ...(hooks === undefined ? {} : { hooks }),
    ...(limits === undefined ? {} : { limits }),
    ...(me === undefined ? {} : { me: () => ids.get(me) ?? null }),
  };
}

function toKey(host: Host): string | null {
  if (host.key === 'none') return null;
  return host.key === 'wrong' ? `${right}x` : right;
}

function toRequest({ send: sent, body, headers = {} }: GoldenAnswer) {
  const [method = '', path = ''] = sent.split(' ');
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method, headers, path: name(path), body: text === undefined ? undefined : name(text) };
}

/** Ids in place of what stands for them. */
function name(text: string, newId = ''): string {
  return [...ids, ['NEW_ID', newId] as const].reduce(
    (named, [placeholder, id]) => named.replaceAll(placeholder, id),
    text,
  );
}

type Came = Pick<Answer, 'status' | 'text' | 'body'>;

function toGolden({ status, text, body }: Came, headers: object) {
  const isEmpty = text === '';
  const shape = isEmpty ? null : body.schemas[0]?.split(':').at(-1);
  return { status, headers, shape, scimType: isEmpty ? undefined : body.scimType };
}

function toExpected({ status, answers, shape, scimType }: GoldenAnswer, { body }: Came) {
  const headers = Object.entries(answers).map(([header, value]) => [header, name(value, body?.id)]);
  return { status, headers: Object.fromEntries(headers), shape, scimType };
}
