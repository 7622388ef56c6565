import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test, vi } from 'vitest';
import type { ProfileName } from '../src/index.ts';
import { type VerificationReport, verify } from '../src/verifier/verify.ts';
import { breakServer, FAULTS, INTEROP_FAULTS } from './support/faulty-servers.ts';
import { connect, openScim, BASE as url } from './support/scim.ts';

// A run makes hundreds of requests.
vi.setConfig({ testTimeout: 120_000 });

async function openOurs() {
  const { scim } = openScim({ database: new DatabaseSync(':memory:') });
  return { scim, key: (await connect(scim)).key };
}

const failuresOf = ({ requirements }: VerificationReport) =>
  requirements.filter(({ status }) => status === 'failed').map(({ id }) => id);

describe('one fault in a sound server', () => {
  test.each(FAULTS)('$name: $foundBy', async (fault) => {
    const { scim, key } = await openOurs();

    const report = await verify({ url, key, fetch: breakServer(scim, fault), seed: 7 });

    expect(failuresOf(report)).toEqual([fault.foundBy]);
  });

  test('a second create at the same time succeeds too: rfc-209', async () => {
    const { scim, key } = await openOurs();
    const busy = new Set<string>();
    const fetch = async (address: string, init: RequestInit) => {
      const name = /"userName":"(?<name>[^"]*)"/.exec(String(init.body))?.groups?.name ?? '';
      const isTwin = init.method === 'POST' && name !== '' && busy.has(name);
      busy.add(name);
      const response = await scim.fetch(new Request(address, init));
      busy.delete(name);
      return isTwin ? Response.json({ schemas: [], id: 'twin' }, { status: 201 }) : response;
    };

    const report = await verify({ url, key, fetch });

    expect(failuresOf(report)).toEqual(['rfc-209']);
  });
});

describe('a server that claims the interop profile', () => {
  const only = ['rfc-194', 'rfc-195', 'rfc-196', 'rfc-197', 'rfc-198', 'rfc-199'];

  async function openProfile(profile: ProfileName) {
    const { scim } = openScim({ database: new DatabaseSync(':memory:') });
    const created = await scim.management.createScimConnection({ customerId: 'acme', profile });
    return { scim, key: created.getOrThrow().scimApiKey };
  }

  test.each(INTEROP_FAULTS)('and has one fault, $name: $foundBy', async (fault) => {
    const { scim, key } = await openProfile('interop');

    const report = await verify({ url, key, fetch: breakServer(scim, fault), only });

    expect(failuresOf(report)).toEqual([fault.foundBy]);
  });

  test('and lets no name be used again: rfc-199', async () => {
    const { scim, key } = await openProfile('interop');
    const names = new Set<string>();
    const fetch = async (address: string, init: RequestInit) => {
      const response = await scim.fetch(new Request(address, init));
      const name = /"userName":"(?<name>[^"]*)"/.exec(String(init.body))?.groups?.name ?? '';
      const isAgain = init.method === 'POST' && response.status === 201 && names.has(name);
      if (response.status === 201) names.add(name);
      return isAgain ? Response.json({ schemas: [], status: '409' }, { status: 409 }) : response;
    };

    expect(failuresOf(await verify({ url, key, fetch, only }))).toEqual(['rfc-199']);
  });

  test.each([
    ['compat', ['rfc-195', 'rfc-196', 'rfc-198', 'rfc-199']],
    ['strict', ['rfc-195', 'rfc-198', 'rfc-199']],
  ] as const)('and reads requests as %s does: %j', async (profile, expected) => {
    const { scim, key } = await openProfile(profile);
    const fetch = breakServer(scim, {
      answer: (came, sent) =>
        sent.url.pathname.endsWith('/ServiceProviderConfig')
          ? { ...came, body: { ...came.body, interopProfileConformant: true } }
          : undefined,
    });

    expect(failuresOf(await verify({ url, key, fetch, only }))).toEqual(expected);
  });
});
