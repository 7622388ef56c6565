import { ASSET_URN } from '../../support/resource-types.ts';
import { ENTERPRISE_URN, group, PATCH_URN, patch, SEARCH_URN, USER_URN, user } from '../../support/scim.ts';
import type { NodeAnswer } from '../../support/serve.ts';
import type { Pair } from './pair.ts';

type Call = Pair['call'];

const DEVICE_URN = 'urn:example:params:scim:schemas:2.0:Device';
const MISSING = '01900000-0000-7000-8000-0000000000aa';
const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

/** What is there after the first steps. */
export interface People {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly devices: readonly string[];
}

/** Discovery, methods, media types and paths that are refused. */
export async function askAround(call: Call): Promise<void> {
  for (const path of [
    '/ServiceProviderConfig',
    '/ResourceTypes',
    '/ResourceTypes/User',
    '/ResourceTypes/Nothing',
    '/Schemas',
    `/Schemas/${USER_URN}`,
    `/Schemas/${ENTERPRISE_URN}`,
    `/Schemas/${DEVICE_URN}`,
    '/Schemas?filter=id%20eq%20%22x%22',
    '/Schemas/urn:none',
    '/Me',
    '/Nothing',
    '/Users/',
    '//Users',
    `/Users/${MISSING}`,
    `/Groups/${MISSING}`,
    `/Devices/${MISSING}`,
    `/Users/${'x'.repeat(300)}`,
    '/Users/%00',
  ])
    await call(path);
  for (const [method, path] of [
    ['DELETE', '/Users'],
    ['PUT', '/Users'],
    ['PATCH', '/Groups'],
    ['POST', '/Schemas'],
    ['GET', '/Bulk'],
    ['OPTIONS', '/Users'],
    ['HEAD', '/Users'],
    ['DELETE', `/Users/${MISSING}`],
    ['DELETE', `/Groups/${MISSING}`],
  ] as const)
    await call(path, { method });
  for (const authorization of [
    undefined,
    '',
    'Bearer',
    'Bearer undefined',
    'Basic YTpi',
    'Bearer scimk_short',
  ])
    await call('/Users', { headers: { authorization } });
  for (const [body, headers] of [
    ['', {}],
    ['{', {}],
    ['[]', {}],
    ['null', {}],
    ['{"userName":"a","userName":"b"}', {}],
    ['{"userName":"a","__proto__":{"x":1}}', {}],
    [`{"a":${'['.repeat(200)}${']'.repeat(200)}}`, {}],
    ['{"userName":"a"}', { 'content-type': 'text/plain' }],
    ['{"userName":"a"}', { 'content-type': 'application/json; charset=utf-16' }],
    ['{"userName":"a"}', { 'content-encoding': 'gzip' }],
    ['{"userName":"a\\u0000b"}', {}],
    ['{"userName":"a\\ud800b"}', {}],
    ['{"userName":1e400}', {}],
  ] as const)
    await call('/Users', { body, headers });
}

/** People with every kind of attribute, names in many scripts, conflicts and refusals. */
export async function createPeople(call: Call): Promise<People> {
  const users: string[] = [];
  const keep = (answer: NodeAnswer, list: string[]) => {
    if (answer.status === 201) list.push(answer.body.id);
  };
  const names = [
    'Ada',
    'ada2',
    'Élodie',
    'E\u0301lodie2',
    'ΟΔΟΣ',
    'Straße',
    'İstanbul',
    'ıx',
    '\u212Aelvin',
    '名前',
    '😀',
    'a]b)c',
    `o'neil "x"`,
  ];
  for (const [index, name] of names.entries()) {
    const body = user(`${name}@example.com`, {
      externalId: index % 3 === 0 ? `ext-${index}` : undefined,
      displayName: `${name} Display`,
      name: {
        givenName: name,
        familyName: index % 2 === 0 ? 'Lovelace' : 'lovelace',
        formatted: `${name} X`,
      },
      title: index % 2 === 0 ? 'Engineer' : 'engineer',
      active: index % 4 !== 0,
      emails: [
        { value: `${index}@Work.example`, type: 'work', primary: true },
        { value: `${name}@home.example`, type: 'home' },
      ],
      phoneNumbers: [{ value: `+49 30 ${index}`, type: 'mobile' }],
      roles: [{ value: `role-${index % 3}` }],
      [ENTERPRISE_URN]: {
        department: `Dept ${index % 4}`,
        employeeNumber: String(index * 7),
        costCenter: '€',
      },
    });
    keep(await call('/Users', { body }), users);
  }
  const [first = '', second = ''] = users;
  for (const body of [
    user('ADA@EXAMPLE.COM'),
    user('ΟΔΟς@example.com'),
    user('kelvin@example.com'),
    user(''),
    user('x'.repeat(3_000)),
    { schemas: [USER_URN] },
    { schemas: ['urn:wrong'], userName: 'w' },
    { userName: 'no-schemas@example.com' },
    user('typed@example.com', { active: 'yes' }),
    user('typed2@example.com', { active: 'True' }),
    user('mails@example.com', { emails: 'x' }),
    user('mails2@example.com', {
      emails: [
        { value: 'a', primary: true },
        { value: 'b', primary: true },
      ],
    }),
    user('unknown@example.com', { nothing: 1, 'urn:none': { a: 1 } }),
    user('read-only@example.com', { id: 'mine', meta: { version: 'W/"9"' }, groups: [{ value: first }] }),
    user('secret@example.com', { password: 'canary' }),
    user('managed@example.com', { [ENTERPRISE_URN]: { manager: { value: first } } }),
  ])
    keep(await call('/Users', { body }), users);
  const devices: string[] = [];
  for (let index = 0; index < 8; index += 1) {
    const body = {
      schemas: [DEVICE_URN, ASSET_URN],
      serial: `S-${index}`,
      label: index % 2 === 0 ? 'Rack' : 'rack',
      slots: index - 3,
      weight: index * 1.25,
      boughtAt: `2025-0${index + 1}-01T00:00:00+0${index}:00`,
      tags: ['a', `t${index}`],
      ports: [index, 80],
      flags: [true, false],
      site: { room: `R${index % 2}`, floor: index, aliases: [`al-${index}`] },
      interfaces: [{ value: `eth${index}`, type: 'lan', speed: 100 * index, addresses: [`10.0.0.${index}`] }],
      [ASSET_URN]: { inventoryNumber: `I-${index}`, price: 10 / (index + 1), notes: ['n'] },
    };
    keep(await call('/Devices', { body }), devices);
  }
  await call('/Devices', { body: { schemas: [DEVICE_URN], serial: 'S-1' } });
  await call('/Devices', {
    body: { schemas: [DEVICE_URN], serial: 's-1', [ASSET_URN]: { inventoryNumber: 'I-2' } },
  });
  const groups: string[] = [];
  for (const body of [
    group('Engineers', users.slice(0, 5)),
    group('engineers'),
    group('ΟΜΆΔΑΣ', [second, ...devices.slice(0, 3)]),
    { ...group('Empty'), externalId: 'g-empty' },
    group('Wrong', [MISSING]),
    group(''),
    group('Twice', [first, first]),
  ])
    keep(await call('/Groups', { body }), groups);
  keep(await call('/Groups', { body: group('Above', groups.slice(0, 2)) }), groups);
  return { users, groups, devices };
}

const FILTERS = [
  'userName eq "ADA@example.com"',
  'userName eq "οδος@EXAMPLE.com"',
  'userName sw "é"',
  'userName co "@example"',
  'userName ew ".COM"',
  'userName ne "ada@example.com"',
  'userName gt "m"',
  'userName le "b"',
  'externalId eq "ext-3"',
  'externalId eq "EXT-3"',
  'externalId pr',
  'not (externalId pr)',
  'active eq true',
  'active eq false and title eq "ENGINEER"',
  'active gt true',
  'displayName sw "A" or displayName sw "名"',
  'name.familyName eq "lovelace"',
  'emails.value eq "3@WORK.example"',
  'emails eq "3@work.example"',
  'emails[type eq "work" and primary eq true]',
  'emails[type eq "home"].value co "ada"',
  'emails.type ne "work"',
  'phoneNumbers.value co "+49"',
  'roles.value eq "role-1" and not (title sw "E")',
  `${ENTERPRISE_URN}:department eq "dept 2"`,
  `${ENTERPRISE_URN}:employeeNumber ge "2"`,
  `${ENTERPRISE_URN}:manager.value pr`,
  'meta.created gt "2026-03-01T12:00:30Z"',
  'meta.lastModified lt "2026-03-01T13:02:00+01:00"',
  'meta.resourceType eq "User"',
  'id eq "nothing"',
  'userName eq "ada@example.com" or externalId eq "ext-6" or emails.value eq "1@work.example"',
  'groups.display co "eng"',
  'groups pr',
  'schemas eq "urn:none"',
  'userName eq',
  'userName eq "a" and',
  'nothing eq "a"',
  'userName xx "a"',
  'active eq "maybe"',
  '((((userName pr))))',
] as const;

/** Filters, sorting, projection and both ways of paging. */
export async function search(call: Call, { users, groups, devices }: People): Promise<void> {
  const filtered = (endpoint: string, filter: string, more = '') =>
    call(`${endpoint}?filter=${encodeURIComponent(filter)}${more}`);
  for (const filter of FILTERS) await filtered('/Users', filter);
  await filtered('/Users', `id eq "${users[0]}"`);
  await filtered('/Users', `groups.value eq "${groups[0]}"`);
  await filtered('/Users', `${ENTERPRISE_URN}:manager.value eq "${users[0]}"`);
  for (const filter of [
    'displayName eq "ENGINEERS"',
    'externalId eq "g-empty"',
    `members.value eq "${users[1]}"`,
    `members[value eq "${users[1]}" and type eq "user"]`,
    'members pr',
    'not (members pr)',
    'members.type eq "Device"',
  ])
    await filtered('/Groups', filter);
  for (const filter of [
    'serial eq "S-1"',
    'slots gt 0',
    'slots eq -1',
    'weight le 2.5',
    'boughtAt lt "2025-03-01T00:00:00Z"',
    'ports eq 80',
    'flags eq true',
    'tags co "T1"',
    'site.room eq "r1" and site.floor ge 3',
    'site.aliases eq "al-2"',
    'interfaces[speed eq 300 and type eq "LAN"]',
    'interfaces.addresses sw "10.0.0."',
    `${ASSET_URN}:inventoryNumber eq "I-3"`,
    `${ASSET_URN}:price gt 2`,
    'label eq "rack" or weight eq 0',
  ])
    await filtered('/Devices', filter);
  for (const sortBy of [
    'userName',
    'name.familyName',
    'emails.value',
    'title',
    'active',
    'meta.created',
    'id',
    'externalId',
    `${ENTERPRISE_URN}:employeeNumber`,
    'nothing',
    'groups',
    'emails.primary',
  ])
    for (const order of ['ascending', 'descending'])
      await call(`/Users?sortBy=${encodeURIComponent(sortBy)}&sortOrder=${order}&count=7&startIndex=3`);
  for (const sortBy of ['slots', 'weight', 'boughtAt', 'label', 'interfaces.speed', 'ports'])
    await call(`/Devices?sortBy=${sortBy}`);
  for (const range of [
    '',
    'count=0',
    'count=3',
    'startIndex=5&count=4',
    'startIndex=0',
    'startIndex=-3&count=2',
    'startIndex=900',
    'count=-1',
    'count=1e9',
    'count=x',
    'startIndex=1.5',
    'count=2&count=3',
    'unknown=1',
    'sortOrder=up&sortBy=id',
  ])
    await call(`/Users?${range}`);
  for (const wanted of [
    'attributes=userName',
    'attributes=emails.value,name',
    `attributes=${ENTERPRISE_URN}:department`,
    'attributes=nothing',
    'excludedAttributes=emails,name.givenName',
    'excludedAttributes=id',
    'attributes=userName&excludedAttributes=emails',
  ]) {
    await call(`/Users?${wanted}&count=3`);
    await call(`/Users/${users[2]}?${wanted}`);
  }
  for (const id of groups) {
    await call(`/Groups/${id}`);
    await call(`/Groups/${id}?excludedAttributes=members`);
  }
  for (const id of [...users.slice(0, 4), ...devices.slice(0, 2)])
    await call(devices.includes(id) ? `/Devices/${id}` : `/Users/${id}`);
  for (const query of [
    'count=4',
    'count=4&sortBy=userName',
    'count=4&sortBy=title&sortOrder=descending',
    'count=3&filter=active%20eq%20true',
  ]) {
    let answer = await call(`/Users?cursor&${query}`);
    while (answer.body?.nextCursor !== undefined)
      answer = await call(`/Users?cursor=${encodeURIComponent(answer.body.nextCursor)}&${query}`);
  }
  await call('/Users?cursor=wrong&count=4');
  await call('/Users?cursor&startIndex=2');
  for (const endpoint of ['/Users/.search', '/Groups/.search', '/.search']) {
    await call(endpoint, { body: { schemas: [SEARCH_URN], filter: 'externalId pr', count: 5 } });
    await call(endpoint, {
      body: {
        schemas: [SEARCH_URN],
        filter: 'meta.created pr',
        sortBy: 'id',
        startIndex: 4,
        count: 3,
        attributes: ['displayName'],
      },
    });
    await call(endpoint, { body: { schemas: [SEARCH_URN], filter: 'wrong' } });
    await call(endpoint, { body: {} });
  }
  await call('/?count=5');
  await call('/?filter=displayName%20sw%20%22e%22&sortBy=displayName');
}

/** PATCH in all its forms, PUT, conditional requests. */
export async function change(call: Call, { users, groups, devices }: People): Promise<void> {
  const [ada = '', second = '', third = '', fourth = ''] = users;
  const change = (path: string, ...operations: readonly object[]) =>
    call(path, { method: 'PATCH', body: patch(...operations) });
  for (const operations of [
    [{ op: 'replace', path: 'title', value: 'Countess' }],
    [{ op: 'Replace', value: { active: 'False', title: null } }],
    [{ op: 'add', path: 'emails', value: [{ value: 'new@example.com', type: 'other' }] }],
    [{ op: 'add', path: 'emails[type eq "mobile"].value', value: 'm@example.com' }],
    [{ op: 'replace', path: 'emails[type eq "work"].value', value: 'w2@example.com' }],
    [{ op: 'remove', path: 'emails[type eq "home"]' }],
    [{ op: 'remove', path: 'emails[type eq "nowhere"]' }],
    [{ op: 'replace', path: 'name.givenName', value: 'É' }],
    [{ op: 'add', path: `${ENTERPRISE_URN}:department`, value: 'Engines' }],
    [{ op: 'replace', value: { [`${ENTERPRISE_URN}:costCenter`]: '¥', 'name.familyName': 'King' } }],
    [{ op: 'add', path: `${ENTERPRISE_URN}:manager`, value: second }],
    [{ op: 'remove', path: `${ENTERPRISE_URN}:manager` }],
    [{ op: 'remove', path: 'userName' }],
    [{ op: 'replace', path: 'id', value: 'x' }],
    [{ op: 'replace', path: 'userName', value: 'ADA2@example.com' }],
    [{ op: 'replace', path: 'nothing', value: 1 }],
    [{ op: 'add' }],
    [{ op: 'move', path: 'title', value: 'x' }],
    [{ op: 'replace', path: 'emails[', value: 'x' }],
    [{ op: 'replace', path: 'active', value: 'perhaps' }],
    [
      { op: 'replace', path: 'title', value: 'a' },
      { op: 'replace', path: 'nope[x eq 1]', value: 'b' },
    ],
    [
      { op: 'replace', path: 'title', value: 'a' },
      { op: 'replace', path: 'title', value: 'Countess' },
    ],
    [{ op: 'remove' }],
    [],
  ])
    await change(`/Users/${ada}`, ...operations);
  await call(`/Users/${ada}`, { method: 'PATCH', body: { schemas: [PATCH_URN] } });
  await call(`/Users/${ada}?attributes=title`, {
    method: 'PATCH',
    body: patch({ op: 'add', path: 'title', value: 'B' }),
  });
  await change(`/Users/${MISSING}`, { op: 'add', path: 'title', value: 'B' });
  const crew = groups[0] ?? '';
  const above = groups.at(-1) ?? '';
  for (const operations of [
    [{ op: 'add', path: 'members', value: [{ value: users[6] }, { value: users[7] }] }],
    [{ op: 'add', path: 'members', value: [{ value: users[6] }] }],
    [{ op: 'add', value: { members: [{ value: users[8] }] } }],
    [{ op: 'remove', path: `members[value eq "${users[6]}"]` }],
    [{ op: 'remove', path: 'members', value: [{ value: users[7] }] }],
    [{ op: 'add', path: 'members', value: [{ value: MISSING }] }],
    [{ op: 'add', path: 'members', value: [{ value: above }] }],
    [{ op: 'add', path: 'members', value: [{ value: crew }] }],
    [{ op: 'replace', path: 'members', value: [{ value: ada }, { value: devices[0] }] }],
    [{ op: 'replace', path: 'displayName', value: 'Builders' }],
    [{ op: 'replace', value: { id: crew, displayName: 'Builders 2' } }],
    [{ op: 'replace', path: 'displayName', value: 'EMPTY' }],
    [{ op: 'replace', path: 'externalId', value: 'g-1' }],
    [{ op: 'remove', path: 'members' }],
    [{ op: 'add', path: 'members', value: users.slice(0, 9).map((value) => ({ value })) }],
  ]) {
    await change(`/Groups/${crew}`, ...operations);
    await call(`/Groups/${crew}`);
  }
  await call(`/Groups/${crew}?attributes=members`, {
    method: 'PATCH',
    body: patch({ op: 'add', path: 'members', value: [{ value: users[9] }] }),
  });
  for (const body of [
    user('Ada@example.com', { title: 'Put' }),
    user('ada2@example.com'),
    { schemas: [USER_URN] },
    user('Ada@example.com', { id: second, emails: [] }),
  ])
    await call(`/Users/${ada}`, { method: 'PUT', body });
  await call(`/Users/${MISSING}`, { method: 'PUT', body: user('x') });
  await call(`/Groups/${groups[1]}`, { method: 'PUT', body: group('Renamed', [third]) });
  await call(`/Groups/${groups[1]}`, { method: 'PUT', body: group('Builders 2') });
  const tag = String((await call(`/Users/${third}`)).headers.etag);
  await call(`/Users/${third}`, { headers: { 'if-none-match': tag } });
  await call(`/Users/${third}`, { headers: { 'if-none-match': 'W/"99"' } });
  for (const match of ['W/"99"', tag, tag, '*', 'nonsense'])
    await call(`/Users/${third}`, {
      method: 'PATCH',
      body: patch({ op: 'replace', path: 'title', value: match }),
      headers: { 'if-match': match },
    });
  await call(`/Users/${fourth}`, { method: 'DELETE', headers: { 'if-match': 'W/"99"' } });
}

/** Bulk, and the end of everything. */
export async function finish(call: Call, { users, groups, devices }: People): Promise<void> {
  const bulk = (Operations: readonly object[], more: object = {}) =>
    call('/Bulk', { body: { schemas: [BULK_URN], ...more, Operations } });
  await bulk([
    { method: 'POST', path: '/Users', bulkId: 'u', data: user('bulk@example.com') },
    { method: 'POST', path: '/Groups', bulkId: 'g', data: group('Bulk', ['bulkId:u']) },
    { method: 'PATCH', path: '/Users/bulkId:u', data: patch({ op: 'add', path: 'title', value: 'x' }) },
    { method: 'PUT', path: `/Users/${users[5]}`, data: user('put-in-bulk@example.com') },
    { method: 'POST', path: '/Users', bulkId: 'v', data: user('BULK@example.com') },
    { method: 'DELETE', path: `/Users/${MISSING}` },
    { method: 'DELETE', path: `/Devices/${devices[0]}` },
    { method: 'POST', path: '/Groups', bulkId: 'w', data: group('Lost', ['bulkId:nobody']) },
    { method: 'GET', path: '/Users' },
    { method: 'POST', path: '/Bulk', data: {} },
  ]);
  await bulk(
    [
      { method: 'DELETE', path: `/Users/${MISSING}` },
      { method: 'POST', path: '/Users', bulkId: 'n', data: user('never@example.com') },
    ],
    { failOnErrors: 1 },
  );
  await bulk([
    { method: 'POST', path: '/Groups', bulkId: 'a', data: group('Ring A', ['bulkId:b']) },
    { method: 'POST', path: '/Groups', bulkId: 'b', data: group('Ring B', ['bulkId:a']) },
  ]);
  await bulk([]);
  await call('/Bulk', { body: { Operations: 'x' } });
  for (const id of users.slice(0, 6)) await call(`/Users/${id}`, { method: 'DELETE' });
  await call(`/Users/${users[0]}`);
  await call(`/Users/${users[0]}`, { method: 'DELETE' });
  for (const id of groups) await call(`/Groups/${id}`);
  for (const id of groups) await call(`/Groups/${id}`, { method: 'DELETE' });
  await call('/Users', { body: user('Ada@example.com', { externalId: 'ext-0' }) });
  for (const endpoint of ['/Users', '/Groups', '/Devices', '/']) await call(`${endpoint}?count=200`);
}
