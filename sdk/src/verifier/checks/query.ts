import { isArray } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import { readIds } from '../context.ts';
import { read, readResources } from '../discovery.ts';
import { expectNoCrash, expectStatus, expectThat, expectValue, show } from '../expect.ts';
import { LIST_URN } from '../urns.ts';

/** RFC 7644 §3.4.1 and §3.4.2: reading and listing. */
export const QUERY: readonly Check[] = [
  {
    id: 'rfc-85',
    level: 'MUST',
    section: 'RFC 7644 §3.4.1',
    title: 'A resource is read by its id; an unknown id is 404',
    async run({ createUser, get, newName, endpoints }) {
      const { path, id } = await createUser();
      const answer = await get(path);
      expectStatus(answer, 200);
      expectValue(answer, { name: 'id', value: answer.body.id, expected: id });
      expectStatus(await get(`${endpoints.users}/${newName()}`), 404);
    },
  },
  {
    id: 'rfc-86',
    level: 'MUST',
    section: 'RFC 7644 §3.4.2',
    title: 'A list is a ListResponse with totalResults and Resources',
    async run({ createUser, get, endpoints }) {
      await createUser();
      const answer = await get(endpoints.users, { startIndex: '1', count: '1' });
      expectStatus(answer, 200);
      expectValue(answer, { name: 'schemas', value: answer.body.schemas, expected: [LIST_URN] });
      expectThat(Number.isInteger(answer.body.totalResults), answer, {
        expected: 'totalResults as a whole number',
        came: show(answer.body.totalResults),
      });
      expectThat(isArray(answer.body.Resources), answer, {
        expected: 'Resources',
        came: show(answer.body.Resources),
      });
    },
  },
  {
    id: 'rfc-87',
    level: 'MUST',
    section: 'RFC 7644 §3.4.2',
    title: 'A query that finds nothing is answered 200 with totalResults 0',
    needs: ['filter'],
    async run({ find, newName }) {
      const answer = await find(`userName eq "${newName()}"`);
      expectStatus(answer, 200);
      expectValue(answer, { name: 'totalResults', value: answer.body.totalResults, expected: 0 });
    },
  },
  {
    id: 'rfc-88',
    level: 'MUST',
    section: 'RFC 7644 §3.4.2.1',
    title: 'A query at the root covers all resource types',
    needs: ['rootSearch', 'groups', 'filter'],
    async run({ createUser, createGroup, post }) {
      const { user, group } = { user: await createUser(), group: await createGroup() };
      const filter = `userName eq "${user.body.userName}" or displayName eq "${group.body.displayName}"`;
      const answer = await post('/.search', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        filter,
      });
      expectStatus(answer, 200);
      const expected = [user.id, group.id].sort();
      expectValue(answer, { name: 'the ids found', value: [...readIds(answer)].sort(), expected });
    },
  },
  {
    id: 'rfc-89',
    level: 'MUST',
    section: 'RFC 7644 §3.4.2.1',
    title: 'A huge page is cut short, or refused with tooMany',
    async run({ get, endpoints, claims }) {
      const answer = await get(endpoints.users, { count: '1000000' });
      expectNoCrash(answer);
      if (answer.status === 400)
        expectValue(answer, { name: 'scimType', value: answer.body.scimType, expected: 'tooMany' });
      if (answer.status !== 200 || claims.maxResults === null) return;
      const count = readResources(answer).length;
      expectThat(count <= claims.maxResults, answer, {
        expected: `at most ${claims.maxResults} resources, as filter.maxResults says`,
        came: String(count),
      });
    },
  },
  {
    id: 'rfc-210',
    level: 'MAY',
    section: 'RFC 7644 §3.4.1',
    title: 'What was just written is what is read',
    needs: ['filter', 'User.displayName'],
    async run({ createUser, change, find, userBody, readOne }) {
      const user = await createUser();
      const displayName = `Changed ${user.body.userName}`;
      await change(user.path, userBody({ userName: user.body.userName }), { displayName });
      const one = await readOne(user.path);
      expectValue(one, { name: 'displayName', value: one.body.displayName, expected: displayName });
      const list = await find(`userName eq "${user.body.userName}"`);
      expectValue(list, {
        name: 'displayName in the list',
        value: read(list.body, 'Resources', 0, 'displayName'),
        expected: displayName,
      });
    },
  },
];
