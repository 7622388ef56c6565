import { expect, test } from 'vitest';
import { fetchConfiguration, fetchNewKey, sendCommand } from './call-scim-api';
import type { ScimApi } from './scim-types';

test.each([undefined, null, {}, { message: 'Deleted' }, { ok: true }])(
  'a command that resolves to %o succeeded',
  async (answer) => {
    expect(await sendCommand(async () => answer)).toEqual({ ok: true, data: undefined });
  },
);

test('a command that answers ok: false failed', async () => {
  const error = { status: 409, code: 'conflict', message: 'Not now.' };
  expect(await sendCommand(async () => ({ ok: false, error }))).toEqual({ ok: false, error });
});

test('a failure without details is still a failure', async () => {
  expect(await sendCommand(async () => ({ ok: false }))).toEqual({
    ok: false,
    error: { status: 0, message: '' },
  });
});

test('a rejected promise is a failure', async () => {
  const call = () => Promise.reject(new Error('The tunnel collapsed.'));
  expect(await sendCommand(call)).toMatchObject({
    ok: false,
    error: { code: 'rejected', message: 'The tunnel collapsed.' },
  });
});

test('an adapter that throws at once is a failure too', async () => {
  const call = () => {
    throw new Error('Not implemented.');
  };
  expect(await fetchNewKey('create', call)).toMatchObject({ ok: false, error: { code: 'rejected' } });
});

test.each([undefined, {}, { ok: true }, { ok: true, data: {} }, { ok: true, data: { scimApiKey: '' } }])(
  'an answer %o without the promised key tells the developer what to return',
  async (answer) => {
    const result = await fetchNewKey('reset', async () => answer);
    expect(result).toMatchObject({ ok: false, error: { code: 'invalid_answer' } });
    expect(JSON.stringify(result)).toContain('ScimApi.reset() must resolve to');
  },
);

test('a configuration without hasApiKey is refused', async () => {
  // What a hand-written adapter in plain JavaScript may answer.
  const api = { get: async () => ({ ok: true, data: { expiresAt: 1 } }) } as unknown as ScimApi;
  expect(await fetchConfiguration(api)).toMatchObject({ ok: false, error: { code: 'invalid_answer' } });
});
