import type { Check } from '../check.ts';
import { read, readResources } from '../discovery.ts';
import { expectError, expectStatus, expectThat, expectValue, show } from '../expect.ts';

const needs = ['interop'] as const;
const section = 'SCIM interop profile';

/** What a server promises with `interopProfileConformant`. */
export const INTEROP: readonly Check[] = [
  {
    id: 'rfc-194',
    level: 'MUST',
    section,
    title: 'The id of a resource type is its name',
    needs: [...needs, 'resourceTypes'],
    async run({ get }) {
      const answer = await get('/ResourceTypes');
      for (const { id, name } of readResources(answer)) {
        expectValue(answer, { name: 'id', value: id, expected: name ?? null });
      }
    },
  },
  {
    id: 'rfc-195',
    level: 'MUST',
    section,
    title: 'Unknown attributes and schemas are refused with invalidSyntax',
    needs,
    async run({ post, userBody, endpoints }) {
      expectError(await post(endpoints.users, userBody({ favouriteColour: 'green' })), 400, 'invalidSyntax');
      const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User', 'urn:example:none:2.0:User'];
      expectError(await post(endpoints.users, userBody({ schemas })), 400, 'invalidSyntax');
    },
  },
  {
    id: 'rfc-196',
    level: 'MUST',
    section,
    title: 'A filter on an attribute that does not exist is refused with invalidFilter',
    needs: [...needs, 'filter'],
    async run({ find }) {
      expectError(await find('favouriteColour eq "green"'), 400, 'invalidFilter');
    },
  },
  {
    id: 'rfc-198',
    level: 'MUST',
    section,
    title: 'PATCH is supported, and each operation has a path',
    needs,
    async run({ createUser, patch, claims, get }) {
      const { path } = await createUser();
      const config = await get('/ServiceProviderConfig');
      expectThat(claims.patch, config, { expected: 'patch to be supported', came: 'no' });
      const answer = await patch(path, { op: 'replace', value: { displayName: 'Other' } });
      expectStatus(answer, 400);
    },
  },
  {
    id: 'rfc-199',
    level: 'MUST',
    section,
    title: 'There are no entity tags',
    needs,
    async run({ createUser, readOne }) {
      const answer = await readOne((await createUser()).path);
      const etag = answer.headers.get('etag');
      expectThat(etag === null, answer, { expected: 'no ETag', came: show(etag) });
      expectThat(read(answer.body, 'meta', 'version') === undefined, answer, {
        expected: 'no meta.version',
        came: 'one',
      });
    },
  },
];
