import { describe, expect, test } from 'vitest';
import type { Json } from '../protocol/json.ts';
import { created, findAnswerFaults, isNot, lacks, list, listOf, members, resource } from './expect.ts';
import type { Answer } from './message.ts';
import { ERROR, LIST_RESPONSE, USER } from './vocabulary.ts';

const read = (body: Json, headers: Record<string, string> = {}): Answer => ({
  status: 200,
  headers,
  text: JSON.stringify(body),
  body,
});
const user = {
  schemas: [USER],
  id: 'a',
  userName: 'ann',
  emails: [{ value: 'x', type: 'work' }, { value: 'y' }],
};
const listBody = {
  schemas: [LIST_RESPONSE],
  totalResults: 1,
  startIndex: 1,
  itemsPerPage: 1,
  Resources: [user],
};

describe('what an answer must be', () => {
  test.each([
    ['a resource', resource({ userName: 'ann' }), user, []],
    ['one of several values', resource({ emails: [{ value: 'y' }] }), user, []],
    ['another value', resource({ userName: 'ben' }), user, ['userName: expected "ben", got "ann"']],
    [
      'a part that is not there',
      resource({ name: { givenName: 'Ann' } }),
      user,
      ['name: expected {"givenName":"Ann"}, got nothing'],
    ],
    [
      'text for a boolean',
      resource({ active: true }),
      { ...user, active: 'true' },
      ['active: expected true, got "true"'],
    ],
    ['no id', resource(), { schemas: [USER] }, ['id: expected text, got nothing']],
    ['a number as id', resource(), { ...user, id: 7 }, ['id: expected text, got 7']],
    ['no schemas', resource(), { id: 'a' }, ['schemas: expected a list of URNs, got nothing']],
    ['a list', list(), listBody, []],
    ['a list of the one', listOf('a'), listBody, []],
    ['a list of another', listOf('b'), listBody, ['ids in Resources: expected ["b"], got ["a"]']],
    ['a list of one too many', listOf(), listBody, ['totalResults: expected 0, got 1']],
    [
      'a list of nobody without Resources',
      listOf(),
      { schemas: [LIST_RESPONSE], totalResults: 0, startIndex: 1, itemsPerPage: 0 },
      [],
    ],
    [
      'text for an integer',
      list(),
      { ...listBody, startIndex: '1' },
      ['startIndex: expected an integer, got "1"'],
    ],
    ['the members', members(['a', 'b']), { members: [{ value: 'b' }, { value: 'a' }] }, []],
    ['no members', members([]), {}, []],
    [
      'a member twice',
      members(['a']),
      { members: [{ value: 'a' }, { value: 'a' }] },
      ['members: expected 1, got 2 (0 missing, 0 not expected, 1 twice)'],
    ],
    [
      'a member lost',
      members(['a', 'b']),
      { members: [{ value: 'a' }] },
      ['members: expected 2, got 1 (1 missing, 0 not expected, 0 twice)'],
    ],
    [
      'an attribute too many',
      lacks('password'),
      { ...user, password: 'x' },
      ['password: expected none, got one'],
    ],
    ['the old id', isNot('a'), user, ['id: expected a new one, got a']],
  ] as const)('%s', (_name, expectation, body, faults) => {
    expect(expectation(read(body as Json), 0)).toEqual(faults);
  });

  test('created: Location names the resource', () => {
    const withLocation = (location?: string) =>
      created()(read(user, location === undefined ? {} : { location }), 0);
    expect(withLocation('https://app.example/scim/v2/Users/a')).toEqual([]);
    expect(withLocation('/scim/v2/Users/b')).toEqual(['Location: expected …/a, got "/scim/v2/Users/b"']);
    expect(withLocation()).toHaveLength(1);
  });
});

describe('every answer', () => {
  const scim = { 'content-type': 'application/scim+json;charset=utf-8' };
  const judge = (answer: Partial<Answer>, status: number) =>
    findAnswerFaults(
      { status, headers: scim, text: '{}', body: {}, ...answer },
      { status: [status], mediaTypes: ['application/scim+json'] },
    );

  test.each([
    [
      'has a media type the identity provider reads',
      { headers: { 'content-type': 'text/html' } },
      200,
      'Content-Type',
    ],
    ['says its media type', { headers: {} }, 200, 'Content-Type'],
    ['has a body where one is needed', { text: '', body: undefined }, 201, 'body'],
    ['has none with 204', { text: '{}' }, 204, 'body'],
    ['is JSON', { text: '<html>', body: undefined }, 200, 'body'],
    ['is an object', { text: '[]', body: [] }, 200, 'body'],
    ['with an error is a SCIM error', { body: {} }, 404, 'schemas'],
    ['with an error has the status as text', { body: { schemas: [ERROR], status: 404 } }, 404, 'status'],
  ])('%s', (_name, answer, status, fault) => {
    expect(judge({}, 200)).toEqual([]);
    expect(judge(answer, status)[0]).toMatch(new RegExp(`^${fault}`));
  });

  test('with another status tells what the server said', () => {
    const body = { schemas: [ERROR], status: '400', detail: 'No such filter.' };
    const faults = findAnswerFaults(
      { status: 400, headers: scim, text: '{}', body },
      { status: [200, 404], mediaTypes: [] },
    );
    expect(faults).toEqual(['status: expected 200 or 404, got 400: No such filter.']);
  });
});
