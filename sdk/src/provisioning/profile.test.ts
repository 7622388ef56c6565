import { describe, expect, test } from 'vitest';
import { ENTERPRISE_USER_URN, USER_RESOURCE_TYPE } from '../protocol/schema/core.ts';
import { compileResourceType } from '../protocol/schema/resource-type.ts';
import { DEFAULT_MAPPING, type MappingField, type PropertyType } from './mapping.ts';
import { createProfileReader } from './profile.ts';

const type = compileResourceType(USER_RESOURCE_TYPE);

const ADA = {
  userName: 'ada@acme.example',
  externalId: '00u1',
  name: { givenName: 'Ada', familyName: 'Lovelace', formatted: 'Ada Lovelace' },
  title: '42',
  active: true,
  emails: [
    { value: 'ada@home.example', type: 'home' },
    { value: 'ada@acme.example', type: 'work', primary: true },
  ],
  [ENTERPRISE_USER_URN]: {
    department: 'Engines',
    employeeNumber: '0042',
    manager: { value: 'm1', displayName: 'Charles' },
  },
};

const field = (change: Partial<MappingField>): MappingField => ({
  outputField: 'out',
  inputPath: 'userName',
  fallbackInputPaths: [],
  propertyType: { dataType: 'String' },
  displayName: 'Out',
  warnIfMissing: false,
  ...change,
});

const read = (
  change: Partial<MappingField>,
  resource: Parameters<ReturnType<typeof createProfileReader>>[0] = ADA,
) => createProfileReader(type, { userSchema: [field(change)] })(resource);

test('the default mapping reads name, e-mail address, title and department', () => {
  const profile = createProfileReader(type, DEFAULT_MAPPING)(ADA);
  expect({ ...profile.parsedUserData }).toEqual({
    email: 'ada@acme.example',
    firstName: 'Ada',
    lastName: 'Lovelace',
    displayName: 'Ada Lovelace',
    title: '42',
    department: 'Engines',
  });
  expect(profile).toMatchObject({ primaryEmail: 'ada@acme.example', warnings: [] });
});

test('a user with nothing but a userName has warnings and no e-mail address', () => {
  const profile = createProfileReader(type, DEFAULT_MAPPING)({ userName: 'bob' });
  expect({ ...profile.parsedUserData }).toEqual({});
  expect(profile.primaryEmail).toBe(null);
  expect(profile.warnings.map((warning) => [warning.field, warning.code])).toEqual([
    ['email', 'missing'],
    ['firstName', 'missing'],
    ['lastName', 'missing'],
  ]);
});

describe('a path', () => {
  test.each([
    ['userName', 'ada@acme.example'],
    ['USERNAME', 'ada@acme.example'],
    ['externalId', '00u1'],
    ['name.givenName', 'Ada'],
    ['urn:ietf:params:scim:schemas:core:2.0:User:name.familyName', 'Lovelace'],
    ['emails.primary', 'ada@acme.example'],
    ['emails', 'ada@acme.example'],
    ['emails.value', 'ada@acme.example'],
    ['emails[type eq "home"].value', 'ada@home.example'],
    ['emails[type eq "home"]', 'ada@home.example'],
    ['emails[type eq "work"].type', 'work'],
    [`${ENTERPRISE_USER_URN}:department`, 'Engines'],
    [`${ENTERPRISE_USER_URN}:manager`, 'm1'],
    [`${ENTERPRISE_USER_URN}:manager.displayName`, 'Charles'],
    ['active', 'true'],
  ])('%s gives %j', (inputPath, value) => {
    expect(read({ inputPath }).parsedUserData.out).toBe(value);
  });

  test.each([
    'nickName',
    'unknown',
    'emails[type eq "other"].value',
    'emails[primary gt true].value',
    'emails.unknown',
  ])('%s gives nothing', (inputPath) => {
    expect(read({ inputPath, warnIfMissing: true })).toMatchObject({
      warnings: [{ field: 'out', code: 'missing' }],
    });
  });

  test('emails.primary is the first address where none is primary', () => {
    const resource = { emails: [{ value: 'first' }, { value: 'second' }] };
    expect(read({ inputPath: 'emails.primary' }, resource).parsedUserData.out).toBe('first');
  });

  test('fallbacks are tried in order, then the default', () => {
    expect(read({ inputPath: 'nickName', fallbackInputPaths: ['unknown', 'title'] }).parsedUserData.out).toBe(
      '42',
    );
    expect(read({ inputPath: 'nickName', defaultValue: 'none', warnIfMissing: true })).toMatchObject({
      parsedUserData: { out: 'none' },
      warnings: [],
    });
  });
});

describe('a value of a property type', () => {
  const list: PropertyType = { dataType: 'List', itemType: { dataType: 'String' } };
  test.each<[PropertyType, string, unknown]>([
    [{ dataType: 'Integer' }, '42', 42],
    [{ dataType: 'Integer' }, '4.2', undefined],
    [{ dataType: 'Float' }, '-4.25', -4.25],
    [{ dataType: 'Float' }, '1e5', undefined],
    [{ dataType: 'Boolean' }, 'True', true],
    [{ dataType: 'Boolean' }, 'yes', undefined],
    [{ dataType: 'Date' }, '2026-02-28', '2026-02-28'],
    [{ dataType: 'Date' }, '2026-02-30', undefined],
    [{ dataType: 'Date' }, '2026-02-28T23:00:00-05:00', '2026-03-01'],
    [{ dataType: 'DateTime' }, '2026-02-28T12:00:00+01:00', '2026-02-28T11:00:00.000Z'],
    [{ dataType: 'Enum', options: ['Admin', 'Member'] }, 'admin', 'Admin'],
    [{ dataType: 'Enum', options: ['Admin', 'Member'] }, 'owner', undefined],
    [list, 'one', ['one']],
  ])('%j of %j is %j', (propertyType, title, value) => {
    const profile = read({ inputPath: 'title', propertyType }, { title });
    expect(profile.parsedUserData.out).toEqual(value);
    expect(profile.warnings).toHaveLength(value === undefined ? 1 : 0);
  });

  test('of a list of options those that are known are kept, and of the others it is warned', () => {
    const propertyType: PropertyType = {
      dataType: 'List',
      itemType: { dataType: 'Enum', options: ['Admin', 'Member'] },
    };
    const inputPath = 'urn:ietf:params:scim:schemas:core:2.0:User:roles';
    const roles = [{ value: 'admin' }, { value: 'root' }, { value: 'MEMBER', primary: true }];
    expect(read({ inputPath, propertyType }, { roles })).toMatchObject({
      parsedUserData: { out: ['Member', 'Admin'] },
      warnings: [{ code: 'unsuitable' }],
    });
    expect(read({ inputPath, propertyType }, { roles: [{ value: 'root' }] })).toMatchObject({
      parsedUserData: {},
      warnings: [{ code: 'unsuitable' }],
    });
  });

  test('a list has all values', () => {
    expect(read({ inputPath: 'emails', propertyType: list }).parsedUserData.out).toEqual([
      'ada@acme.example',
      'ada@home.example',
    ]);
  });
});

test('a field called __proto__ is data', () => {
  const { parsedUserData } = read({ outputField: '__proto__' });
  expect(Object.entries(parsedUserData)).toEqual([['__proto__', 'ada@acme.example']]);
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
});
