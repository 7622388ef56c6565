import { expect, test, vi } from 'vitest';
import { listPersonas, type PersonaId, simulate } from '../../src/simulator/simulate.ts';
import { readState, serveScim } from '../support/simulated.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Where the life of a user ends that an identity provider tells an interop connection, and with which answer. */
const REFUSED = [
  ['rfc 195', 'okta', 'create-user', '400 invalidSyntax', 'a password'],
  ['rfc 195', 'okta-wizard', 'create-user', '400 invalidSyntax', 'a password'],
  ['rfc 122', 'entra', 'update-user', '400 invalidSyntax', 'an op of "Replace"'],
  ['rfc 198', 'entra-flag', 'update-user', '400 invalidPath', 'a PATCH without path'],
  ['rfc 195', 'google', 'create-user', '400 invalidSyntax', 'the URN of SCIM 1.0'],
  ['rfc 7', 'onelogin', 'create-user', '400 invalidValue', 'a boolean as text'],
  ['rfc 198', 'jumpcloud', 'update-user', '405', 'PUT'],
  ['rfc 198', 'rippling', 'update-user', '400 invalidPath', 'a PATCH without path'],
  ['rfc 198', 'pingone', 'update-user', '405', 'PUT'],
  ['rfc 198', 'cyberark', 'update-user', '405', 'PUT'],
  ['rfc 198', 'authentik', 'update-user', '405', 'PUT'],
  ['rfc 7', 'keycloak', 'create-user', '400 invalidValue', 'a boolean as text'],
] as const;

const SERVED = ['sailpoint'] as const;

test.each(REFUSED)('%s: %s stops at %s with %s: it sends %s', async (_id, persona, step, refusal) => {
  const { report } = await play(persona);

  const [failed] = report.steps.filter(({ ok }) => !ok);
  const { status, body } = failed?.response ?? {};
  const { scimType = '' } = (body ?? {}) as { scimType?: string };
  expect([failed?.id, `${status} ${scimType}`.trim()]).toEqual([step, refusal]);
  expect(report).toMatchObject({ ok: false, leftBehind: [] });
});

test.each(SERVED)(
  'rfc 198: %s keeps to the interop profile: every step, and nothing is left',
  async (persona) => {
    const { report, server } = await play(persona);

    expect(report.steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ ok: true, leftBehind: [] });
    expect(readState(server.database).resources).toBe('[]');
  },
);

test('every simulated identity provider has its place in one of the two lists', () => {
  const listed = [...REFUSED.map(([, persona]) => persona), ...SERVED];
  expect(listed.toSorted()).toEqual(
    listPersonas()
      .map(({ id }) => id)
      .toSorted(),
  );
});

/** The default scenario of an identity provider, on an interop connection. */
async function play(persona: PersonaId) {
  const server = await serveScim();
  await server.scim.management.patchScimConnection({ customerId: 'first', profile: 'interop' });
  const report = await simulate(persona, { url: server.url, key: server.key, sleep: async () => {} });
  return { report, server };
}
