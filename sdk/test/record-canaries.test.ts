import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { createFolder } from './support/connections.ts';
import { startRecordCommand } from './support/recorded.ts';
import { ENTERPRISE_URN, ERROR_URN, PATCH_URN, SEARCH_URN, USER_URN } from './support/scim.ts';
import { type NodeCall, sendTo, serve } from './support/serve.ts';
import { serveScim } from './support/simulated.ts';

vi.setConfig({ testTimeout: 120_000 });

/** One of each kind of thing that must not be in a recording; each has a word that nothing else has. */
const CANARIES = {
  key: 'scimk_quokkakey0123456789abcdef',
  basic: 'quollname:quollpassphrase',
  cookie: 'session=wombatcookie',
  setCookie: 'bilbycookie=1; Path=/',
  apiKeyHeader: 'numbatheaderkey',
  forwardedFor: '203.0.113.77',
  userAgent: 'PotorooSoft-Connector',
  contentType: 'application/x-bettongform',
  userName: 'Dunnart.Lee@kowaricorp.com',
  givenName: 'Kulturrina',
  familyName: "O'Mulgara-Ningaui",
  displayName: 'Pygmy Antechinus of Phascogale',
  nickName: '李袋鼠',
  title: 'Chief Bandicoot Officer',
  department: 'Department of Cuscus Affairs',
  employeeNumber: '7308824619',
  costCenter: 'CC-Pademelon-44',
  phone: '+61 491 570 156',
  phoneUri: 'tel:+61-491-570-110',
  im: 'potoroo-messenger',
  photo: 'https://cdn.wallaroo.com/photos/euro.png',
  profileUrl: 'https://wallaroo.com/people/boodie?x=boodiequery',
  street: '17 Bettongia Crescent',
  locality: 'Rakaliville',
  postalCode: '90417288',
  region: 'Malleefowl Shire',
  externalId: '00ucassowary29u0le5T',
  uuid: '6f9619ff-8b86-4011-b42d-00cf4fc964ff',
  certificate: Buffer.from('emubush certificate '.repeat(8)).toString('base64'),
  password: 'Brolga!Secret9',
  secretAttribute: 'jabirusecretvalue',
  customText: 'custom lyrebird value',
  customNumber: 918_273_645,
  customDate: '1987-06-05',
  customDecimal: 48_213.77,
  customList: 'gouldianfinch',
  customKey: 'kookaburra@key.example',
  rootText: 'galahbird of old',
  group: 'Team Corella Rosella',
  member: 'member-lorikeet-9',
  filterLiteral: 'curlew@search.example',
  notAFilter: 'userName is drongo',
  pathLiteral: 'frogmouth@patch.example',
  notAPath: '/members/shrikethrush',
  sortBy: 'honeyeater sort',
  parameter: 'pardaloteparam',
  parameterName: 'fairywrenname',
  segment: 'whipbird-id',
  endpoint: 'Treecreeperpath',
  cursor: 'butcherbirdcursor',
  schema: 'not a urn: bowerbird',
  version: 'W/"fantailversion"',
  detail: 'monarchdetail',
  header: 'spinebillheader',
  html: 'scrubwrenpage',
  form: 'gerygoneform',
  answerKey: 'thornbillkey',
  scimType: 'silvereyetype',
  locale: 'xx-SITTELLA',
  timezone: 'Jacana/Swamphen',
  op: 'dotterelop',
  bulkId: 'bulkstilt',
  type: 'lapwingtype',
} as const;

const texts = Object.values(CANARIES).map(String);

/** What a careless recorder may write of a text; shorter spellings would turn up in random letters too. */
function spellingsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll('%20', '+'),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
    // At each of the three places it can have within a longer base64 text.
    ...[0, 1, 2].map((offset) =>
      Buffer.concat([Buffer.alloc(offset), bytes])
        .toString('base64')
        .slice(offset === 0 ? 0 : 4, -4),
    ),
    [...value].reverse().join(''),
  ].filter((spelling) => spelling.length >= 8 || /[^\x00-\x7f]/.test(spelling));
}

/** The words of a text that nothing else has. */
function wordsOf(value: string): readonly string[] {
  return value
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => /.{8,}|[\u4e00-\u9fff]/.test(word) && !COMMON.has(word.toLowerCase()));
}

const COMMON = new Set([
  'officer',
  'department',
  'example',
  'application',
  'members',
  'username',
  'session',
  'custom',
  'certificate',
  'password',
]);

/** Answers like a careless server: repeats what it was sent in every place there is. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const sent = await text(request);
  const url = request.url ?? '';
  if (url.includes('html')) {
    response.writeHead(500, { 'content-type': 'text/html', 'x-debug': CANARIES.header });
    response.end(`<html>${CANARIES.html} ${sent}</html>`);
    return;
  }
  const headers = {
    'content-type': 'application/scim+json',
    'set-cookie': CANARIES.setCookie,
    'x-debug': CANARIES.header,
    'retry-after': CANARIES.header,
    'www-authenticate': `Bearer realm="${CANARIES.header}"`,
    etag: CANARIES.version,
    location: `https://wallaroo.com/${CANARIES.segment}/${encodeURIComponent(CANARIES.userName)}`,
    allow: `GET, ${CANARIES.op}`,
  };
  if (url.includes('resource')) {
    response.writeHead(200, headers);
    response.end(
      JSON.stringify({
        ...JSON.parse(sent || '{}'),
        id: CANARIES.segment,
        meta: { version: CANARIES.version, resourceType: 'User' },
      }),
    );
    return;
  }
  const parts = [
    CANARIES.detail,
    CANARIES.userName,
    CANARIES.displayName,
    CANARIES.phone,
    CANARIES.employeeNumber,
    url,
    sent,
  ];
  response.writeHead(409, headers);
  response.end(
    JSON.stringify({
      schemas: [ERROR_URN, CANARIES.schema],
      status: '409',
      scimType: CANARIES.scimType,
      detail: `The userName "${CANARIES.userName}" of ${parts.join(' is already that of ')}.`,
      [CANARIES.customKey]: CANARIES.answerKey,
      urn: { [CANARIES.customKey]: sent },
    }),
  );
}

const CUSTOM_URN = 'urn:example:params:scim:schemas:extension:1.0:User';

/** A user with a canary wherever there is a place for one. */
const USER = {
  schemas: [USER_URN, ENTERPRISE_URN, CUSTOM_URN, CANARIES.schema],
  userName: CANARIES.userName,
  externalId: CANARIES.externalId,
  name: {
    givenName: CANARIES.givenName,
    familyName: CANARIES.familyName,
    formatted: `${CANARIES.givenName} ${CANARIES.familyName}`,
  },
  displayName: CANARIES.displayName,
  nickName: CANARIES.nickName,
  title: CANARIES.title,
  password: CANARIES.password,
  locale: CANARIES.locale,
  timezone: CANARIES.timezone,
  profileUrl: CANARIES.profileUrl,
  emails: [{ value: CANARIES.userName, display: CANARIES.givenName, type: CANARIES.type, primary: true }],
  phoneNumbers: [
    { value: CANARIES.phone, type: 'work' },
    { value: CANARIES.phoneUri, type: 'mobile' },
  ],
  ims: [{ value: CANARIES.im }],
  photos: [{ value: CANARIES.photo, type: 'photo' }],
  addresses: [
    {
      streetAddress: CANARIES.street,
      locality: CANARIES.locality,
      region: CANARIES.region,
      postalCode: CANARIES.postalCode,
      country: 'AU',
      type: 'work',
    },
  ],
  x509Certificates: [{ value: CANARIES.certificate }],
  roles: [{ value: CANARIES.customText }, CANARIES.customList],
  unheardOf: CANARIES.rootText,
  clientSecret: CANARIES.secretAttribute,
  [ENTERPRISE_URN]: {
    employeeNumber: CANARIES.employeeNumber,
    costCenter: CANARIES.costCenter,
    department: CANARIES.department,
    manager: { value: CANARIES.uuid, displayName: CANARIES.displayName },
  },
  [CUSTOM_URN]: {
    text: CANARIES.customText,
    number: CANARIES.customNumber,
    decimal: CANARIES.customDecimal,
    date: CANARIES.customDate,
    list: [CANARIES.customList, [CANARIES.customText]],
    map: { [CANARIES.customKey]: { deep: [{ deeper: CANARIES.rootText }] } },
  },
  meta: { version: CANARIES.version, location: CANARIES.profileUrl, resourceType: CANARIES.title },
};

const operation = (op: string, path?: string, value?: unknown) => ({
  op,
  ...(path === undefined ? {} : { path }),
  value,
});

/** Requests with canaries in every place of the protocol. */
const CALLS: readonly (Omit<NodeCall, 'body'> & { readonly body?: unknown })[] = [
  { method: 'POST', path: '/Users', body: USER },
  {
    method: 'POST',
    path: '/Users',
    body: toUpperCase(USER),
  },
  {
    method: 'PUT',
    path: `/Users/${CANARIES.segment}?attributes=${encodeURIComponent(CANARIES.sortBy)}`,
    body: USER,
  },
  {
    method: 'POST',
    path: '/Groups',
    body: {
      displayName: CANARIES.group,
      members: [
        { value: CANARIES.member, display: CANARIES.displayName, $ref: `../Users/${CANARIES.member}` },
      ],
    },
  },
  ...[
    CANARIES.filterLiteral,
    CANARIES.filterLiteral.toUpperCase(),
    CANARIES.displayName,
    CANARIES.employeeNumber,
  ].flatMap((literal) => [
    { path: `/Users?filter=${encodeURIComponent(`userName eq ${JSON.stringify(literal)}`)}` },
    {
      path: `/Users?filter=${encodeURIComponent(`emails[type eq "work" and value co ${JSON.stringify(literal)}] or not (title pr)`).replaceAll('%20', '+')}`,
    },
    {
      path: `/Users?filter=userName%20eq%20%22${[...Buffer.from(literal)].map((byte) => `%${byte.toString(16)}`).join('')}%22`,
    },
  ]),
  { path: `/Users?filter=${encodeURIComponent(`${CUSTOM_URN}:number gt ${CANARIES.customNumber}`)}` },
  { path: `/Users?filter=${encodeURIComponent(CANARIES.notAFilter)}` },
  {
    path: `/Users?sortBy=${encodeURIComponent(CANARIES.sortBy)}&sortOrder=${CANARIES.op}&startIndex=${CANARIES.employeeNumber}&cursor=${CANARIES.cursor}`,
  },
  { path: `/Users?${CANARIES.parameterName}=1&x=${CANARIES.parameter}&${CANARIES.parameter}` },
  { path: `/${CANARIES.endpoint}/${CANARIES.segment}/${encodeURIComponent(CANARIES.userName)}` },
  { path: `/Users/%E0%A4%A/${CANARIES.segment}` },
  {
    method: 'PATCH',
    path: `/Users/${CANARIES.segment}`,
    body: {
      schemas: [PATCH_URN],
      Operations: [
        operation('Replace', 'name.givenName', CANARIES.givenName),
        operation('add', `emails[value eq ${JSON.stringify(CANARIES.pathLiteral)}].display`, CANARIES.title),
        operation('remove', `members[value eq ${JSON.stringify(CANARIES.member)}]`),
        operation('replace', undefined, {
          'name.familyName': CANARIES.familyName,
          [`${ENTERPRISE_URN}:department`]: CANARIES.department,
          [`emails[value eq "${CANARIES.pathLiteral}"]`]: CANARIES.customText,
          password: CANARIES.password,
        }),
        operation('replace', 'password', CANARIES.password),
        operation('replace', CANARIES.notAPath, CANARIES.rootText),
        operation(CANARIES.op, `${CUSTOM_URN}:number`, CANARIES.customNumber),
        CANARIES.customText,
      ],
    },
  },
  {
    method: 'POST',
    path: '/Users/.search',
    body: {
      schemas: [SEARCH_URN],
      filter: `userName sw "${CANARIES.filterLiteral}"`,
      attributes: ['userName', CANARIES.sortBy],
      sortBy: CANARIES.sortBy,
      cursor: CANARIES.cursor,
    },
  },
  {
    method: 'POST',
    path: '/Bulk',
    body: {
      Operations: [
        { method: 'POST', path: '/Users', bulkId: CANARIES.bulkId, data: USER },
        {
          method: 'PATCH',
          path: `/Users/${CANARIES.segment}`,
          version: CANARIES.version,
          data: { Operations: [operation('add', 'title', CANARIES.title)] },
        },
        { method: CANARIES.op, path: CANARIES.notAPath, data: CANARIES.rootText },
      ],
    },
  },
  {
    method: 'POST',
    path: '/Users',
    headers: { 'content-type': CANARIES.contentType },
    body: `name=${CANARIES.form}&mail=${encodeURIComponent(CANARIES.userName)}`,
  },
  { method: 'POST', path: '/Users', body: `{"userName": "${CANARIES.userName}"` },
  { method: 'POST', path: '/Users', body: JSON.stringify(CANARIES.userName) },
  { method: 'POST', path: '/Users', body: JSON.stringify([CANARIES.userName, CANARIES.customNumber]) },
  {
    path: '/Users',
    headers: {
      'if-match': `${CANARIES.version}, *`,
      'if-none-match': CANARIES.detail,
      accept: `${CANARIES.contentType}; x=${CANARIES.header}`,
    },
  },
  { path: '/html' },
  { method: 'POST', path: '/html', body: USER },
  { method: 'POST', path: '/resource', body: USER },
  {
    method: 'POST',
    path: '/Schemas?resource',
    body: {
      ...USER,
      attributes: [
        {
          name: CANARIES.displayName,
          canonicalValues: [CANARIES.group],
          description: CANARIES.detail,
          type: CANARIES.type,
        },
      ],
    },
  },
];

/** A value with every text and name in capitals. */
function toUpperCase(value: unknown): unknown {
  if (typeof value === 'string') return value.toUpperCase();
  if (Array.isArray(value)) return value.map(toUpperCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name.toUpperCase(), toUpperCase(item)]),
  );
}

const HEADERS = {
  'content-type': 'application/scim+json',
  'user-agent': `${CANARIES.userAgent}/1.0 (tenant ${CANARIES.header})`,
  cookie: CANARIES.cookie,
  'x-api-key': CANARIES.apiKeyHeader,
  'x-forwarded-for': CANARIES.forwardedFor,
};

describe('nothing of what went through the recorder is in its file or on its terminal', () => {
  test.each([
    [
      'a server that repeats everything',
      async () => ({
        url: `http://127.0.0.1:${await serve((request, response) => void echo(request, response))}/scim/v2`,
        key: CANARIES.key,
      }),
    ],
    ['our server', () => serveScim()],
    ['no server at all', async () => ({ url: 'http://127.0.0.1:1/scim/v2', key: CANARIES.key })],
  ])('before %s', async (_server, open) => {
    const { url, key } = await open();
    const output = join(createFolder(), 'recording.jsonl');
    const command = await startRecordCommand(url, { output });
    const credentials = [
      `Bearer ${key}`,
      `Bearer Bearer ${key}`,
      key,
      `Basic ${Buffer.from(CANARIES.basic).toString('base64')}`,
    ];

    for (const authorization of credentials) {
      for (const { body, headers, path, ...call } of CALLS) {
        const bytes = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
        await sendTo(command.port, {
          ...call,
          path: `/scim/v2${path}`,
          headers: { ...HEADERS, authorization, ...headers },
          ...(bytes === undefined ? {} : { body: bytes }),
        });
      }
    }
    await sendTo(command.port, { path: `/outside/${CANARIES.segment}` });
    command.child.kill('SIGINT');
    const { status, stdout, stderr } = await command.ended;

    const file = readFileSync(output, 'utf8');
    expect(status).toBe(0);
    expect(file.trimEnd().split('\n')).toHaveLength(1 + credentials.length * CALLS.length);
    const all = `${file}\n${decodeAll(file)}\n${stdout}\n${stderr}`.toLowerCase();
    const wanted = [key, ...texts].flatMap((canary) => [
      ...spellingsOf(canary),
      ...wordsOf(canary).flatMap(spellingsOf),
    ]);
    expect(wanted.length).toBeGreaterThan(500);
    expect([...new Set(wanted)].filter((spelling) => all.includes(spelling.toLowerCase()))).toEqual([]);
  });
});

/** The file's paths, percent-decoded as often as there is anything to decode. */
function decodeAll(file: string): string {
  return file.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      return codes;
    }
  });
}
