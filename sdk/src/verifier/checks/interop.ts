import { isArray, isObject, type Json } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import type { Context } from '../context.ts';
import { readIds } from '../context.ts';
import { isSameUrn, read, readResources } from '../discovery.ts';
import { expectError, expectStatus, expectSuccess, expectThat, expectValue, show } from '../expect.ts';
import { USER_URN } from '../urns.ts';

const needs = ['interop'] as const;
const section = 'SCIM interop profile';

/** What a server promises with `interopProfileConformant`. */
export const INTEROP: readonly Check[] = [
  {
    id: 'rfc-194',
    level: 'MUST',
    section,
    title: 'The id of a resource type is its name, and answers are application/scim+json',
    needs: [...needs, 'resourceTypes'],
    async run({ get }) {
      const answer = await get('/ResourceTypes');
      for (const { id, name } of readResources(answer)) {
        expectValue(answer, { name: 'id', value: id, expected: name ?? null });
      }
      const type = answer.headers.get('content-type');
      expectThat(/^application\/scim\+json\b/i.test(type ?? ''), answer, {
        expected: 'Content-Type application/scim+json',
        came: show(type),
      });
    },
  },
  {
    id: 'rfc-195',
    level: 'MUST',
    section,
    title:
      'Unknown attributes and schemas are refused with invalidSyntax, values the schema does not list too',
    needs,
    async run(context) {
      const { post, userBody, endpoints, newName } = context;
      expectError(await post(endpoints.users, userBody({ favouriteColour: 'green' })), 400, 'invalidSyntax');
      const schemas = [USER_URN, 'urn:example:none:2.0:User'];
      expectError(await post(endpoints.users, userBody({ schemas })), 400, 'invalidSyntax');
      if (!listsTypesOfEmails(context)) return;
      const emails = [{ value: `${newName()}@example.com`, type: 'weekend' }];
      expectError(await post(endpoints.users, userBody({ emails })), 400, 'invalidValue');
    },
  },
  {
    id: 'rfc-196',
    level: 'MUST',
    section,
    title: 'Filters have eq and and, know case as uniqueness does, and name attributes that exist',
    needs: [...needs, 'filter'],
    async run({ find, createUser, post, userBody, endpoints }) {
      expectError(await find('favouriteColour eq "green"'), 400, 'invalidFilter');
      const { id, body } = await createUser();
      const [userName, upper] = [String(body.userName), String(body.userName).toUpperCase()];
      const found = await find(`userName eq "${userName}" and id eq "${id}"`);
      expectStatus(found, 200);
      expectValue(found, { name: 'the ids found', value: readIds(found), expected: [id] });
      const inUpperCase = await find(`userName eq "${upper}"`);
      const second = await post(endpoints.users, userBody({ userName: upper }));
      expectThat(readIds(inUpperCase).length > 0 === (second.status === 409), second, {
        expected: 'a name to be taken exactly where a filter finds it',
        came: `${second.status}, and ${readIds(inUpperCase).length} found`,
      });
    },
  },
  {
    id: 'rfc-198',
    level: 'MUST',
    section,
    title: 'PATCH is supported; each operation has a path, one with a filter names the part to set',
    needs: [...needs, 'User.name', 'User.emails'],
    async run({ createUser, patch, claims, get, readOne }) {
      const config = await get('/ServiceProviderConfig');
      expectThat(claims.patch, config, { expected: 'patch to be supported', came: 'no' });
      const { path } = await createUser();
      for (const op of ['add', 'replace']) {
        expectError(await patch(path, { op, value: { displayName: 'Other' } }), 400);
        const whole = { op, path: 'emails[type eq "work"]', value: { value: 'x@example.com' } };
        expectError(await patch(path, whole), 400);
      }
      const nameAfter = async (op: string, value: Json) => {
        expectSuccess(await patch(path, { op, path: 'name', value }));
        const answer = await readOne(path);
        return { answer, name: read(answer.body, 'name') };
      };
      const added = await nameAfter('add', { familyName: 'Proof' });
      expectValue(added.answer, {
        name: 'name.givenName after an add',
        value: read(added.name, 'givenName'),
        expected: 'Vera',
      });
      const replaced = await nameAfter('replace', { familyName: 'Test' });
      expectThat(read(replaced.name, 'givenName') === undefined, replaced.answer, {
        expected: 'name to be replaced as a whole',
        came: show(replaced.name),
      });
    },
  },
  {
    id: 'rfc-199',
    level: 'MUST',
    section,
    title: 'There are no entity tags; names are unique, and free again when their resource is deleted',
    needs,
    async run({ createUser, readOne, send, get, post, patch, userBody, endpoints, claims }) {
      const user = await createUser();
      const answer = await readOne(user.path);
      const etag = answer.headers.get('etag');
      expectThat(etag === null && !claims.etag, answer, { expected: 'no ETag', came: show(etag) });
      expectThat(read(answer.body, 'meta', 'version') === undefined, answer, {
        expected: 'no meta.version',
        came: 'one',
      });
      const userName: Json = user.body.userName ?? null;
      expectError(await post(endpoints.users, userBody({ userName })), 409, 'uniqueness');
      const other = await createUser();
      const rename = { op: 'replace', path: 'userName', value: userName };
      expectError(await patch(other.path, rename), 409, 'uniqueness');
      expectStatus(await send(user.path, { method: 'DELETE' }), 204);
      expectStatus(await get(user.path), 404);
      expectStatus(await post(endpoints.users, userBody({ userName })), 201);
    },
  },
];

function listsTypesOfEmails({ schemas }: Context): boolean {
  const schema = schemas.find(({ id }) => isSameUrn(id, USER_URN));
  const emails = findNamed(schema?.attributes, 'emails');
  const listed = read(findNamed(read(emails, 'subAttributes'), 'type'), 'canonicalValues');
  return isArray(listed) && listed.length > 0 && !listed.includes('weekend');
}

function findNamed(attributes: Json | undefined, name: string): Json | undefined {
  const list = isArray(attributes) ? attributes : [];
  return list.find((attribute) => isObject(attribute) && isSameUrn(attribute.name, name));
}
