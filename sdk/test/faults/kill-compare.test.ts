import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { SEED } from '../support/counts.ts';
import { createDice } from '../support/dice.ts';
import { connect, openScim } from '../support/scim.ts';
import { serve } from '../support/serve.ts';
import { findFaults } from './kill/compare.ts';
import { startTraffic } from './kill/traffic.ts';

/** A connection after some traffic, and its rows to tamper with. */
async function openBusy() {
  const { scim, file } = openScim();
  const connected = await connect(scim, 'acme', { guard: 'off' });
  const port = await serve(nodeHandler(scim));
  const traffic = await startTraffic({ ...connected, port, dice: createDice(SEED) });
  await traffic.begun;
  await sleep(700);
  await traffic.stop();
  const handle = new DatabaseSync(file);
  onTestFinished(() => handle.close());
  handle.exec('PRAGMA foreign_keys = OFF');
  const known = { connectionId: connected.connectionId, ledger: traffic.ledger };
  const find = () =>
    findFaults(
      async (sql, values) => handle.prepare(sql.replaceAll('{p}', 'scim_')).all(...values) as never,
      known,
    );
  return { handle, find };
}

/** What a commit that was lost, or carried out by half, would leave behind. */
const TAMPERED: readonly (readonly [string, string, RegExp])[] = [
  ['an event is gone', 'DELETE FROM scim_events WHERE position = 3', /^lost: .*|^gap: /],
  [
    'the last event is gone',
    'DELETE FROM scim_events WHERE position = (SELECT max(position) FROM scim_events)',
    /^gap: the connection/,
  ],
  [
    'a user is gone, its events are there',
    `DELETE FROM scim_resources WHERE id = (SELECT min(id) FROM scim_resources WHERE resource_type = 'User')`,
    /^state: /,
  ],
  [
    'a member is gone',
    'DELETE FROM scim_members WHERE member_id = (SELECT min(member_id) FROM scim_members)',
    /^half: .* other members/,
  ],
  [
    'a version is an older one',
    `UPDATE scim_resources SET version = version - 1 WHERE resource_type = 'Group'`,
    /^half: .* is at version/,
  ],
  [
    'a user is as before its last change',
    `UPDATE scim_resources SET attributes = json_set(attributes, '$.title', 'before') WHERE id = (SELECT min(id) FROM scim_resources WHERE resource_type = 'User')`,
    /^half: .* not as its last event/,
  ],
  [
    'an address is not found',
    `DELETE FROM scim_indexed_values WHERE resource_id = (SELECT min(id) FROM scim_resources WHERE resource_type = 'User')`,
    /^index: /,
  ],
  [
    'an event tells of an older version',
    `UPDATE scim_events SET resource_version = resource_version + 5 WHERE position = (SELECT max(position) FROM scim_events)`,
    /^(lost|version|half): /,
  ],
];

describe('self-check of what kills and power cuts are judged by', () => {
  test('nothing is found where nothing is wrong, and every tampering is', async () => {
    const { handle, find } = await openBusy();
    expect(await find()).toEqual([]);
    for (const [name, sql, expected] of TAMPERED) {
      handle.exec('BEGIN');
      handle.exec(sql);
      const faults = await find();
      handle.exec('ROLLBACK');
      expect({ name, faults }).toEqual({
        name,
        faults: expect.arrayContaining([expect.stringMatching(expected)]),
      });
    }
    expect(await find()).toEqual([]);
  });
});
