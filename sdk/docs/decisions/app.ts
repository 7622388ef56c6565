import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Scim, ScimRequestResult } from 'scimkit';
import type { Accounts } from './accounts.ts';

export async function createApp(scim: Scim, accounts: Accounts) {
  const read = async (connectionId: string, id: string) => {
    const found = await scim.getScimUser({ scimConnectionId: connectionId, userId: id });
    if (!found.ok && found.error.type === 'UserNotFound') accounts.remove(id);
    else accounts.save({ id, ...found.getOrThrow() });
  };
  let turn: Promise<void> = Promise.resolve(); // One after the other: nothing is written over something newer.
  const update = (connectionId: string, ids: readonly string[]) => {
    for (const id of ids) turn = turn.catch(() => {}).then(() => read(connectionId, id));
    return turn;
  };
  const decide = async (asked: ScimRequestResult) => {
    if (!asked.ok) return asked.error;
    if (asked.data.status === 'Completed') return asked.data;
    const { action, connectionId, commitId } = asked.data;
    const userId = action === 'LinkUser' ? randomUUID() : asked.data.userId;
    accounts.begin(connectionId, userId); // Killed from here on, the next process finds out what came of it.
    const result = await (action === 'LinkUser'
      ? scim.linkScimUser({ connectionId, commitId, userId })
      : scim.commitScimUserChange({ connectionId, commitId }));
    await update(connectionId, [userId]);
    return result.ok ? result.data : result.error;
  };
  for (const { connectionId, id } of accounts.underWay()) await update(connectionId, [id]);
  return createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const sent = { method, pathAndQueryParams: url, headers, scimApiKey: headers.authorization };
    const told = await decide(await scim.scimRequest({ ...sent, body: await text(request) }));
    if ('connectionId' in told) await update(told.connectionId, told.affectedUserIds ?? []);
    response.writeHead(told.response.status, told.response.headers).end(told.response.body);
  });
}
