import { describe, expect, test } from 'vitest';
import { deviceType, groupType, userType } from '../../../test/support/resource-types.ts';
import { ScimError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { findPath } from '../path.ts';
import { ENTERPRISE_USER_URN as E, USER_URN } from '../schema/core.ts';
import { compileResourceType, type ResourceType } from '../schema/resource-type.ts';
import { bindFilter } from './bind.ts';
import { matchFilter, readSortKey } from './match.ts';
import { parseFilter } from './parse.ts';

function match(type: ResourceType, resource: JsonObject, filter: string): boolean | string {
  try {
    return matchFilter(bindFilter(type, parseFilter(filter)), resource);
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return `${error.status} ${error.scimType}`;
  }
}

const ADA: JsonObject = {
  schemas: [USER_URN, E],
  id: 'u1',
  externalId: 'Ext-1',
  userName: 'Ada@Example.com',
  title: '',
  active: true,
  name: { familyName: 'Lovelace' },
  emails: [
    { value: 'ada@work.example', type: 'work' },
    { value: 'ada@home.example', type: 'home', primary: true },
  ],
  groups: [{ value: 'g1', display: 'Analysts', type: 'direct' }],
  [E]: { department: 'R&D', manager: { value: 'm1' } },
  meta: {
    resourceType: 'User',
    created: '2026-01-01T00:00:00.000Z',
    lastModified: '2026-02-01T00:00:00.000Z',
  },
};

describe('meaning', () => {
  test.each<readonly [string, boolean]>([
    ['T17: userName eq "ADA@EXAMPLE.COM"', true],
    ['T17: externalId eq "ext-1"', false],
    ['T17: externalId eq "Ext-1"', true],
    ['userName sw "ada"', true],
    ['userName ew ".COM"', true],
    ['userName co "@EXAMPLE"', true],
    ['userName ne "ada@example.com"', false],
    ['userName gt "ACA"', true],
    ['nickName ne "x"', true],
    ['nickName eq "x"', false],
    ['nickName gt ""', false],
    ['not (nickName eq "x")', true],
    ['98: title pr', false],
    ['98: title eq ""', true],
    ['98: name pr', true],
    ['98: emails pr', true],
    ['98: phoneNumbers pr', false],
    ['95: nickName eq null', true],
    ['95: userName eq null', false],
    ['95: userName ne null', true],
    ['95: nickName ne null', false],
    ['T2: active eq "True"', true],
    ['active eq false', false],
    ['active ne false', true],
    ['97: emails.type eq "work" and emails.primary eq true', true],
    ['97: emails[type eq "work" and primary eq true]', false],
    ['97: emails[type eq "home" and primary eq true]', true],
    ['97: emails.value ne "ada@work.example"', true],
    ['96: emails co "@home"', true],
    ['97: emails[not (type eq "work")]', true],
    ['emails[not (type pr)]', false],
    ['emails[unknown eq "x"]', false],
    ['99: urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ada"', true],
    ['99: URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:USER:USERNAME SW "ADA"', true],
    [`99: ${E}:department eq "r&d"`, true],
    [`99: ${E}:manager.value eq "m1"`, true],
    ['T31: manager eq "m1"', true],
    ['T31: manager.value eq "m1"', true],
    ['T16: UserName Eq "ada@example.com" And ActiVe eQ TRUE', true],
    ['groups.value eq "g1"', true],
    ['groups[display eq "analysts"]', true],
    ['92: meta.created lt "2026-01-01T01:00:00+00:30"', true],
    ['92: meta.created eq "2026-01-01T01:00:00+01:00"', true],
    ['92: meta.created lt "2026-01-01T00:00:00+01:00"', false],
    ['meta[created lt "2026-06-01T00:00:00Z" and resourceType eq "User"]', true],
    [`schemas eq "${E}"`, true],
    ['101: unknown eq "x"', false],
    ['101: unknown pr', false],
    ['101: unknown ne "x"', true],
    ['101: not (unknown pr)', true],
    ['101: unknown eq null', true],
    ['101: unknown[value eq "x"]', false],
    ['name.unknown eq "x" or active eq true', true],
  ])('%s', (text, expected) => {
    expect(match(userType, ADA, text.replace(/^[T\d]\d*: /, ''))).toBe(expected);
  });
});

describe('what cannot be compared is invalidFilter', () => {
  test.each([
    '93: active gt true',
    '93: active co "t"',
    '93: active eq "yes"',
    '93: active eq 1',
    '93: x509Certificates.value gt "A"',
    '96: name eq "x"',
    '96: addresses eq "x"',
    '96: emails[type eq "x" and value[a pr]]',
    '92: meta.created co "2026"',
    '92: meta.created gt "yesterday"',
    '92: meta.created gt 1',
    'userName eq 1',
    'userName eq true',
    'userName gt null',
    'userName[value eq "x"]',
    'emails.value[type eq "x"]',
    `${E} eq "x"`,
    `${E} pr`,
    'meta.location eq "x"',
    'meta.location pr',
    'meta[location eq "x"]',
    'meta[not (location pr)]',
    'groups.$ref eq "x"',
  ])('%s', (text) => {
    expect(match(userType, ADA, text.replace(/^\d+: /, ''))).toBe('400 invalidFilter');
  });

  test.each(['members.display eq "x"', 'members.$ref pr', 'members[display eq "x"]'])('%s', (text) => {
    expect(match(groupType, {}, text)).toBe('400 invalidFilter');
  });

  const secret = compileResourceType({
    name: 'Safe',
    endpoint: '/Safes',
    schema: {
      id: 'urn:example:Safe',
      name: 'Safe',
      attributes: [
        { name: 'pin', mutability: 'writeOnly' },
        {
          name: 'box',
          type: 'complex',
          multiValued: true,
          subAttributes: [{ name: 'value' }, { name: 'code', returned: 'never' }],
        },
        { name: 'vault', type: 'complex', returned: 'never', subAttributes: [{ name: 'value' }] },
      ],
    },
  });
  test.each([
    'pin eq "1"',
    'pin pr',
    'pin sw "1"',
    'not (pin pr)',
    'pin eq null',
    'box.code eq "1"',
    'box[code sw "1"]',
    'vault eq "1"',
    'vault.value eq "1"',
    'vault[value eq "1"]',
    'vault pr',
  ])('rfc 61, 100: a value that is never returned is not guessed: %s', (text) => {
    expect(match(secret, { pin: '1', box: [{ code: '1' }], vault: { value: '1' } }, text)).toBe(
      '400 invalidFilter',
    );
  });

  test('rfc 160: the refusal does not repeat the literal', () => {
    expect(() => bindFilter(userType, parseFilter('active eq "canary"'))).not.toThrow(/canary/);
  });
});

describe('rfc 105: sort keys', () => {
  const key = (type: ResourceType, text: string, resource: JsonObject) => {
    const target = findPath(type, text);
    return target.kind === 'attribute' ? readSortKey(target.path, resource) : target.kind;
  };
  test('text is folded unless caseExact; of several values the primary one, else the first', () => {
    expect(key(userType, 'userName', ADA)).toBe('ada@example.com');
    expect(key(userType, 'externalId', ADA)).toBe('Ext-1');
    expect(key(userType, 'emails', ADA)).toBe('ada@home.example');
    expect(key(userType, 'emails.type', ADA)).toBe('home');
    expect(key(userType, 'meta.created', ADA)).toBe('2026-01-01T00:00:00.000000000Z');
    expect(key(userType, 'nickName', ADA)).toBeUndefined();
    expect(key(userType, 'name', ADA)).toBeUndefined();
    expect(key(deviceType, 'ports', { ports: [443, 80] })).toBe(443);
  });
});
