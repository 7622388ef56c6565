import { describe, expect, test } from 'vitest';
import { people, startHarbor } from '../test/harbor.ts';

const path = '/api/setup/scim';

/** A POST that would make a key, were it not for what the case sends beside the session's cookie. */
async function create(headers: (url: string) => Record<string, string>, body?: string) {
  const harbor = await startHarbor();
  const { cookie } = await harbor.signIn(people.northwindAdmin);
  return harbor.request('POST', path, {
    headers: { cookie, ...headers(harbor.url) },
    ...(body !== undefined && { body }),
  });
}

const json = { 'content-type': 'application/json' };

describe('P31: from our own pages', () => {
  test.each([
    ['our Origin', (url: string) => ({ origin: url, ...json })],
    ['our Origin by address', (url: string) => ({ origin: url.replace('localhost', '127.0.0.1'), ...json })],
    ['Sec-Fetch-Site: same-origin', () => ({ 'sec-fetch-site': 'same-origin', ...json })],
    ['a charset', (url: string) => ({ origin: url, 'content-type': 'application/json; charset=utf-8' })],
  ])('%s passes', async (_name, headers) => {
    expect((await create(headers, '{}')).status).toBe(201);
  });
});

describe('P31: from elsewhere', () => {
  test.each([
    ['no Origin', () => json],
    ['Origin: null', () => ({ origin: 'null', ...json })],
    ['another site', () => ({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', ...json })],
    [
      'a look-alike sub-domain',
      (url: string) => ({ origin: url.replace('localhost', 'localhost.evil.example'), ...json }),
    ],
    [
      'our name as a sub-domain',
      (url: string) => ({ origin: url.replace('localhost', 'evil.localhost'), ...json }),
    ],
    ['our name with a longer port', (url: string) => ({ origin: `${url}1`, ...json })],
    ['https in place of http', (url: string) => ({ origin: url.replace('http:', 'https:'), ...json })],
    ['a sibling of our site', () => ({ 'sec-fetch-site': 'same-site', ...json })],
    ['a link or bookmark', () => ({ 'sec-fetch-site': 'none', ...json })],
    ['our address as a Referer', (url: string) => ({ referer: `${url}/`, ...json })],
  ])('%s answers 403', async (_name, headers) => {
    const answer = await create(headers, '{}');
    expect(answer.status).toBe(403);
    expect(answer.body.error.code).toBe('cross_site_request');
  });

  test('PUBLIC_URL is the only origin, once it is given', async () => {
    const harbor = await startHarbor({ publicUrl: 'http://harbor.example' });
    const send = (origin: string) =>
      harbor.request('POST', '/api/sign-in', { headers: { origin, ...json }, body: '{"userId":"nobody"}' });
    expect((await send(harbor.url)).body.error.code).toBe('cross_site_request');
    expect((await send('http://harbor.example')).body.error.code).toBe('account_not_active');
  });
});

describe('P31: what a form can send', () => {
  test.each([
    ['a form', 'application/x-www-form-urlencoded', 'expiresAt='],
    ['an empty form', 'application/x-www-form-urlencoded', ''],
    ['a multipart form', 'multipart/form-data; boundary=x', '--x--'],
    ['text/plain that is JSON', 'text/plain', '{}'],
    ['a type that only begins like JSON', 'application/json-patch+json', '{}'],
    ['JSON as a parameter', 'text/plain; application/json', '{}'],
  ])('%s answers 415 even from our own origin', async (_name, type, body) => {
    const answer = await create((url) => ({ origin: url, 'content-type': type }), body);
    expect(answer.status).toBe(415);
    expect(answer.body.error.code).toBe('unsupported_media_type');
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s without an Origin answers 403', async (method) => {
    const harbor = await startHarbor();
    const { cookie } = await harbor.signIn(people.northwindAdmin);
    expect((await harbor.request(method, path, { headers: { cookie } })).status).toBe(403);
  });
});
