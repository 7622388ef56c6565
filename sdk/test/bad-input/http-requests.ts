import type { Dice } from '../support/dice.ts';

/** A request and the status it must be answered with; a list where what is in the body decides. */
export interface HttpCase {
  readonly request: Request;
  readonly expected: readonly number[];
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND', 'get2', 'X'];

/** Paths, with the methods RFC 7644 §3.2 gives them; undefined = nothing is there. */
const PATHS: readonly (readonly [string, readonly string[] | undefined])[] = [
  ['/Users', ['GET', 'POST']],
  ['/Users/', ['GET', 'POST']],
  ['//Users', ['GET', 'POST']],
  ['/%55sers', ['GET', 'POST']],
  ['/Users/x', ['GET', 'PUT', 'PATCH', 'DELETE']],
  ['/Groups/00000000-0000-7000-8000-000000000000', ['GET', 'PUT', 'PATCH', 'DELETE']],
  ['/Users/.search', ['POST']],
  ['/Groups/%2Esearch', ['POST']],
  ['/Bulk', ['POST']],
  ['/Schemas', ['GET']],
  ['/ResourceTypes/User', ['GET']],
  ['/users', undefined],
  ['/Users/x/y', undefined],
  ['/v2/Users', undefined],
  ['/Users;x', undefined],
  ['/Users%2f', undefined],
  ['/Users%00', undefined],
  ['/%zz', undefined],
  ['/%', undefined],
  ['/\u{1F600}', undefined],
  ['/__proto__', undefined],
  ['/constructor/prototype', undefined],
];

const TYPES = ['application/scim+json', 'application/json', 'APPLICATION/JSON; charset=utf-8', ''];
const WRONG_TYPES = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'x',
  'multipart/form-data',
];

/** A request with several things wrong at once. The order in which they are found is the server's contract. */
export function arbitraryRequest(
  dice: Dice,
  server: { readonly base: string; readonly key: string },
): HttpCase {
  const [path, methods] = dice.pick(PATHS);
  const method = dice.pick(METHODS);
  const isLongUrl = dice.oneIn(15);
  const isLongHeader = dice.oneIn(15);
  const isSecretInUrl = dice.oneIn(15);
  const isKeyless = dice.oneIn(6);
  const isRightType = !dice.oneIn(4);
  const isEncoded = dice.oneIn(8);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const query = [
    ...(isLongUrl ? [`x=${'y'.repeat(8192)}`] : []),
    ...(isSecretInUrl ? [`${dice.pick(['token', 'access_token', 'API_KEY'])}=x`] : []),
    ...(dice.oneIn(4) ? [dice.pick(['a=b', '', '&', '%', 'aadOptscim062020'])] : []),
  ].join('&');
  const headers = new Headers();
  if (!isKeyless) headers.set('authorization', `Bearer ${server.key}`);
  else if (dice.oneIn(2))
    headers.set('authorization', dice.pick(['Bearer', 'Basic x', `Bearer ${server.key}x`, '\u00e9']));
  if (isLongHeader) headers.set('x-long', 'y'.repeat(dice.pick([16_384, 60_000])));
  const type = dice.pick(isRightType ? TYPES : WRONG_TYPES);
  if (hasBody && type !== '') headers.set('content-type', type);
  if (hasBody && isEncoded) headers.set('content-encoding', dice.pick(['gzip', 'br', 'identity', 'x']));
  if (dice.oneIn(5)) headers.set('accept', dice.pick(['text/html', '*/*', 'x', 'application/json;q=0']));
  if (dice.oneIn(5))
    headers.set(dice.pick(['if-match', 'if-none-match']), dice.pick(['*', '""', 'W/"x"', '"', ',']));
  const body = hasBody ? dice.pick(['', '{}', '[]', '{"schemas":[]}', 'x', '{"userName":"']) : undefined;
  const url = `${server.base}${path}${query === '' ? dice.pick(['', '?']) : `?${query}`}`;
  // Without a type of ours `fetch` gives text its own, text/plain.
  const bytes = body === undefined ? null : new TextEncoder().encode(body);
  const request = new Request(url, { method, headers, body: bytes });
  if (isLongUrl) return { request, expected: [414] };
  if (isLongHeader) return { request, expected: [431] };
  if (isSecretInUrl) return { request, expected: [400] };
  if (isKeyless) return { request, expected: [401] };
  if (methods === undefined) return { request, expected: [404] };
  if (!methods.includes(method)) return { request, expected: [405] };
  const readsBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  if (readsBody && (isEncoded || !isRightType)) return { request, expected: [415] };
  return { request, expected: [200, 201, 204, 304, 400, 404, 409, 412] };
}

/** Says what is wrong with the status. */
export function judgeRequest(status: number, expected: readonly number[]): string | undefined {
  return expected.includes(status) ? undefined : `${status} instead of ${expected}`;
}
