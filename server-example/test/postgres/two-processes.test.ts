import { createScim } from 'scimkit';
import { simulate } from 'scimkit/simulate';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/database.ts';
import { startBalancer } from '../balancer.ts';
import { people, startSeconds } from '../harbor.ts';
import { startHarborProcess } from '../harbor-process.ts';
import { createTestDatabase } from '../test-database.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Two Harbors that start at once on one empty database, and a balancer before them. */
async function startTwo() {
  const { url: databaseUrl, remove } = await createTestDatabase();
  onTestFinished(remove);
  const environment = { DATABASE_URL: databaseUrl, RATE_LIMITS: 'off', SESSION_SECRET: 'the same for both' };
  const harbors = await Promise.all([startHarborProcess(environment), startHarborProcess(environment)]);
  const database = await openDatabase({ url: databaseUrl, nowSeconds: startSeconds, warn() {} });
  onTestFinished(() => database.close());
  const url = await startBalancer(harbors.map(({ url }) => url));
  return { harbors, databaseUrl, database, url };
}

function createClient(key: string) {
  return async (url: string, method: string, path: string, body?: object) => {
    const response = await fetch(`${url}/scim/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/scim+json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  };
}

const count = async (database: Database, rows: string) =>
  Number((await database.get(`SELECT count(*) AS total FROM ${rows}`))?.total);

test.each([
  { persona: 'entra', scenario: 'large-group', sizes: { members: 300 }, users: 308, members: 300 },
  {
    persona: 'okta',
    scenario: 'bulk',
    sizes: { users: 80, groups: 8, members: 40 },
    users: 80,
    members: 320,
  },
] as const)(
  '$persona pushes groups to two processes at once: no member is lost, nobody comes twice, nothing fails',
  async ({ persona, scenario, sizes, ...expected }) => {
    const { harbors, database, url } = await startTwo();
    const { scimApiKey } = await harbors[0].createConnection('northwind', persona);

    const report = await simulate(persona, {
      url: `${url}/scim/v2`,
      key: scimApiKey,
      scenario,
      keep: true,
      concurrency: 16,
      ...sizes,
    });

    expect(report.steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(await count(database, "users WHERE managed_by = 'directory'")).toBe(expected.users);
    expect(await count(database, 'team_members')).toBe(expected.members);
    expect(await count(database, 'scim_members')).toBe(expected.members);
    const twice = 'SELECT user_name FROM users GROUP BY customer_id, user_name HAVING count(user_name) > 1';
    expect(await database.all(twice)).toEqual([]);
    expect(harbors.map(({ output }) => output.stderr)).toEqual(['', '']);
  },
);

test('a userName sent to two processes at once becomes one person, and the other answer is 409', async () => {
  const { harbors, database } = await startTwo();
  const { scimApiKey } = await harbors[0].createConnection('northwind', 'generic_scim');
  const send = createClient(scimApiKey);

  for (let round = 0; round < 25; round += 1) {
    const answers = await Promise.all(
      harbors.map(({ url }) => send(url, 'POST', '/Users', { userName: `person-${round}` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  }

  expect(await count(database, "users WHERE managed_by = 'directory'")).toBe(25);
  expect(harbors.map(({ output }) => output.stderr)).toEqual(['', '']);
});

test('people whom a deleted connection left are taken back once, though two connections ask for them at once', async () => {
  const { harbors, databaseUrl, database } = await startTwo();
  const scim = createScim({ database: databaseUrl });
  onTestFinished(() => scim.close());
  const connect = async () =>
    (await scim.management.createScimConnection({ customerId: 'acme', allowMultiple: true })).getOrThrow();
  const [first, second] = await Promise.all([connect(), connect()]);
  const names = Array.from({ length: 25 }, (_, index) => `person-${index}`);
  await database.transaction(async (tx) => {
    await tx.run("INSERT INTO customers (id, name, created_at) VALUES ('acme', 'Acme', 1)");
    for (const name of names) {
      await tx.run(
        `INSERT INTO users (id, customer_id, name, managed_by, user_name, created_at)
        VALUES (?, 'acme', ?, 'directory', ?, 1)`,
        [`usr_${name}`, name, name],
      );
    }
  });

  for (const userName of names) {
    const answers = await Promise.all([
      createClient(first.scimApiKey)(harbors[0].url, 'POST', '/Users', { userName }),
      createClient(second.scimApiKey)(harbors[1].url, 'POST', '/Users', { userName }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  }

  expect(await count(database, "users WHERE customer_id = 'acme'")).toBe(50);
  const owners = await database.all(
    "SELECT connection_id, CAST(count(*) AS INTEGER) AS total FROM users WHERE customer_id = 'acme' GROUP BY connection_id",
  );
  expect(owners.map(({ total }) => total)).toEqual([25, 25]);
  expect(harbors.map(({ output }) => output.stderr)).toEqual(['', '']);
});

test('who signs in at one process is signed in at the other; a key made at one works at the other', async () => {
  const { harbors } = await startTwo();
  const [here, there] = harbors.map(({ url }) => url) as [string, string];
  const post = async (url: string, path: string, body: object, cookie = '') => {
    const headers = { origin: url, cookie, 'content-type': 'application/json' };
    return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  };

  const signedIn = await post(here, '/api/sign-in', { userId: people.northwindAdmin });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const created = await post(there, '/api/setup/scim', {}, cookie);
  const { scimApiKey } = (await created.json()) as { scimApiKey: string };
  const listed = await createClient(scimApiKey)(here, 'GET', '/Users');

  expect([signedIn.status, created.status, listed.status]).toEqual([200, 201, 200]);
});
