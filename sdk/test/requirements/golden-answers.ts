import type { METHODS } from '../../src/http/route.ts';
import type { ProfileName, ScimHooks } from '../../src/index.ts';
import { refuse } from '../../src/index.ts';
import { BASE, group, PATCH_URN, patch, SEARCH_URN, USER_URN, user } from '../support/scim.ts';

/** One request and everything an identity provider can see of its answer but the text of the body. */
export interface GoldenAnswer {
  /** Method and path. `ANN_ID`, `STAFF_ID` and `EVE_ID` stand for ids: a user, a group, another customer's user. */
  readonly send: string;
  /** Requirements beside case S25, two at most. */
  readonly shows?: readonly string[];
  /** What tells the row from others of the same request. */
  readonly when?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly host?: Host;
  readonly status: number;
  readonly scimType?: string;
  /** All headers. `NEW_ID` stands for the id in the body. */
  readonly answers: Readonly<Record<string, string>>;
  /** The last part of the body's URN; null = there is no body. */
  readonly shape: string | null;
}

/** How the server is set up, where it is not as it comes. */
export interface Host {
  readonly key?: 'none' | 'wrong';
  readonly profile?: ProfileName;
  readonly me?: 'ANN_ID' | 'nobody';
  readonly hooks?: ScimHooks;
  readonly limits?: Readonly<Record<string, unknown>>;
  /** Requests sent before, so that a limit is reached. */
  readonly before?: number;
}

/** What each kind of route answers, and a path of it. */
export const ROUTES: Readonly<Record<keyof typeof METHODS, readonly [path: string, allow: string]>> = {
  collection: ['/Users', 'GET, POST'],
  resource: ['/Users/ANN_ID', 'GET, PUT, PATCH, DELETE'],
  search: ['/Groups/.search', 'POST'],
  serviceProviderConfig: ['/ServiceProviderConfig', 'GET'],
  resourceTypes: ['/ResourceTypes', 'GET'],
  schemas: ['/Schemas', 'GET'],
  bulk: ['/Bulk', 'POST'],
  notImplemented: ['/Me', 'GET, POST, PUT, PATCH, DELETE'],
  root: ['/', 'GET'],
  rootSearch: ['/.search', 'POST'],
  me: ['/Me', 'GET, PUT, PATCH, DELETE'],
};

const EMPTY = { 'cache-control': 'no-store' };
const JSON_BODY = { ...EMPTY, 'content-type': 'application/scim+json' };
const ann = { ...JSON_BODY, 'content-location': `${BASE}/Users/ANN_ID` };
const staff = { ...JSON_BODY, 'content-location': `${BASE}/Groups/STAFF_ID` };
const me = { location: `${BASE}/Users/ANN_ID` };
const UNCHANGED = 'W/"1"';
const CHANGED = 'W/"2"';

const found = (shape: string) => ({ status: 200, answers: JSON_BODY, shape }) as const;
const refused = (status: number, scimType?: string, more: Readonly<Record<string, string>> = {}) => ({
  status,
  ...(scimType === undefined ? {} : { scimType }),
  answers: { ...JSON_BODY, ...more },
  shape: 'Error',
});
const title = patch({ op: 'replace', path: 'title', value: 'Boss' });
const operation = (more: object) => ({ body: patch(more) });
const bulk = (...operations: readonly object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  Operations: operations,
});
const search = { schemas: [SEARCH_URN], filter: 'userName pr or displayName pr' };
const slow = () => new Promise<never>(() => undefined);

const DISCOVERY: readonly GoldenAnswer[] = [
  { send: 'GET /ServiceProviderConfig', shows: ['rfc 46'], ...found('ServiceProviderConfig') },
  {
    send: 'GET /ServiceProviderConfig',
    shows: ['rfc 47'],
    when: 'without a key',
    host: { key: 'none' },
    ...found('ServiceProviderConfig'),
  },
  { send: 'GET /ResourceTypes', shows: ['rfc 52'], ...found('ListResponse') },
  { send: 'GET /ResourceTypes?filter=x&count=0', shows: ['rfc 53'], ...found('ListResponse') },
  { send: 'GET /ResourceTypes/User', shows: ['rfc 52'], ...found('ResourceType') },
  { send: 'GET /ResourceTypes/Nothing', shows: ['rfc 52'], ...refused(404) },
  { send: 'GET /Schemas', shows: ['rfc 52'], ...found('ListResponse') },
  { send: `GET /Schemas/${USER_URN}`, shows: ['rfc 52'], ...found('Schema') },
  { send: `GET /Schemas/${encodeURIComponent(USER_URN)}`, shows: ['rfc 52'], ...found('Schema') },
  { send: 'GET /Schemas/urn:nothing', shows: ['rfc 52'], ...refused(404) },
];

const LISTS: readonly GoldenAnswer[] = [
  { send: 'GET /Users', shows: ['rfc 86'], ...found('ListResponse') },
  { send: 'GET /Users/', shows: ['rfc 78'], ...found('ListResponse') },
  { send: 'GET /Users?filter=userName%20eq%20%22nobody%22', shows: ['rfc 87'], ...found('ListResponse') },
  { send: 'GET /Users?cursor&count=1', shows: ['rfc 167'], ...found('ListResponse') },
  { send: 'GET /Users?filter=', shows: ['rfc 94'], ...refused(400, 'invalidFilter') },
  { send: 'GET /Users?filter=userName', shows: ['rfc 94'], ...refused(400, 'invalidFilter') },
  { send: 'GET /Users?sortBy=userName&sortOrder=up', shows: ['rfc 104'], ...refused(400, 'invalidValue') },
  { send: 'GET /Users?count=many', shows: ['rfc 109'], ...refused(400, 'invalidValue') },
  { send: 'GET /Users?cursor=x', shows: ['rfc 173'], ...refused(400, 'invalidCursor') },
  { send: 'GET /Users?cursor&startIndex=1', shows: ['rfc 174'], ...refused(400, 'invalidValue') },
  {
    send: 'GET /Users?attributes=id&excludedAttributes=id',
    shows: ['rfc 111'],
    ...refused(400, 'invalidValue'),
  },
  { send: 'GET /Users?access_token=x', ...refused(400, 'invalidSyntax') },
  { send: 'GET /', shows: ['rfc 88'], ...found('ListResponse') },
  { send: 'GET /?filter=userName', shows: ['rfc 94'], ...refused(400, 'invalidFilter') },
  { send: 'POST /.search', shows: ['rfc 114'], body: search, ...found('ListResponse') },
  { send: 'POST /Users/.search', shows: ['rfc 114'], body: search, ...found('ListResponse') },
  {
    send: 'POST /Groups/.search',
    shows: ['rfc 114'],
    body: { ...search, filter: 'x' },
    ...refused(400, 'invalidFilter'),
  },
  {
    send: 'POST /.search',
    when: 'of no JSON',
    shows: ['rfc 74'],
    body: '{',
    ...refused(400, 'invalidSyntax'),
  },
];

const CREATES: readonly GoldenAnswer[] = [
  {
    send: 'POST /Users',
    shows: ['rfc 79', 'rfc 153'],
    body: user('cy'),
    status: 201,
    answers: { ...JSON_BODY, location: `${BASE}/Users/NEW_ID`, etag: 'W/"1"' },
    shape: 'User',
  },
  {
    send: 'POST /Users?attributes=userName',
    shows: ['rfc 82'],
    body: user('cy'),
    status: 201,
    answers: { ...JSON_BODY, location: `${BASE}/Users/NEW_ID`, etag: 'W/"1"' },
    shape: 'User',
  },
  {
    send: 'POST /Groups',
    shows: ['rfc 79', 'rfc 153'],
    body: group('Crew'),
    status: 201,
    answers: { ...JSON_BODY, location: `${BASE}/Groups/NEW_ID`, etag: 'W/"1"' },
    shape: 'Group',
  },
  {
    send: 'POST /Users',
    when: 'of a connection of the interop profile',
    shows: ['rfc 199'],
    host: { profile: 'interop' },
    body: user('cy'),
    status: 201,
    answers: { ...JSON_BODY, location: `${BASE}/Users/NEW_ID` },
    shape: 'User',
  },
  {
    send: 'POST /Users',
    when: 'again',
    shows: ['rfc 80'],
    body: user('ann'),
    ...refused(409, 'uniqueness'),
  },
  {
    send: 'POST /Users',
    when: 'without userName',
    body: { schemas: [USER_URN] },
    ...refused(400, 'invalidValue'),
  },
  { send: 'POST /Users', when: 'of no JSON', shows: ['rfc 74'], body: '{', ...refused(400, 'invalidSyntax') },
  { send: 'POST /Users', when: 'of a list', shows: ['rfc 74'], body: '[]', ...refused(400, 'invalidSyntax') },
  {
    send: 'POST /Users',
    when: 'as text/plain',
    shows: ['rfc 74'],
    body: user('cy'),
    headers: { 'content-type': 'text/plain' },
    ...refused(415),
  },
  {
    send: 'POST /Users',
    when: 'compressed',
    shows: ['rfc 74'],
    body: user('cy'),
    headers: { 'content-encoding': 'gzip' },
    ...refused(415),
  },
  { send: 'POST /Users', when: 'too large', body: ' '.repeat(1_048_577), ...refused(413) },
  {
    send: 'POST /Groups',
    when: 'with an unknown member',
    shows: ['rfc 41'],
    body: group('Crew', ['EVE_ID']),
    ...refused(400, 'invalidValue'),
  },
  {
    send: 'POST /Users/ANN_ID',
    shows: ['rfc 84', 'rfc 71'],
    body: user('cy'),
    ...refused(405, undefined, { allow: 'GET, PUT, PATCH, DELETE' }),
  },
];

const READS: readonly GoldenAnswer[] = [
  {
    send: 'GET /Users/ANN_ID',
    shows: ['rfc 85', 'rfc 153'],
    status: 200,
    answers: { ...ann, etag: UNCHANGED },
    shape: 'User',
  },
  {
    send: 'GET /Users/ANN_ID?attributes=userName',
    shows: ['rfc 153'],
    status: 200,
    answers: { ...ann, etag: UNCHANGED },
    shape: 'User',
  },
  {
    send: 'GET /Users/ANN_ID',
    when: 'known already',
    shows: ['rfc 154'],
    headers: { 'if-none-match': UNCHANGED },
    status: 304,
    // RFC 9110 §15.4.5: what the 200 would have said of the resource, Content-Type apart.
    answers: { ...EMPTY, 'content-location': `${BASE}/Users/ANN_ID`, etag: UNCHANGED },
    shape: null,
  },
  {
    send: 'GET /Users/ANN_ID',
    when: 'of a connection of the interop profile',
    shows: ['rfc 199'],
    host: { profile: 'interop' },
    headers: { 'if-none-match': '*' },
    status: 200,
    answers: ann,
    shape: 'User',
  },
  {
    send: 'GET /Groups/STAFF_ID',
    shows: ['rfc 85', 'rfc 153'],
    status: 200,
    answers: { ...staff, etag: 'W/"1"' },
    shape: 'Group',
  },
  { send: 'GET /Users/nobody', shows: ['rfc 85'], ...refused(404) },
  { send: 'GET /Users/STAFF_ID', shows: ['rfc 85'], ...refused(404) },
  { send: 'GET /Users/EVE_ID', shows: ['rfc 85', 'rfc 162'], ...refused(404) },
];

const CHANGES: readonly GoldenAnswer[] = [
  {
    send: 'PUT /Users/ANN_ID',
    shows: ['rfc 118'],
    body: user('ann', { title: 'Boss' }),
    status: 200,
    answers: { ...ann, etag: CHANGED },
    shape: 'User',
  },
  {
    send: 'PUT /Users/ANN_ID',
    when: 'as it is',
    shows: ['rfc 120'],
    body: user('ann'),
    status: 200,
    answers: { ...ann, etag: UNCHANGED },
    shape: 'User',
  },
  { send: 'PUT /Users/nobody', shows: ['rfc 76'], body: user('cy'), ...refused(404) },
  { send: 'PUT /Users/EVE_ID', shows: ['rfc 162'], body: user('cy'), ...refused(404) },
  {
    send: 'PUT /Users/ANN_ID',
    when: 'changed since',
    shows: ['rfc 155'],
    body: user('ann'),
    headers: { 'if-match': 'W/"7"' },
    ...refused(412),
  },
  {
    send: 'PUT /Users/ANN_ID',
    when: 'without userName',
    body: { schemas: [USER_URN] },
    ...refused(400, 'invalidValue'),
  },
  {
    send: 'PUT /Users/ANN_ID',
    when: 'of no JSON',
    shows: ['rfc 74'],
    body: 'x',
    ...refused(400, 'invalidSyntax'),
  },
  {
    send: 'PUT /Users/ANN_ID',
    when: 'as text/plain',
    shows: ['rfc 74'],
    body: user('ann'),
    headers: { 'content-type': 'text/plain' },
    ...refused(415),
  },
  {
    send: 'PUT /Users/ANN_ID',
    when: 'with the name of another',
    shows: ['rfc 65'],
    body: user('ben'),
    ...refused(409, 'uniqueness'),
  },
  {
    send: 'PUT /Users/ANN_ID',
    when: 'of a connection of the interop profile',
    shows: ['rfc 198', 'rfc 71'],
    host: { profile: 'interop' },
    body: user('ann'),
    ...refused(405, undefined, { allow: 'GET, PATCH, DELETE' }),
  },
  {
    send: 'PUT /Groups/STAFF_ID',
    shows: ['rfc 118'],
    body: group('Crew'),
    status: 200,
    answers: { ...staff, etag: 'W/"2"' },
    shape: 'Group',
  },
  {
    send: 'PATCH /Users/ANN_ID',
    shows: ['rfc 126'],
    body: title,
    status: 200,
    answers: { ...ann, etag: CHANGED },
    shape: 'User',
  },
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'to what it is',
    shows: ['rfc 130'],
    ...operation({ op: 'replace', path: 'userName', value: 'ann' }),
    status: 200,
    answers: { ...ann, etag: UNCHANGED },
    shape: 'User',
  },
  {
    send: 'PATCH /Groups/STAFF_ID',
    shows: ['rfc 126'],
    ...operation({ op: 'replace', path: 'displayName', value: 'Crew' }),
    status: 204,
    answers: { ...EMPTY, etag: 'W/"2"' },
    shape: null,
  },
  {
    send: 'PATCH /Groups/STAFF_ID?attributes=displayName',
    shows: ['rfc 126'],
    ...operation({ op: 'remove', path: 'members[value eq "nobody"]' }),
    status: 200,
    answers: { ...staff, etag: 'W/"1"' },
    shape: 'Group',
  },
  { send: 'PATCH /Users/nobody', body: title, ...refused(404) },
  { send: 'PATCH /Users/EVE_ID', shows: ['rfc 162'], body: title, ...refused(404) },
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'changed since',
    shows: ['rfc 155'],
    body: title,
    headers: { 'if-match': 'W/"7"' },
    ...refused(412),
  },
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'with the name of another',
    shows: ['rfc 65'],
    ...operation({ op: 'replace', path: 'userName', value: 'ben' }),
    ...refused(409, 'uniqueness'),
  },
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'of another operation',
    shows: ['rfc 122'],
    ...operation({ op: 'move', path: 'title' }),
    ...refused(400, 'invalidSyntax'),
  },
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'of a path that is none',
    shows: ['rfc 123'],
    ...operation({ op: 'add', path: 'emails[', value: 'x' }),
    ...refused(400, 'invalidPath'),
  },
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'removing without a path',
    shows: ['rfc 123'],
    ...operation({ op: 'remove' }),
    ...refused(400, 'noTarget'),
  },
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'of what is read-only',
    shows: ['rfc 124'],
    ...operation({ op: 'replace', path: 'id', value: 'x' }),
    ...refused(400, 'mutability'),
  },
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'of the wrong type',
    shows: ['rfc 124'],
    ...operation({ op: 'replace', path: 'title', value: 7 }),
    ...refused(400, 'invalidValue'),
  },
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'of more operations than are taken',
    shows: ['rfc 138'],
    body: { schemas: [PATCH_URN], Operations: new Array(1001).fill(title.Operations[0]) },
    ...refused(413),
  },
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'as text/plain',
    shows: ['rfc 74'],
    body: title,
    headers: { 'content-type': 'text/plain' },
    ...refused(415),
  },
  {
    send: 'PATCH /Groups/STAFF_ID',
    when: 'making it its own member',
    shows: ['rfc 45'],
    ...operation({ op: 'add', path: 'members', value: [{ value: 'STAFF_ID' }] }),
    ...refused(400, 'invalidValue'),
  },
  { send: 'DELETE /Users/ANN_ID', shows: ['rfc 141'], status: 204, answers: EMPTY, shape: null },
  { send: 'DELETE /Groups/STAFF_ID', shows: ['rfc 141'], status: 204, answers: EMPTY, shape: null },
  { send: 'DELETE /Users/nobody', shows: ['rfc 141'], ...refused(404) },
  { send: 'DELETE /Users/EVE_ID', shows: ['rfc 162'], ...refused(404) },
  {
    send: 'DELETE /Users/ANN_ID',
    when: 'changed since',
    shows: ['rfc 143'],
    headers: { 'if-match': 'W/"7"' },
    ...refused(412),
  },
];

const BULKS: readonly GoldenAnswer[] = [
  {
    send: 'POST /Bulk',
    shows: ['rfc 144'],
    body: bulk({ method: 'POST', path: '/Users', bulkId: '1', data: user('cy') }),
    ...found('BulkResponse'),
  },
  {
    send: 'POST /Bulk',
    when: 'of which nothing succeeds',
    shows: ['rfc 144'],
    body: bulk({ method: 'DELETE', path: '/Users/nobody' }, { method: 'GET', path: '/' }),
    ...found('BulkResponse'),
  },
  {
    send: 'POST /Bulk',
    when: 'of no operations',
    shows: ['rfc 145'],
    body: bulk(),
    ...refused(400, 'invalidSyntax'),
  },
  {
    send: 'POST /Bulk',
    when: 'of more operations than are taken',
    shows: ['rfc 150'],
    host: { limits: { maxBulkOperations: 1 } },
    body: bulk({ method: 'DELETE', path: '/Users/1' }, { method: 'DELETE', path: '/Users/2' }),
    ...refused(413),
  },
  { send: 'POST /Bulk', when: 'too large', shows: ['rfc 150'], body: ' '.repeat(1_048_577), ...refused(413) },
  {
    send: 'POST /Bulk',
    when: 'as text/plain',
    shows: ['rfc 74'],
    body: bulk(),
    headers: { 'content-type': 'text/plain' },
    ...refused(415),
  },
];

const SELF: readonly GoldenAnswer[] = [
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
    send: `${method} /Me`,
    shows: ['rfc 156'],
    ...refused(501),
  })),
  {
    send: 'GET /Me',
    shows: ['rfc 156'],
    host: { me: 'ANN_ID' },
    status: 200,
    answers: { ...ann, ...me, etag: UNCHANGED },
    shape: 'User',
  },
  {
    send: 'GET /Me',
    when: 'known already',
    shows: ['rfc 156'],
    host: { me: 'ANN_ID' },
    headers: { 'if-none-match': UNCHANGED },
    status: 304,
    answers: { ...EMPTY, ...me, 'content-location': `${BASE}/Users/ANN_ID`, etag: UNCHANGED },
    shape: null,
  },
  {
    send: 'PUT /Me',
    shows: ['rfc 156'],
    host: { me: 'ANN_ID' },
    body: user('ann', { title: 'Boss' }),
    status: 200,
    answers: { ...ann, ...me, etag: CHANGED },
    shape: 'User',
  },
  {
    send: 'PATCH /Me',
    shows: ['rfc 156'],
    host: { me: 'ANN_ID' },
    body: title,
    status: 200,
    answers: { ...ann, ...me, etag: CHANGED },
    shape: 'User',
  },
  {
    send: 'PATCH /Me',
    when: 'changed since',
    shows: ['rfc 156'],
    host: { me: 'ANN_ID' },
    body: title,
    headers: { 'if-match': 'W/"7"' },
    ...refused(412, undefined, me),
  },
  {
    send: 'DELETE /Me',
    shows: ['rfc 156'],
    host: { me: 'ANN_ID' },
    status: 204,
    answers: { ...EMPTY, ...me },
    shape: null,
  },
  { send: 'GET /Me', when: 'by nobody', shows: ['rfc 156'], host: { me: 'nobody' }, ...refused(404) },
];

const CHALLENGE = { 'www-authenticate': 'Bearer realm="scim"' };
const INVALID = { 'www-authenticate': 'Bearer realm="scim", error="invalid_token"' };

const REFUSALS: readonly GoldenAnswer[] = [
  { send: 'GET /Nothing', shows: ['rfc 159'], ...refused(404) },
  { send: 'GET /v1/Users', shows: ['rfc 77'], ...refused(404) },
  { send: 'GET /Users/ANN_ID/name', shows: ['rfc 159'], ...refused(404) },
  { send: 'GET /Users/%2fx', shows: ['rfc 78'], ...refused(404) },
  {
    send: 'GET /Users',
    when: 'with a wrong key',
    shows: ['rfc 67'],
    host: { key: 'wrong' },
    ...refused(401, undefined, INVALID),
  },
  {
    send: 'GET /ServiceProviderConfig',
    when: 'with a wrong key',
    shows: ['rfc 67'],
    host: { key: 'wrong' },
    ...refused(401, undefined, INVALID),
  },
  {
    send: 'GET /Users',
    when: 'with a wrong key for the third time in a minute',
    shows: ['rfc 166'],
    host: { key: 'wrong', limits: { failedAuthenticationsPerMinute: 2 }, before: 2 },
    ...refused(429, undefined, { 'retry-after': '30' }),
  },
  {
    send: 'GET /Users',
    when: 'too often',
    shows: ['rfc 205'],
    host: { limits: { rateLimit: { requestsPerSecond: 1, burst: 3, concurrent: 1 } }, before: 3 },
    ...refused(429, undefined, { 'retry-after': '1' }),
  },
  { send: `GET /Users?x=${'x'.repeat(9000)}`, when: 'with a long URL', shows: ['rfc 102'], ...refused(414) },
  {
    send: 'GET /Users',
    when: 'with long headers',
    headers: { 'x-long': 'x'.repeat(17_000) },
    ...refused(431),
  },
  ...([400, 403, 409] as const).map((status) => ({
    send: 'POST /Users',
    when: `refused by the host with ${status}`,
    shows: ['rfc 159'],
    host: {
      hooks: {
        userCreated() {
          throw refuse({ status, detail: 'All 20 seats are taken.' });
        },
      },
    },
    body: user('cy'),
    ...refused(status, status === 400 ? 'invalidValue' : undefined),
  })),
  {
    send: 'PATCH /Users/ANN_ID',
    when: 'at which the host fails',
    shows: ['rfc 160'],
    host: {
      hooks: {
        userUpdated() {
          throw new Error('a fault of the host');
        },
      },
    },
    body: title,
    ...refused(500),
  },
  {
    send: 'DELETE /Users/ANN_ID',
    when: 'at which the host does not answer',
    shows: ['rfc 213'],
    host: { limits: { hookTimeoutMs: 20 }, hooks: { userDeleted: slow } },
    ...refused(503, undefined, { 'retry-after': '5' }),
  },
];

/** Every other method of each route, and each route without a key. */
const GENERAL: readonly GoldenAnswer[] = Object.entries(ROUTES).flatMap(([kind, [path, allow]]) => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
  const host: Host = kind === 'me' ? { me: 'ANN_ID' } : {};
  const others = methods.filter((method) => !allow.split(', ').includes(method));
  return [
    ...others.map((method) => ({
      send: `${method} ${path}`,
      shows: ['rfc 71'],
      host,
      ...refused(405, undefined, { allow }),
    })),
    ...allow
      .split(', ')
      .filter((method) => `${method} ${path}` !== 'GET /ServiceProviderConfig')
      .map((method) => ({
        send: `${method} ${path}`,
        when: 'without a key',
        shows: ['rfc 67'],
        host: { ...host, key: 'none' as const },
        ...refused(401, undefined, CHALLENGE),
      })),
  ];
});

export const GOLDEN_ANSWERS: readonly GoldenAnswer[] = [
  ...DISCOVERY,
  ...LISTS,
  ...CREATES,
  ...READS,
  ...CHANGES,
  ...BULKS,
  ...SELF,
  ...REFUSALS,
  ...GENERAL,
];
