import { describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../src/index.ts';
import { listPersonas, type PersonaId, simulate } from '../src/simulator/simulate.ts';
import { createDice } from './support/dice.ts';
import { send } from './support/scim.ts';
import { openHookApp, openTwoPhaseApp, type TriedApp } from './support/two-apps.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Nothing is written by it, and limits have tests of their own. */
const WITHOUT_WRITES = 'throttle';
const played = listPersonas().flatMap(({ id, scenarios }) =>
  scenarios.filter(({ name }) => name !== WITHOUT_WRITES).map(({ name }) => ({ id, name })),
);

describe('row F1: hooks and two phases come to the same', () => {
  test.each(played)('$id $name: what is stored and what the app has', async ({ id, name }) => {
    const [inTransaction, inTwoPhases] = [await openHookApp(), await openTwoPhaseApp()];

    const first = await play(inTransaction, { id, name });
    const second = await play(inTwoPhases, { id, name });

    expect(second).toEqual(first);
    expect(first.stored.users.length).toBeGreaterThan(0);
    expect(first.accounts.map((account) => account.name)).toEqual(
      first.stored.users.map(({ userName }) => userName),
    );
  });
});

/** Plays a scenario whose names are the same each time, and reads what it left. */
async function play(app: TriedApp, { id, name }: { readonly id: PersonaId; readonly name: string }) {
  const dice = createDice(1);
  const { url, key, key2 } = app;
  const report = await simulate(id, {
    ...{ url, key, key2, scenario: name, keep: true },
    ...{ users: 12, groups: 2, members: 8, concurrency: 2 },
    ...(name === 'tenants' ? { url2: url } : {}),
    random: () => dice.int(1_000_000) / 1_000_000,
  });
  expect(report.steps.filter(({ ok }) => !ok)).toEqual([]);
  const [stored, others] = [await readStored(app, key), await readStored(app, key2)];
  const names = new Map([...stored.names, ...others.names]);
  const accounts = (await app.accounts()).map((account) => ({
    ...account,
    groupIds: account.groupIds.map((groupId) => names.get(groupId)).toSorted(),
  }));
  const both = { users: [...stored.users, ...others.users], groups: [...stored.groups, ...others.groups] };
  return {
    stored: { users: both.users.toSorted(byName), groups: both.groups.toSorted(byName) },
    accounts: accounts.toSorted((a, b) => a.name.localeCompare(b.name)),
  };
}

/** What a connection holds, with names in the place of ids. */
async function readStored({ scim }: TriedApp, key: string) {
  const read = async (path: string) =>
    (await send(scim, `${path}?count=200`, { key })).body.Resources as JsonObject[];
  const [users, groups] = [await read('/Users'), await read('/Groups')];
  const names = new Map(
    [...users, ...groups].map(({ id, userName, displayName }) => [
      String(id),
      String(userName ?? displayName),
    ]),
  );
  const text = (resources: readonly JsonObject[]) =>
    resources
      .map(({ id: _id, meta: _meta, ...rest }) =>
        JSON.stringify(rest).replaceAll(/https?:\/\/[^"/]*\/scim\/v2/g, ''),
      )
      .map((json) => [...names].reduce((named, [id, name]) => named.replaceAll(id, name), json))
      .map((json) => JSON.parse(json))
      .map(({ members = [], groups = [], ...rest }) => ({
        ...rest,
        members: members.toSorted(byValue),
        groups: groups.toSorted(byValue),
      }));
  return { names, users: text(users), groups: text(groups) };
}

function byValue(a: { value: string }, b: { value: string }): number {
  return a.value.localeCompare(b.value);
}

function byName(a: JsonObject, b: JsonObject): number {
  return String(a.userName ?? a.displayName).localeCompare(String(b.userName ?? b.displayName));
}
