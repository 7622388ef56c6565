import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test, vi } from 'vitest';
import { type VerificationReport, verify } from '../src/verifier/verify.ts';
import { breakServer, FAULTS } from './support/faulty-servers.ts';
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
