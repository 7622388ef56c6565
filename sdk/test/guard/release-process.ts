// Releases everything that is held, in a process of its own, and says how far it is.
import { createScim } from '../../src/index.ts';
import { createPeopleHooks } from './app-people.ts';

const [, , database = '', tablePrefix = '', customerId = ''] = process.argv;
const scim = createScim({
  database,
  tablePrefix,
  hooks: createPeopleHooks(tablePrefix),
  logger: { error: console.error, warn: console.error, info() {} },
});
await scim.management.releaseHeldChanges({
  customerId,
  all: true,
  onProgress: ({ released }) => process.stdout.write(`${released}\n`),
});
await scim.management.resumeReleases();
await scim.close();
