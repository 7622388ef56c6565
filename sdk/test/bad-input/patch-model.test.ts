import { describe, expect, test } from 'vitest';
import { ScimError } from '../../src/protocol/errors.ts';
import type { Json, JsonObject } from '../../src/protocol/json.ts';
import { parseJson } from '../../src/protocol/parse-json.ts';
import { applyPatch } from '../../src/protocol/patch/apply.ts';
import { parsePatch } from '../../src/protocol/patch/request.ts';
import { parseResource } from '../../src/protocol/resource.ts';
import { findFaults } from '../support/answers.ts';
import { runs, seconds, tryInputs, tryInputsInTurn } from '../support/counts.ts';
import { findChangedPrototypes, requirePrototypeNames } from '../support/prototypes.ts';
import { userType } from '../support/resource-types.ts';
import { connect, ENTERPRISE_URN, openScim, patch, send, USER_URN, user } from '../support/scim.ts';
import { STORES } from '../support/stores.ts';
import { applyToModel, ModelRefusal, type ModelUser } from './patch-model.ts';
import { arbitraryPatch, arbitraryUser, type PatchCase, toScim } from './patch-requests.ts';

const allow = () => true;
const limits = { maxDepth: 32, maxNodes: 50_000, maxStringLength: 65_536 };

function expected(user: ModelUser, { meanings }: PatchCase): ModelUser | undefined {
  try {
    return applyToModel(user, meanings);
  } catch (error) {
    if (error instanceof ModelRefusal) return undefined;
    throw error;
  }
}

/** The same JSON whatever the order of names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

test.each([
  {
    name: 'an element made by a path is not a second one of the same value and type',
    emails: [{ value: 'c@x.example' }],
    operation: {
      op: 'add',
      path: 'emails[value eq "b@x.example"]',
      value: { value: 'c@x.example', primary: true },
    },
    after: [{ value: 'c@x.example', primary: true }],
  },
  {
    name: 'values to remove are conditions each of its own, also when two name one value',
    emails: [{ value: 'c@x.example', type: 'work' }, { value: 'd@x.example' }],
    operation: {
      op: 'remove',
      path: 'emails',
      value: [{ value: 'c@x.example' }, { value: 'c@x.example', primary: false }],
    },
    after: [{ value: 'd@x.example' }],
  },
  {
    name: 'a value added as primary is it, also when the one before it gains a part',
    emails: [
      { value: 'c@x.example', type: 'work' },
      { value: 'd@x.example', primary: true },
    ],
    operation: {
      op: 'add',
      path: 'emails',
      value: [
        { value: 'c@x.example', type: 'work', primary: true },
        { value: 'd@x.example', display: 'D' },
      ],
    },
    after: [
      { value: 'c@x.example', type: 'work', primary: true },
      { value: 'd@x.example', primary: false, display: 'D' },
    ],
  },
])('B3: $name', async ({ emails, operation, after }) => {
  const { scim } = openScim({ database: 'sqlite::memory:' });
  const { key } = await connect(scim);
  const { id } = (await send(scim, '/Users', { key, body: user('ada', { emails }) })).body;
  const answer = await send(scim, `/Users/${id}`, { key, method: 'PATCH', body: patch(operation) });
  expect([answer.status, answer.body.emails]).toEqual([200, after]);
});

test(
  'B3: a PATCH does what the plainest model of it does, and a refused one does nothing',
  () => {
    tryInputs('B3 PATCHes against a model', runs(200_000), (dice) => {
      const person = arbitraryUser(dice);
      const request = arbitraryPatch(dice);
      const before = parseResource(
        userType,
        { schemas: [USER_URN], ...toScim(person) } as Json,
        allow,
      ).attributes;
      const kept = JSON.stringify(before);
      const after = expected(person, request);
      const result = patchInMemory(before, request);
      requirePrototypeNames();
      if (JSON.stringify(before) !== kept) throw new Error('The given attributes were modified.');
      const told = canonical(result instanceof ScimError ? undefined : result);
      const wanted = canonical(after === undefined ? undefined : toScim(after));
      if (told !== wanted) {
        const status = result instanceof ScimError ? result.message : told;
        throw new Error(`${kept} with ${JSON.stringify(request.body)} is ${status}, not ${wanted}`);
      }
      return result instanceof ScimError ? 'refused' : 'accepted';
    });
    expect(findChangedPrototypes()).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  },
  seconds(120),
);

function patchInMemory(before: JsonObject, { body }: PatchCase): JsonObject | ScimError {
  try {
    const parsed = parseJson(JSON.stringify(body), limits);
    return applyPatch(userType, before, { operations: parsePatch(userType, parsed, allow), allow })
      .attributes;
  } catch (error) {
    if (error instanceof ScimError && error.status >= 400 && error.status < 500) return error;
    throw error;
  }
}

describe.each(STORES)('over HTTP on $name', (store) => {
  test(
    'B3, I10: what a PATCH answers, and what is read after it, is what the model says',
    async () => {
      const { scim, log } = openScim({ database: store.createDatabase() });
      const { key } = await connect(scim);
      let name = 0;
      await tryInputsInTurn(`B3 PATCHes over HTTP, ${store.name}`, runs(1_500), async (dice) => {
        name += 1;
        const person = { ...arbitraryUser(dice), active: dice.oneIn(2) };
        const request = arbitraryPatch(dice);
        const made = await send(scim, '/Users', {
          key,
          body: { schemas: [USER_URN], ...toScim(person), userName: `${name}` },
        });
        const path = `/Users/${made.body.id}`;
        const answer = await send(scim, path, { key, method: 'PATCH', body: request.body });
        const read = await send(scim, path, { key });
        const faults = [made, answer, read].flatMap(findFaults);
        if (faults.length > 0) throw new Error(`${JSON.stringify(request.body)}: ${faults}`);
        const after = expected({ ...person, userName: `${name}` }, request);
        if (after === undefined && read.text !== made.text)
          throw new Error('A refused PATCH changed something.');
        if (after !== undefined && answer.text !== read.text)
          throw new Error(`${JSON.stringify(request.body)} is answered ${answer.text} and read ${read.text}`);
        const { schemas: _s, id: _i, meta: _m, groups: _g, ...attributes } = read.body;
        const wanted = toScim(after ?? { ...person, userName: `${name}` });
        if (canonical(attributes) !== canonical(wanted))
          throw new Error(
            `${JSON.stringify(request.body)} is ${canonical(attributes)}, not ${canonical(wanted)}`,
          );
        if (read.body.schemas.includes(ENTERPRISE_URN) !== ENTERPRISE_URN in wanted)
          throw new Error('schemas');
        // A userName another case has is 409; so each goes again.
        await send(scim, path, { key, method: 'DELETE' });
        return after === undefined ? 'refused' : 'accepted';
      });
      expect(log.filter(({ level }) => level === 'error')).toEqual([]);
      expect(findChangedPrototypes()).toEqual([]);
    },
    seconds(60),
  );
});
