import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createFolder } from '../support/connections.ts';
import { runs, SEED, seconds, tryInputsInTurn } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import type { Dice } from '../support/dice.ts';
import { type Answer, connect, group, openScim, patch, send, user } from '../support/scim.ts';
import { startServer } from './server-process.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How far a clock jumps, in milliseconds. */
const JUMPS = [-400 * DAY, -DAY, -HOUR, -1_000, -1, 0, 1, 1_000, HOUR, DAY, 400 * DAY];

/** Notes what a resource says of itself each time it is shown, and that it never goes back. */
function watchMeta() {
  const known = new Map<string, { readonly version: number; readonly lastModified: string }>();
  return ({ body }: Answer): void => {
    const { id, meta } = body;
    const version = Number(/^W\/"(\d+)/.exec(meta.version)?.[1]);
    const before = known.get(id);
    if (before !== undefined) {
      expect(version).toBeGreaterThanOrEqual(before.version);
      expect(meta.lastModified >= before.lastModified, `${before.lastModified} → ${meta.lastModified}`).toBe(
        true,
      );
      // A new state has a new version; the same version is the same state.
      if (version === before.version) expect(meta.lastModified).toBe(before.lastModified);
    }
    expect(meta.lastModified >= meta.created).toBe(true);
    known.set(id, { version, lastModified: meta.lastModified });
  };
}

describe('a clock that is set', () => {
  test(
    `fault-F11 ${kind}, inv-I11: versions rise and lastModified never goes back, whatever the clock does`,
    async () => {
      const time = { now: Date.now() };
      const { scim, log } = openScim({
        limited: true,
        clock: () => time.now,
        // A key must outlive the longest jump.
        keyLifeSeconds: null,
      });
      let count = 0;
      await tryInputsInTurn(
        `F11 histories under a clock that jumps, ${kind}`,
        runs(20),
        async (dice: Dice) => {
          count += 1;
          time.now = Date.now();
          const { key } = await connect(scim, `customer-${count}`);
          const note = watchMeta();
          const call = (path: string, method: string, body?: object) =>
            send(scim, path, { key, method, ...(body && { body }) });
          const ann = (await call('/Users', 'POST', user('ann'))).body.id;
          const leaver = (await call('/Users', 'POST', user('leaver'))).body.id;
          const crew = (await call('/Groups', 'POST', group('crew', [leaver]))).body.id;
          let isThere = true;
          for (let step = 0; step < 12; step += 1) {
            time.now += dice.pick(JUMPS);
            const value = { active: dice.oneIn(2), title: `title ${step}` };
            const member = { op: dice.pick(['add', 'remove']), path: 'members', value: [{ value: ann }] };
            const answers = [
              await call(`/Users/${ann}`, 'PATCH', patch({ op: 'replace', value })),
              await call(`/Groups/${crew}?excludedAttributes=members`, 'PATCH', patch(member)),
            ];
            if (isThere && dice.oneIn(6)) {
              // The group changes with its member.
              expect((await call(`/Users/${leaver}`, 'DELETE')).status).toBe(204);
              isThere = false;
            }
            answers.push(await call(`/Users/${ann}`, 'GET'), await call(`/Groups/${crew}`, 'GET'));
            // The limits on rates let everybody through as before.
            expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
            answers.forEach(note);
          }
          return undefined;
        },
      );
      expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    },
    seconds(60),
  );

  test(`fault-F11 ${kind}, inv-I8: a key ends at its second by the clock, and one that was revoked stays so`, async () => {
    const time = { now: Date.UTC(2026, 0, 1) };
    const { scim } = openScim({ clock: () => time.now });
    const { management } = scim;
    const expiresAt = time.now / 1000 + 90;
    const limited = (
      await management.createScimConnection({ customerId: 'limited', scimApiKeyExpiration: expiresAt })
    ).getOrThrow();
    const revoked = await connect(scim, 'revoked');
    const status = async (key: string) => (await send(scim, '/Users', { key })).status;
    expect([await status(limited.scimApiKey), await status(revoked.key)]).toEqual([200, 200]);
    (await management.resetScimApiKey({ scimConnectionId: revoked.connectionId })).getOrThrow();

    for (const [offset, expected] of [
      [89, 200],
      [90, 401],
      [400 * 86_400, 401],
      [-HOUR / 1000, 200],
      [-400 * 86_400, 200],
      [91, 401],
    ] as const) {
      time.now = (expiresAt - 90 + offset) * 1000;
      expect([offset, await status(limited.scimApiKey)]).toEqual([offset, expected]);
      expect([offset, await status(revoked.key)]).toEqual([offset, 401]);
    }
  });
});

const [libfaketime] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
const why = libfaketime === undefined ? ' (skipped: libfaketime is not here)' : '';

/** A process whose clock is off, by so many seconds, and can be set. */
async function startSkewed(database: Parameters<typeof startServer>[0], offset: number) {
  const file = join(createFolder(), 'clock');
  const set = (to: number) => writeFileSync(file, `${to < 0 ? '' : '+'}${to}s`);
  set(offset);
  const server = await startServer(database, {
    environment: {
      LD_PRELOAD: libfaketime ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // Timers go by a clock that nobody sets.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  });
  return { ...server, set };
}

describe('processes whose clocks differ', () => {
  test.skipIf(libfaketime === undefined)(
    `fault-F11 ${kind}, inv-I11: what two of them change in turn, while their clocks are set, never goes back${why}`,
    async () => {
      const { scim, database } = openScim({ keyLifeSeconds: null });
      const { key } = await connect(scim);
      const fast = await startSkewed(database, 3_600);
      const slow = await startSkewed(database, -3_600);
      const { body: made } = await slow.send('/Users', { key, body: user('ann') });
      // Their clocks are off indeed.
      const offBy = (Date.now() - Date.parse(made.meta.created)) / 1000;
      expect(Math.abs(offBy - 3_600)).toBeLessThan(60);

      await tryInputsInTurn(`F11 clocks set under two processes, ${kind}`, runs(20), async (dice) => {
        const server = dice.pick([fast, slow]);
        server.set(dice.pick(JUMPS) / 1000);
        const id = (await server.send('/Users', { key, body: user(`person-${dice.int(2 ** 31)}`) })).body.id;
        const note = watchMeta();
        for (let step = 0; step < 8; step += 1) {
          const { send: call } = dice.pick([fast, slow]);
          const changed = await call(`/Users/${id}`, {
            key,
            method: 'PATCH',
            body: patch({ op: 'replace', value: { title: `title ${step}` } }),
          });
          const read = await dice.pick([fast, slow]).send(`/Users/${id}`, { key });
          expect([changed.status, read.status]).toEqual([200, 200]);
          expect(read.body).toEqual(changed.body);
          note(changed);
        }
        return undefined;
      });

      expect([fast.output.stderr, slow.output.stderr], `SCIMKIT_SEED=${SEED}`).toEqual(['', '']);
    },
    seconds(60),
  );
});
