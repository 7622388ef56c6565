import { z } from 'zod';
import { linkAccount } from '../provisioning/link-account.ts';
import { createScope } from '../store/scope.ts';
import { createAuditRecord } from './audit.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { requireParameters, selectionFields } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';
import { type NotTold, toNotTold } from './told.ts';

/** A user of the directory, and the account of the app that is the same person. */
export interface ConfirmedLink {
  readonly scimUserId: string;
  readonly userId: string;
}

export type ConfirmLinksParameters = ConnectionSelector & {
  readonly links: readonly ConfirmedLink[];
  /** The person who confirms, for the audit and the events. */
  readonly actor: string;
};

/** `userUnknown`: the connection has no such user. `linkedAlready`: to another account. `accountTaken`: by another user. */
export interface RefusedLink extends ConfirmedLink {
  readonly reason: 'userUnknown' | 'linkedAlready' | 'accountTaken';
}

export interface LinksConfirmed {
  readonly connectionId: string;
  /** Those that are linked now; what was linked so before is among them. */
  readonly linked: readonly ConfirmedLink[];
  readonly refused: readonly RefusedLink[];
  /** Those the app refused or failed on. Nothing was changed for them. */
  readonly failures: readonly NotTold[];
}

const MOST_AT_ONCE = 10_000;

const schema = z.strictObject({
  ...selectionFields,
  links: z
    .array(z.strictObject({ scimUserId: z.string().min(1), userId: z.string().min(1).max(1_000) }))
    .max(MOST_AT_ONCE),
  actor: z.string().min(1).max(255),
});

/** Links accounts as a person has confirmed it, one transaction each. */
export async function confirmLinks(
  options: ManagementOptions,
  parameters: ConfirmLinksParameters,
): Promise<ManagementResult<LinksConfirmed, SelectionError>> {
  const { links, actor, ...selector } = requireParameters(schema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const scope = createScope(connection);
  const linked: ConfirmedLink[] = [];
  const refused: RefusedLink[] = [];
  const failures: NotTold[] = [];
  const linkOne = ({ scimUserId, userId }: ConfirmedLink) =>
    options.store.changeResources(scope, async (tx): Promise<RefusedLink['reason'] | undefined> => {
      const user = await tx.find(options.userType, scimUserId);
      if (user === undefined) return 'userUnknown';
      if (user.userId !== null) return user.userId === userId ? undefined : 'linkedAlready';
      if (userId === scimUserId || (await tx.findByUserId(userId)) !== undefined) return 'accountTaken';
      const current = { ...connection, policy: await tx.effects.policy() };
      await linkAccount(options.telling.app, tx, { scope, connection: current, user, userId, actor });
      return undefined;
    });
  for (const link of links) {
    try {
      const reason = await linkOne(link);
      if (reason === undefined) linked.push(link);
      else refused.push({ ...link, reason });
    } catch (cause) {
      const user = { resourceType: options.userType.name, resourceId: link.scimUserId };
      options.logger.error('scimkit: a link could not be made.', { ...user, cause });
      failures.push(toNotTold({ ...user, cause }));
    }
  }
  const detail = { linked: linked.length, refused: refused.length, failed: failures.length };
  const record = createAuditRecord(
    { connection, now: readNow(options), random: options.random },
    { action: 'links.confirmed', actor, detail },
  );
  await options.store.changeConnections((tx) => tx.appendAudit(record));
  return new Success({ connectionId: connection.connectionId, linked, refused, failures });
}
