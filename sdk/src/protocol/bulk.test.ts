import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../test/support/answers.ts';
import { ASSET_URN, deviceType, groupType, userType } from '../../test/support/resource-types.ts';
import { parseBulkOperation, parseBulkRequest, readLabels, splitData } from './bulk.ts';
import { type BulkDependencies, orderOperations } from './bulk-order.ts';
import { findReferences, resolveReferences } from './bulk-reference.ts';
import { ScimError } from './errors.ts';
import type { Json } from './json.ts';
import { ENTERPRISE_USER_URN } from './schema/core.ts';

const URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const lenient = { maxOperations: 2, allow: () => true };
const remove = { method: 'DELETE', path: '/Users/1' };

describe('the envelope', () => {
  test('rfc 144, rfc 146: operations, and failOnErrors where the client sends it', () => {
    const operations = [remove, remove];

    expect(parseBulkRequest({ schemas: [URN], Operations: operations }, lenient)).toEqual({
      operations,
      failOnErrors: Number.POSITIVE_INFINITY,
    });
    expect(parseBulkRequest({ operations, FAILONERRORS: 3 }, lenient).failOnErrors).toBe(3);
    expect(parseBulkRequest({ operations, failOnErrors: null }, lenient).failOnErrors).toBe(Infinity);
  });

  test.each<[string, Json, string]>([
    ['no object', [], '400 invalidSyntax'],
    ['nothing in it', {}, '400 invalidSyntax'],
    ['another schema', { schemas: ['urn:x'], Operations: [remove] }, '400 invalidSyntax'],
    ['schemas that are no list', { schemas: URN, Operations: [remove] }, '400 invalidSyntax'],
    ['operations that are no list', { Operations: remove }, '400 invalidSyntax'],
    ['no operation', { Operations: [] }, '400 invalidSyntax'],
    ['failOnErrors of 0', { Operations: [remove], failOnErrors: 0 }, '400 invalidValue'],
    ['failOnErrors of 1.5', { Operations: [remove], failOnErrors: 1.5 }, '400 invalidValue'],
    ['failOnErrors as text', { Operations: [remove], failOnErrors: '1' }, '400 invalidValue'],
    ['too many operations', { Operations: [remove, remove, remove] }, '413 undefined'],
  ])('rfc 145, rfc 150: %s is refused as a whole', (_name, body, refusal) => {
    expect(refusalOf(() => parseBulkRequest(body, lenient))).toBe(refusal);
  });
});

test('rfc 145: schemas may be left out, but not in strict', () => {
  const strict = { maxOperations: 2, allow: () => false };
  expect(parseBulkRequest({ schemas: [URN], Operations: [remove] }, strict).operations).toHaveLength(1);
  expect(refusalOf(() => parseBulkRequest({ Operations: [remove] }, strict))).toBe('400 invalidSyntax');
});

describe('an operation', () => {
  test('rfc 145: has method, path, bulkId, version and data, named in any case', () => {
    expect(
      parseBulkOperation({ Method: 'PUT', PATH: '/Users/1', bulkid: 'a', version: 'W/"1"', Data: {} }),
    ).toEqual({ method: 'PUT', path: '/Users/1', bulkId: 'a', version: 'W/"1"', data: {} });
    expect(parseBulkOperation({ ...remove, data: { ignored: true } }).data).toBeUndefined();
  });

  test.each<[string, Json]>([
    ['no object', 'DELETE /Users/1'],
    ['no method', { path: '/Users/1' }],
    ['an unknown method', { method: 'GET', path: '/Users/1' }],
    ['a method that is no text', { method: ['DELETE'], path: '/Users/1' }],
    ['no path', { method: 'DELETE' }],
    ['a path that is no text', { method: 'DELETE', path: 1 }],
    ['a POST without bulkId', { method: 'POST', path: '/Users', data: {} }],
    ['an empty bulkId', { method: 'POST', path: '/Users', bulkId: '', data: {} }],
    ['a bulkId that is no text', { method: 'POST', path: '/Users', bulkId: 1, data: {} }],
    ['a POST without data', { method: 'POST', path: '/Users', bulkId: 'a' }],
    ['a PATCH with null', { method: 'PATCH', path: '/Users/1', data: null }],
    ['a version that is no text', { ...remove, version: 1 }],
  ])('rfc 145: %s is malformed', (_name, operation) => {
    expect(refusalOf(() => parseBulkOperation(operation))).toBe('400 invalidSyntax');
  });

  test('rfc 147: its result repeats what can be repeated', () => {
    expect(readLabels({ method: 'POST', bulkId: 'a' })).toEqual({ method: 'POST', bulkId: 'a' });
    expect(readLabels({ method: 'GET', bulkId: 1 })).toEqual({});
    expect(readLabels(null)).toEqual({});
  });
});

describe('references', () => {
  const ids = new Map([['a', 'id-a']]);

  test('rfc 148: are texts that are nothing but a reference, anywhere in the data', () => {
    const data = {
      members: [{ value: 'bulkId:a', $ref: 'bulkId:a' }],
      [ENTERPRISE_USER_URN]: { manager: { value: 'bulkId:a' } },
      title: 'see bulkId:a',
      nickName: 'bulkId:',
    };

    expect([...findReferences({ method: 'POST', data })]).toEqual(['a']);
    expect(resolveReferences({ method: 'POST', data }, ids)).toEqual({
      members: [{ value: 'id-a', $ref: 'id-a' }],
      [ENTERPRISE_USER_URN]: { manager: { value: 'id-a' } },
      title: 'see bulkId:a',
      nickName: 'bulkId:',
    });
  });

  test('rfc 148: one that stands for nothing is a 409', () => {
    const data = ['bulkId:b'];
    expect(refusalOf(() => resolveReferences({ method: 'PUT', data }, ids))).toBe('409 invalidValue');
  });

  test.each([
    ['members[value eq "bulkId:a"]', 'members[value eq "id-a"]'],
    ['members[value eq "bulkId:a" or value eq "x"]', 'members[value eq "id-a" or value eq "x"]'],
    ['emails[value eq "bulkId:\\u0061"].type', 'emails[value eq "id-a"].type'],
    ['emails[value eq "\\"bulkId:a\\""]', 'emails[value eq "\\"bulkId:a\\""]'],
    ['emails[value eq "see bulkId:a"]', 'emails[value eq "see bulkId:a"]'],
    ['emails[value eq "bulkId:a', 'emails[value eq "bulkId:a'],
    ['emails[value eq "\\x"]', 'emails[value eq "\\x"]'],
    ['bulkId:a', 'bulkId:a'],
  ])('rfc 148: the filter of a path of PATCH refers too: %s', (path, resolved) => {
    const toBody = (text: string) => ({ schemas: ['x'], operations: [{ op: 'remove', Path: text }, 1] });
    expect(resolveReferences({ method: 'PATCH', data: toBody(path) }, ids)).toEqual(toBody(resolved));
    expect([...findReferences({ method: 'PATCH', data: toBody(path) })]).toEqual(
      path === resolved ? [] : ['a'],
    );
    expect(resolveReferences({ method: 'PUT', data: toBody('["bulkId:a"]') }, ids)).toEqual(
      toBody('["bulkId:a"]'),
    );
  });

  test.each([
    ['../Users/bulkId:a', '../Users/id-a'],
    ['https://app.example/scim/v2/Users/bulkId:a', 'https://app.example/scim/v2/Users/id-a'],
    ['../Users/bulkId:a/x', '../Users/bulkId:a/x'],
    ['../Users/x', '../Users/x'],
  ])('rfc 148: $ref refers as a URL too: %s', ($ref, resolved) => {
    const toData = (url: string) => ({ manager: { $REF: url }, profileUrl: '../Users/bulkId:a' });
    expect(resolveReferences({ method: 'POST', data: toData($ref) }, ids)).toEqual(toData(resolved));
  });

  test('rfc 149: members and what is required stay in the first write; the rest can follow', () => {
    const manager = { [ENTERPRISE_USER_URN]: { manager: { value: 'bulkId:a' } } };

    expect(splitData(userType, { userName: 'ann', title: 'x', ...manager })).toEqual({
      first: { userName: 'ann', title: 'x' },
      later: manager,
    });
    expect(splitData(userType, { USERNAME: 'bulkId:a' }).later).toBeUndefined();
    expect(
      splitData(groupType, { displayName: 'g', Members: [{ value: 'bulkId:a' }] }).later,
    ).toBeUndefined();
    expect(splitData(deviceType, { [ASSET_URN]: { owner: 'bulkId:a' } }).later).toBeDefined();
    expect(splitData(userType, ['bulkId:a'])).toEqual({ first: ['bulkId:a'], later: undefined });
  });
});

describe('the order of operations', () => {
  test('is that of the request when nothing refers forwards', () => {
    expect(order({}, { creates: 'a' }, { needs: ['a'] }, { changes: '/Users/1' })).toBe('0 1 2 3');
  });

  test('rfc 149: an operation waits for those it refers to, and for nothing else', () => {
    expect(order({ needs: ['a'] }, {}, { creates: 'a' }, {})).toBe('1 2 0 3');
    expect(order({ creates: 'a', needs: ['b'] }, { creates: 'b', wants: ['c'] }, { creates: 'c' })).toBe(
      '2 1 0',
    );
    expect(order({ needs: ['unknown'] }, {})).toBe('0 1');
  });

  test('operations on one resource keep their order', () => {
    const changes = '/Groups/1';
    expect(order({ changes, needs: ['a'] }, { changes }, {}, { creates: 'a' })).toBe('2 3 0 1');
  });

  test('rfc 149: a circle is cut where a reference can be written later', () => {
    expect(order({ creates: 'a', wants: ['b'] }, { creates: 'b', wants: ['a'] })).toBe('0begin 1 0complete');
    expect(order({ creates: 'a', needs: ['b'] }, { creates: 'b', wants: ['a'] })).toBe('1begin 0 1complete');
    expect(order({ creates: 'a', wants: ['a'] })).toBe('0begin 0complete');
  });

  test('an operation on a resource waits until it is complete', () => {
    expect(
      order(
        { creates: 'a', wants: ['b'] },
        { changes: '/Users/bulkId:a', needs: ['a'] },
        { creates: 'b', wants: ['a'] },
      ),
    ).toBe('0begin 2 0complete 1');
  });

  test('rfc 149: a circle of needs is refused, and what waits for it goes on', () => {
    expect(order({ creates: 'a', needs: ['a'] })).toBe('0refuse');
    expect(
      order(
        { needs: ['c'] },
        { creates: 'a', needs: ['b'] },
        { creates: 'b', needs: ['a'] },
        { creates: 'c', needs: ['b'] },
      ),
    ).toBe('1refuse 2 3 0');
  });

  test('rfc 149: every operation has its turn once, after what it needs', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'x');
    const names = fc.uniqueArray(name, { maxLength: 3 });
    const one = fc.record({ isPost: fc.boolean(), needs: names, wants: names, target: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), (ones) => {
        const free = ['a', 'b', 'c', 'd', 'e'];
        const operations = ones.map(({ isPost, needs, wants, target }) => {
          const creates = isPost ? free.shift() : undefined;
          return creates === undefined
            ? toDependencies({ needs, changes: `/${target}` })
            : toDependencies({ creates, needs, wants });
        });

        const steps = orderOperations(operations);

        const begun = steps.filter(({ kind }) => kind !== 'complete').map(({ index }) => index);
        const completed = steps.filter(({ kind }) => kind !== 'begin').map(({ index }) => index);
        const all = operations.map((_operation, index) => index);
        expect(begun.toSorted((a, b) => a - b)).toEqual(all);
        expect(completed.toSorted((a, b) => a - b)).toEqual(all);
        for (const { index, kind } of steps) {
          if (kind === 'refuse' || kind === 'complete') continue;
          for (const need of operations[index]?.needs ?? []) {
            const creator = operations.findIndex(({ creates }) => creates === need);
            if (creator !== -1) expect(begun.indexOf(creator)).toBeLessThan(begun.indexOf(index));
          }
        }
      }),
      { numRuns: runs(500) },
    );
  });

  test('a thousand operations in one long circle are ordered at once', () => {
    const operations = Array.from({ length: 1000 }, (_value, index) =>
      toDependencies({ creates: `${index}`, wants: [`${(index + 1) % 1000}`] }),
    );

    const steps = orderOperations(operations);

    expect(steps).toHaveLength(1001);
    expect(steps.at(-1)).toEqual({ index: 0, kind: 'complete' });
  });
});

interface Sketch {
  readonly creates?: string;
  readonly needs?: readonly string[];
  readonly wants?: readonly string[];
  readonly changes?: string;
}

function toDependencies({ creates, needs = [], wants = [], changes }: Sketch): BulkDependencies {
  return { creates, needs: new Set(needs), wants: new Set(wants), changes };
}

function order(...sketches: readonly Sketch[]): string {
  return orderOperations(sketches.map(toDependencies))
    .map(({ index, kind }) => (kind === 'whole' ? `${index}` : `${index}${kind}`))
    .join(' ');
}

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ScimError) return `${error.status} ${error.scimType}`;
    throw error;
  }
  return 'none';
}
