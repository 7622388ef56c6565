import { expect, test } from 'vitest';
import { AGENT_RESOURCE_TYPE } from '../../src/index.ts';
import { openWith } from '../support/laboratory.ts';
import { connect, GROUP_URN, openScim, send } from '../support/scim.ts';

const AGENT_URN = 'urn:ietf:params:scim:schemas:core:2.0:Agent';
const agent = (more: object) => ({ schemas: [AGENT_URN], displayName: 'Support Agent', ...more });
const openAgents = () => openWith({ resourceTypes: [AGENT_RESOURCE_TYPE], extensions: [] });

test('rfc 192: agents are not served unless they are asked for', async () => {
  const { scim } = openScim();
  const { key } = await connect(scim);
  const { body: types } = await send(scim, '/ResourceTypes', { key });

  expect(types.Resources.map(({ name }: { name: string }) => name)).toEqual(['User', 'Group']);
  expect((await send(scim, '/Agents', { key })).status).toBe(404);
  expect((await send(scim, '/Agents', { key, body: agent({ agentUserName: 'support' }) })).status).toBe(404);
  expect((await send(scim, `/Schemas/${AGENT_URN}`, { key })).status).toBe(404);
});

test('rfc 192: asked for, an agent is made, found by its name, paused and taken away', async () => {
  const { find, get, make, patch, post, remove } = await openAgents();
  const { body: type } = await get('/ResourceTypes/Agent');
  const { body, path } = await make('/Agents', agent({ agentUserName: 'support', externalId: 'agent-42' }));
  const taken = await post('/Agents', agent({ agentUserName: 'SUPPORT' }));
  const nameless = await post('/Agents', agent({}));
  const filter = 'agentUserName eq "Support" and externalId eq "agent-42" and active eq true';
  const found = await find('/Agents', { filter });
  const paused = await patch(path, { op: 'replace', path: 'active', value: false });

  expect([type.endpoint, type.schema]).toEqual(['/Agents', AGENT_URN]);
  expect(body).toMatchObject({ agentUserName: 'support', active: true, meta: { resourceType: 'Agent' } });
  expect([taken.status, taken.body.scimType, nameless.status]).toEqual([409, 'uniqueness', 400]);
  expect(found.body.Resources).toEqual([body]);
  expect(paused.body.active).toBe(false);
  expect([(await remove(path)).status, (await get(path)).status]).toEqual([204, 404]);
});

test('rfc 192: an agent has owners, and is a member of groups', async () => {
  const { find, get, make } = await openAgents();
  const { body: ann } = await make('/Users', { userName: 'ann' });
  const owners = [{ value: ann.id, $ref: ann.meta.location }];
  const { body, path } = await make('/Agents', agent({ agentUserName: 'support', owners }));
  const { body: group } = await make('/Groups', {
    schemas: [GROUP_URN],
    displayName: 'Support',
    members: [{ value: body.id }, { value: ann.id }],
  });

  const types = (await get(`/Groups/${group.id}`)).body.members.map(({ type }: { type: string }) => type);
  expect(types.toSorted()).toEqual(['Agent', 'User']);
  expect((await get(path)).body).toMatchObject({ owners, groups: [{ value: group.id, display: 'Support' }] });
  expect((await find('/Agents', { filter: `owners.value eq "${ann.id}"` })).body.totalResults).toBe(1);
});
