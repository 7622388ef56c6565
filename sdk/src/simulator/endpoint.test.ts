import { expect, test } from 'vitest';
import { parseEndpoint, toUrl } from './endpoint.ts';

test.each([
  ['https://app.example/scim/v2', '/Users', 'https://app.example/scim/v2/Users'],
  ['https://app.example/scim/v2/', '/Users?count=1', 'https://app.example/scim/v2/Users?count=1'],
  ['https://app.example/scim/v2', '/Users/1?', 'https://app.example/scim/v2/Users/1?'],
  [
    'https://app.example/scim/v2',
    '/Users?filter=a+eq+%22b%22&',
    'https://app.example/scim/v2/Users?filter=a+eq+%22b%22&',
  ],
  ['https://app.example/scim?flag', '/Users', 'https://app.example/scim/Users?flag'],
  ['https://app.example/scim?flag', '/Users?count=1', 'https://app.example/scim/Users?flag&count=1'],
  ['http://[::1]:3000', '/Users', 'http://[::1]:3000/Users'],
])('%s and %s are %s', (url, path, whole) => {
  const endpoint = parseEndpoint(url);
  expect(endpoint && toUrl(endpoint, path)).toBe(whole);
});

test.each(['', 'app.example', 'ftp://app.example', 'javascript:alert(1)'])('%j is no endpoint', (url) => {
  expect(parseEndpoint(url)).toBeUndefined();
});
