import { expect, onTestFinished, test } from 'vitest';
import { countInputs, runs, seconds } from '../support/counts.ts';
import { createTestDatabase, isOnPostgres } from '../support/databases.ts';
import { connect, openScim, user } from '../support/scim.ts';
import { startServer } from './server-process.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
const PROCESSES = 6;

test(
  `fault-F19 ${kind}: of processes that start at once on an empty database one applies each migration, and all serve`,
  async () => {
    for (let round = 0; round < runs(1); round += 1) {
      const database = createTestDatabase();
      onTestFinished(() => database.remove());

      const servers = await Promise.all(Array.from({ length: PROCESSES }, () => startServer(database)));

      const names = (await database.rows('SELECT name FROM {p}migrations ORDER BY name')).map(
        ({ name }) => name,
      );
      expect(servers.flatMap(({ applied }) => applied).toSorted()).toEqual(names);
      const { key } = await connect(openScim({ on: database }).scim);
      const answers = await Promise.all(
        servers.map(({ send }, index) => send('/Users', { key, body: user(`person-${index}`) })),
      );
      expect(answers.map(({ status }) => status)).toEqual(servers.map(() => 201));
      expect(servers.map(({ output }) => output.stderr).join('')).toBe('');
      countInputs(`F19 processes started at once on an empty database, ${kind}`, PROCESSES);
      await Promise.all(servers.map(({ stop }) => stop()));
    }
  },
  seconds(60),
);
