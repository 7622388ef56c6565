import { type Request, Router } from 'express';
import type { AppAccount, AppGroup, Scim } from 'scimkit';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Database } from './database.ts';
import { unwrap } from './management-answer.ts';
import { requireManager, type Sessions } from './session.ts';

/** How Harbor's accounts differ from the directory, and what an administrator may do about it. */
export function createReconcileRoutes(options: {
  readonly scim: Scim;
  readonly database: Database;
  readonly sessions: Sessions;
}): Router {
  const { scim, database, sessions } = options;
  const router = Router();
  const manager = async (request: Request) => requireManager(await sessions.authorize(request));

  const reconcile = async (request: Request, apply: boolean) => {
    const { customerId, actorId } = await manager(request);
    const { connectionId } = unwrap(await scim.management.fetchScimConnection({ customerId }));
    return unwrap(
      await scim.management.reconcile({
        scimConnectionId: connectionId,
        customerId,
        groups: () => readDirectoryGroups(database, connectionId),
        accounts: () => readDirectoryAccounts(database, connectionId),
        apply,
        limit: 200,
        actor: actorId,
      }),
    );
  };

  router.get('/reconcile', async (request, response) => {
    response.json(await reconcile(request, false));
  });

  router.post('/reconcile', async (request, response) => {
    response.json(await reconcile(request, true));
  });

  router.get('/dry-run', async (request, response) => {
    const { customerId } = await manager(request);
    response.json(unwrap(await scim.management.getDryRunEffects({ customerId, limit: 200 })));
  });

  router.post('/dry-run', async (request, response) => {
    const { customerId, actorId } = await manager(request);
    const policy = { effects: 'dryRun' } as const;
    unwrap(await scim.management.patchScimConnection({ customerId, policy, actor: actorId }));
    response.json({ message: 'From now on Harbor is told nothing, and what would happen is written down.' });
  });

  router.post('/dry-run/end', async (request, response) => {
    const { customerId, actorId } = await manager(request);
    const parsed = z.strictObject({ apply: z.boolean() }).safeParse(request.body ?? {});
    if (!parsed.success)
      throw new ApiError(422, 'invalid_fields', 'Say whether to apply: { "apply": true }.');
    const { apply } = parsed.data;
    response.json(unwrap(await scim.management.endDryRun({ customerId, apply, actor: actorId })));
  });

  return router;
}

const rowSchema = z.object({
  id: z.string(),
  userName: z.string(),
  active: z.number().transform(Boolean),
});

/** Accounts read at once. */
const inPart = 500;

/** The accounts a connection keeps, and the groups they are in. */
export async function* readDirectoryAccounts(
  database: Database,
  connectionId: string,
): AsyncGenerator<AppAccount> {
  for (let after = ''; ; ) {
    const rows = await database.all(
      `SELECT id, user_name AS "userName", active FROM users
      WHERE connection_id = ? AND managed_by = 'directory' AND id > ? ORDER BY id LIMIT ?`,
      [connectionId, after, inPart],
    );
    for (const row of rows) {
      const { id, userName, active } = rowSchema.parse(row);
      const teams = await database.all(
        `SELECT scim_group_id AS "groupId" FROM teams JOIN team_members ON team_id = teams.id
        WHERE connection_id = ? AND user_id = ?`,
        [connectionId, id],
      );
      const groupIds = teams.map((team) => z.object({ groupId: z.string() }).parse(team).groupId);
      yield { userId: id, userName, active, groupIds };
      after = id;
    }
    if (rows.length < inPart) return;
  }
}

const teamSchema = z.object({ groupId: z.string(), displayName: z.string() });

/** The teams a connection keeps. */
export async function* readDirectoryGroups(
  database: Database,
  connectionId: string,
): AsyncGenerator<AppGroup> {
  const teams = await database.all(
    'SELECT scim_group_id AS "groupId", name AS "displayName" FROM teams WHERE connection_id = ?',
    [connectionId],
  );
  for (const team of teams) yield teamSchema.parse(team);
}
