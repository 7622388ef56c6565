import { isArray, isObject, type Json } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import { readIds } from '../context.ts';
import { isSameUrn, read } from '../discovery.ts';
import {
  expectError,
  expectStatus,
  expectSuccess,
  expectThat,
  expectValue,
  isUnassigned,
  show,
} from '../expect.ts';
import { USER_URN } from '../urns.ts';

/** RFC 7643 §7: what attributes are like. */
export const CHARACTERISTICS: readonly Check[] = [
  {
    id: 'rfc-56',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'A required attribute that is missing or null is refused on PUT',
    needs: ['put'],
    async run({ createUser, put, userBody }) {
      const { path } = await createUser();
      const { userName: _userName, ...rest } = userBody();
      expectError(await put(path, rest), 400);
      expectError(await put(path, { ...rest, userName: null }), 400);
    },
  },
  {
    id: 'rfc-57',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'Values of a caseExact attribute (externalId) are compared with case',
    needs: ['filter'],
    async run({ createUser, find, newName }) {
      const externalId = `CaSe-${newName()}`;
      const user = await createUser({ externalId });
      const same = await find(`externalId eq "${externalId}"`);
      expectStatus(same, 200);
      expectValue(same, { name: 'the ids found', value: readIds(same), expected: [user.id] });
      const other = await find(`externalId eq "${externalId.toLowerCase()}"`);
      expectStatus(other, 200);
      expectValue(other, { name: 'the ids found in another case', value: readIds(other), expected: [] });
    },
  },
  {
    id: 'rfc-58',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title:
      'Values of an attribute that is not caseExact (userName) are compared without case, and keep theirs',
    async run({ createUser, post, find, userBody, newName, endpoints, has }) {
      const userName = `MiXed-${newName()}@Example.com`;
      const user = await createUser({ userName });
      expectValue(user.answer, { name: 'userName', value: user.body.userName, expected: userName });
      if (has('filter')) {
        const answer = await find(`userName eq "${userName.toUpperCase()}"`);
        expectStatus(answer, 200);
        expectValue(answer, {
          name: 'the ids found in another case',
          value: readIds(answer),
          expected: [user.id],
        });
      }
      expectStatus(await post(endpoints.users, userBody({ userName: userName.toLowerCase() })), 409);
    },
  },
  {
    id: 'rfc-59',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'A read-only attribute is ignored on PUT, and a PATCH of it is refused with mutability',
    needs: ['patch'],
    async run({ createUser, put, patch, userBody, newName, readOne, has }) {
      const { path, id } = await createUser();
      if (has('put')) {
        expectSuccess(await put(path, userBody({ id: newName(), meta: { resourceType: 'Device' } })));
      }
      expectError(await patch(path, { op: 'replace', path: 'id', value: newName() }), 400, 'mutability');
      expectError(
        await patch(path, { op: 'replace', path: 'meta.resourceType', value: 'Device' }),
        400,
        'mutability',
      );
      const answer = await readOne(path);
      expectValue(answer, { name: 'id', value: answer.body.id, expected: id });
    },
  },
  {
    id: 'rfc-60',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'An immutable value (members.value) is not changed once set',
    needs: ['patch', 'groups', 'Group.members'],
    async run({ createUser, createGroup, patch }) {
      const [first, second] = [await createUser(), await createUser()];
      const group = await createGroup({ members: [{ value: first.id }] });
      const path = `members[value eq "${first.id}"].value`;
      expectError(await patch(group.path, { op: 'replace', path, value: second.id }), 400, 'mutability');
    },
  },
  {
    id: 'rfc-61',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'Write-only attributes are declared as never returned',
    needs: ['schemas'],
    async run({ get, schemas }) {
      const answer = await get('/Schemas');
      const wrong = schemas
        .flatMap(({ attributes }) => (isArray(attributes) ? attributes : []))
        .filter(isObject)
        .find(({ mutability, returned }) => mutability === 'writeOnly' && returned !== 'never');
      expectThat(wrong === undefined, answer, { expected: 'returned "never"', came: show(wrong) });
    },
  },
  {
    id: 'rfc-62',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'What is returned always (id) cannot be left out',
    async run({ createUser, get }) {
      const { path, id } = await createUser();
      for (const query of [{ excludedAttributes: 'id' }, { attributes: 'userName' }]) {
        const answer = await get(path, query);
        expectStatus(answer, 200);
        expectValue(answer, { name: 'id', value: answer.body.id, expected: id });
      }
    },
  },
  {
    id: 'rfc-63',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'What is never returned stays away even when it is asked for',
    async run({ createUser, schemas, newName, has, readOne }) {
      const schema = schemas.find(({ id }) => isSameUrn(id, USER_URN));
      const attributes = (isArray(schema?.attributes) ? schema.attributes : []).filter(isObject);
      const hidden = attributes
        .filter(({ returned }) => returned === 'never')
        .map(({ name }) => String(name));
      const names = hidden.length === 0 ? ['password'] : hidden;
      const { path } = await createUser(has('User.password') ? { password: `Pw-${newName()}!` } : {});
      const answer = await readOne(path, { attributes: names.join(',') });
      for (const name of names) {
        expectThat(isUnassigned(answer.body[name]), answer, { expected: `no ${name}`, came: 'one' });
      }
    },
  },
  {
    id: 'rfc-64',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'What is returned by default is there unless it is left out, or other attributes are asked for',
    needs: ['User.displayName'],
    async run({ createUser, get }) {
      const { path } = await createUser();
      const isThere = async (query?: Readonly<Record<string, string>>) => {
        const answer = await get(path, query);
        return { answer, value: answer.body.displayName };
      };
      const plain = await isThere();
      expectThat(!isUnassigned(plain.value), plain.answer, { expected: 'displayName', came: 'none' });
      for (const query of [{ excludedAttributes: 'displayName' }, { attributes: 'userName' }]) {
        const { answer, value } = await isThere(query);
        expectThat(isUnassigned(value), answer, { expected: 'no displayName', came: show(value) });
      }
    },
  },
  {
    id: 'rfc-65',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'A userName that is taken is refused with 409 on PUT and PATCH too',
    async run({ createUser, put, patch, userBody, has, readOne }) {
      const [first, second] = [await createUser(), await createUser()];
      const userName: Json = first.body.userName ?? null;
      if (has('put')) expectError(await put(second.path, userBody({ userName })), 409, 'uniqueness');
      if (has('patch')) {
        expectError(
          await patch(second.path, { op: 'replace', path: 'userName', value: userName }),
          409,
          'uniqueness',
        );
      }
      const answer = await readOne(second.path);
      expectValue(answer, {
        name: 'userName',
        value: read(answer.body, 'userName'),
        expected: second.body.userName ?? null,
      });
    },
  },
];
