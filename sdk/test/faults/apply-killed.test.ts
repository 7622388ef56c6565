import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createPeople, createPeopleHooks, peopleTable } from '../guard/app-people.ts';
import { openClient } from '../support/client.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { createTestDatabase, isOnPostgres, type TestDatabase } from '../support/databases.ts';
import { createDice } from '../support/dice.ts';
import { group, user } from '../support/scim.ts';
import type { Applying } from './apply-process.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
const PEOPLE = 30;
const KILLS = 2;
const SCRIPT = fileURLToPath(new URL('apply-process.ts', import.meta.url));

/** Kills the process so long after it has called so many hooks. Answers what it said, all of it where it was quicker. */
async function applyAndKill(
  applying: Applying,
  { hooks, wait }: { readonly hooks: number; readonly wait: number },
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify(applying)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length !== hooks) continue;
    await sleep(wait);
    child.kill('SIGKILL');
  }
  await gone;
  return said;
}

async function open() {
  const on = createTestDatabase();
  await createPeople(on);
  const client = await openClient({ on, hooks: createPeopleHooks(on.prefix) });
  const { customerId } = client;
  const { management } = client.scim;
  const dryRun = async () =>
    (await management.patchScimConnection({ customerId, policy: { effects: 'dryRun' } })).getOrThrow();
  return {
    ...client,
    management,
    dryRun,
    applying: { database: on.option, tablePrefix: on.prefix, customerId },
    /** How often each event about each resource was recorded, in the order of the resources. */
    eventCounts: (type: string) =>
      on.rows(
        'SELECT resource_id AS id, count(*) AS total FROM {p}events WHERE type = ? GROUP BY resource_id ORDER BY resource_id',
        [type],
      ),
    /** PostgreSQL may still be committing what a killed process has sent: a list read before would be an old one. */
    async settled() {
      if (on.file === undefined)
        await on.rows(`BEGIN; LOCK TABLE ${peopleTable(on.prefix)} IN SHARE MODE; COMMIT`);
    },
    people: () => on.rows(`SELECT id, active, changes FROM ${peopleTable(on.prefix)} ORDER BY id`),
    effects: async () => (await management.fetchScimConnection({ customerId })).getOrThrow().policy.effects,
    async leftOvers() {
      const tables = ['effects', 'untold', 'untold_members'];
      const counts = await Promise.all(tables.map((table) => on.rows(`SELECT 1 FROM {p}${table}`)));
      return counts.map((rows) => rows.length);
    },
  };
}

type Opened = Awaited<ReturnType<typeof open>>;

async function hire({ make }: Opened, count: number, name: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at++) ids.push((await make('/Users', user(`${name}${at}`))).id);
  return ids.toSorted();
}

const onceEach = (ids: readonly string[]) => ids.map((id) => ({ id, total: 1 }));
const numbers = (rows: readonly Record<string, unknown>[]) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, name === 'id' ? value : Number(value)]),
    ),
  );

describe('fault: the process that tells the app what it has not heard is killed', () => {
  test(
    `F10 ${kind}: endDryRun called again tells the rest, nothing twice, and leaves nothing half`,
    async () => {
      const dice = createDice(SEED);
      const because = `SCIMKIT_SEED=${SEED}`;
      for (let round = 0; round < runs(1); round++) {
        const app = await open();
        await app.dryRun();
        const ids = await hire(app, PEOPLE, `r${round}-`);
        const staff = (await app.make('/Groups', group('Staff', ids))).id;
        const applying = { ...app.applying, accounts: null };
        for (let kill = 0; kill < KILLS; kill++) {
          // The last kill comes at the end, where the dry run is over and forgotten.
          const hooks = kill === KILLS - 1 ? PEOPLE : 1 + dice.int(8);
          await applyAndKill(applying, { hooks, wait: dice.int(4) });
        }
        countInputs(`F10 ends of a dry run killed, ${kind}`, KILLS);
        const ended = await app.management.endDryRun({ customerId: app.customerId, apply: true });
        if (ended.ok) expect(ended.data, because).toMatchObject({ complete: true, left: 0, failures: [] });
        else expect(ended.error, because).toEqual({ type: 'NoDryRun' });

        expect(await app.effects()).toBe('apply');
        expect(await app.leftOvers(), because).toEqual([0, 0, 0]);
        expect(numbers(await app.people()), because).toEqual(
          ids.map((id) => ({ id, active: 1, changes: 0 })),
        );
        expect(numbers(await app.eventCounts('user.created')), because).toEqual(onceEach(ids));
        expect(numbers(await app.eventCounts('group.created')), because).toEqual(onceEach([staff]));
        const changes = await app.database.rows(
          "SELECT data FROM {p}events WHERE type = 'group.members_changed'",
        );
        const added = changes.flatMap(({ data }) => toData(data).added.map(({ value }) => value));
        expect(added.toSorted(), because).toEqual(ids);
      }
    },
    seconds(60),
  );

  test(
    `F8 ${kind}: reconcile called again tells the rest, and nothing twice`,
    async () => {
      const dice = createDice(SEED);
      const because = `SCIMKIT_SEED=${SEED}`;
      for (let round = 0; round < runs(1); round++) {
        const app = await open();
        const leavers = await hire(app, PEOPLE / 2, `r${round}-leaver`);
        // The app hears nothing of what comes now, as after its own tables were restored.
        const deaf = await openClient({ on: app.database, customerId: 'other' });
        const newcomers = await changeUnheard(deaf, { app, leavers });
        const accounts = async () => {
          await app.settled();
          return numbers(await app.people()).map(({ id, active }) => ({
            id: String(id),
            active: active === 1,
          }));
        };
        let hooks = 1 + dice.int(8);
        for (let kill = 0; kill < KILLS; kill++) {
          await applyAndKill({ ...app.applying, accounts: await accounts() }, { hooks, wait: dice.int(4) });
          hooks = 1 + dice.int(8);
        }
        countInputs(`F8 reconciles killed, ${kind}`, KILLS);
        const said = await applyAndKill(
          { ...app.applying, accounts: await accounts() },
          { hooks: Number.POSITIVE_INFINITY, wait: 0 },
        );
        expect(said.at(-1), because).toBe('done');

        expect(numbers(await app.people()), because).toEqual(
          [
            ...leavers.map((id) => ({ id, active: 0, changes: 1 })),
            ...newcomers.map((id) => ({ id, active: 1, changes: 0 })),
          ].toSorted((one, other) => (one.id < other.id ? -1 : 1)),
        );
        // Told twice in all: when it happened, to an app that did not hear, and once again.
        const twice = (ids: readonly string[]) => ids.map((id) => ({ id, total: 2 }));
        expect(numbers(await app.eventCounts('user.deactivated')), because).toEqual(twice(leavers));
        const created = numbers(await app.eventCounts('user.created'));
        expect(
          created.filter(({ id }) => newcomers.includes(String(id))),
          because,
        ).toEqual(twice(newcomers));
      }
    },
    seconds(60),
  );
});

/** Through a scimkit without hooks: those leave, and others come. */
async function changeUnheard(
  deaf: Awaited<ReturnType<typeof openClient>>,
  { app, leavers }: { readonly app: Opened; readonly leavers: readonly string[] },
): Promise<readonly string[]> {
  const { key } = app;
  for (const id of leavers) {
    const off = { Operations: [{ op: 'replace', path: 'active', value: false }] };
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    await deaf.call(`/Users/${id}`, { key, method: 'PATCH', body: { schemas, ...off } });
  }
  const newcomers: string[] = [];
  for (let at = 0; at < PEOPLE / 2; at++)
    newcomers.push((await deaf.call('/Users', { key, method: 'POST', body: user(`newcomer${at}`) })).body.id);
  return newcomers.toSorted();
}

function toData(data: unknown): { readonly added: readonly { readonly value: string }[] } {
  return JSON.parse(typeof data === 'string' ? data : JSON.stringify(data));
}

/** Where a crash right behind the decision to end a dry run leaves it: decided, and nothing forgotten. */
async function crashBehindDecision({ file, rows }: TestDatabase): Promise<void> {
  const over = `UPDATE {p}connections SET policy = '{}'`;
  if (file === undefined) return void (await rows(over));
  const handle = new DatabaseSync(file);
  handle.exec(over.replace('{p}', 'scim_'));
  handle.close();
}

describe('fault: the process ends between the end of a dry run and its being forgotten', () => {
  test('the next call forgets the rest, and one after it finds no dry run', async () => {
    const app = await open();
    await app.dryRun();
    await hire(app, 3, 'ann');
    await crashBehindDecision(app.database);
    const { customerId } = app;
    const end = () => app.management.endDryRun({ customerId, apply: false });
    expect(await end()).toMatchObject({ ok: true, data: { complete: true, told: 0, left: 0 } });
    expect(await app.leftOvers()).toEqual([0, 0, 0]);
    expect(await end()).toEqual({ ok: false, error: { type: 'NoDryRun' } });
  });

  test('a dry run begun then shows and tells what happens in it, and nothing of before', async () => {
    const app = await open();
    await app.dryRun();
    await hire(app, 3, 'ann');
    await crashBehindDecision(app.database);
    await app.dryRun();
    const [ben = ''] = await hire(app, 1, 'ben');
    const { customerId, management } = app;
    const report = (await management.getDryRunEffects({ customerId })).getOrThrow();
    expect(report).toMatchObject({ summary: { 'user.created': 1 }, untold: 1 });
    await management.endDryRun({ customerId, apply: true });
    expect(numbers(await app.people()).map(({ id }) => id)).toEqual([ben]);
  });
});

describe('two administrators at once', () => {
  test(`${kind}: who changes one setting does not undo what somebody else changes in another`, async () => {
    const app = await open();
    const { customerId, management } = app;
    for (let round = 0; round < 10; round++) {
      const limit = round + 1;
      const deprovision = round % 2 === 0 ? 'hard' : 'soft';
      const displayName = `Name ${round}`;
      await Promise.all([
        management.patchScimConnection({ customerId, policy: { seats: { limit, onFull: 'allow' } } }),
        management.patchScimConnection({ customerId, policy: { deprovision } }),
        management.patchScimConnection({ customerId, displayName }),
      ]);
      const now = (await management.fetchScimConnection({ customerId })).getOrThrow();
      expect(now).toMatchObject({ displayName, policy: { deprovision, seats: { limit } } });
    }
  });
});
