// Users and groups that follow from (prefix, index) alone, so that anybody can tell what a directory must hold.
import { ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA } from './target.ts';

const GIVEN = 'Ada Björn Chidi Dana Elif Farah Goro Hana Ilya Jun Kofi Lena Marta Nils Omar Priya'.split(' ');
const FAMILY =
  'Abara Bakker Costa Duarte Eriksen Fischer Gupta Haddad Ito Jansen Kowalski Lindqvist Moreau'.split(' ');
const DEPARTMENTS = ['Engineering', 'Finance', 'Legal', 'Operations', 'People', 'Sales', 'Support'];
const TITLES = ['Analyst', 'Manager', 'Engineer', 'Director', 'Specialist'];

/** Seven digits: a number of users is their names' number. */
export function toDigits(index: number): string {
  return String(index).padStart(7, '0');
}

export function toUserName(prefix: string, index: number): string {
  return `${prefix}-${toDigits(index)}@example.com`;
}

export function toExternalId(prefix: string, index: number): string {
  return `${prefix}-ext-${toDigits(index)}`;
}

export interface Fixture {
  readonly userName: string;
  readonly name: { readonly givenName: string; readonly familyName: string; readonly formatted: string };
  readonly [name: string]: unknown;
}

/** A user of the size an identity provider sends: about 750 bytes of JSON. */
export function createUser(prefix: string, index: number, more: object = {}): Fixture {
  const givenName = pick(GIVEN, index);
  const familyName = pick(FAMILY, index);
  const userName = toUserName(prefix, index);
  return {
    schemas: [USER_SCHEMA, ENTERPRISE_SCHEMA],
    userName,
    externalId: toExternalId(prefix, index),
    active: true,
    displayName: `${givenName} ${familyName}`,
    name: { givenName, familyName, formatted: `${givenName} ${familyName}` },
    emails: [{ value: userName, type: 'work', primary: true }],
    phoneNumbers: [{ value: `+1-555-${toDigits(index)}`, type: 'work' }],
    title: pick(TITLES, index),
    locale: 'en-US',
    timezone: 'Europe/Berlin',
    [ENTERPRISE_SCHEMA]: {
      employeeNumber: String(100_000 + index),
      department: pick(DEPARTMENTS, index),
      costCenter: `CC-${index % 40}`,
      organization: 'Example Corp',
    },
    ...more,
  };
}

export function toGroupName(prefix: string, index: number): string {
  return `${prefix}-group-${String(index).padStart(5, '0')}`;
}

export function createGroup(prefix: string, index: number): object {
  return {
    schemas: [GROUP_SCHEMA],
    displayName: toGroupName(prefix, index),
    externalId: `${prefix}-gext-${index}`,
  };
}

function pick(values: readonly string[], index: number): string {
  return values[index % values.length] ?? '';
}

/** Numbers from 0 to 1 that are the same in every run (xorshift32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x1_0000_0000;
  };
}
