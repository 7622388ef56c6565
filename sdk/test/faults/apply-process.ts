// Tells the app what it has not heard, in a process of its own: ends a dry run, or reconciles. Says each hook it calls,
// and then what came of it.
import { createScim, type ScimHooks } from '../../src/index.ts';
import { createPeopleHooks } from '../guard/app-people.ts';

/** What the process is to do. */
export interface Applying {
  readonly database: string;
  readonly tablePrefix: string;
  readonly customerId: string;
  /** SCIM ids of the accounts the app has; null = a dry run is ended. */
  readonly accounts: readonly { readonly id: string; readonly active: boolean }[] | null;
}

const applying = JSON.parse(process.argv[2] ?? '{}') as Applying;
const { database, tablePrefix, customerId, accounts } = applying;
const people = createPeopleHooks(tablePrefix);
const say = (line: string) => void process.stdout.write(`${line}\n`);
const hooks: ScimHooks = {
  async userCreated(change, context) {
    await people.userCreated?.(change, context);
    say('userCreated');
  },
  async userDeactivated(change, context) {
    await people.userDeactivated?.(change, context);
    say('userDeactivated');
  },
  groupCreated: () => say('groupCreated'),
  membersChanged: () => say('membersChanged'),
};
const scim = createScim({
  database,
  tablePrefix,
  hooks,
  logger: { error: console.error, warn: console.error, info() {} },
});
const { management } = scim;
const result =
  accounts === null
    ? await management.endDryRun({ customerId, apply: true })
    : await management.reconcile({
        customerId,
        apply: true,
        accounts: accounts.map(({ id, active }) => ({ userId: `app-${id}`, scimId: id, active })),
      });
say(result.ok ? 'done' : result.error.type);
await scim.close();
