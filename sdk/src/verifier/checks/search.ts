import type { Check } from '../check.ts';
import { readIds } from '../context.ts';
import { read, readResources } from '../discovery.ts';
import { expectStatus, expectThat, expectValue, isUnassigned, show } from '../expect.ts';
import { createSeries } from '../series.ts';
import { LIST_URN, SEARCH_URN } from '../urns.ts';

/** RFC 7644 §3.4.3. */
export const SEARCH: readonly Check[] = [
  {
    id: 'rfc-114',
    level: 'MUST',
    section: 'RFC 7644 §3.4.3',
    title: 'POST .search finds what GET finds, with the same parameters in its body',
    needs: ['search', 'filter', 'User.displayName'],
    async run(context) {
      const { find, post, endpoints, has } = context;
      const { filter } = await createSeries(context, [{}, {}, {}]);
      const order = has('sort') ? { sortBy: 'userName', sortOrder: 'descending' } : {};
      const expected = readIds(await find(filter, { ...order, startIndex: '2', count: '2' }));
      const answer = await post(`${endpoints.users}/.search`, {
        schemas: [SEARCH_URN],
        filter,
        ...order,
        startIndex: 2,
        count: 2,
        attributes: ['userName'],
      });
      expectStatus(answer, 200);
      expectValue(answer, { name: 'schemas', value: answer.body.schemas, expected: [LIST_URN] });
      expectValue(answer, { name: 'the ids found', value: readIds(answer), expected });
      const shown = readResources(answer).map((resource) => read(resource, 'displayName'));
      expectThat(shown.every(isUnassigned), answer, { expected: 'no displayName', came: show(shown[0]) });
    },
  },
  {
    id: 'rfc-115',
    level: 'SHOULD',
    section: 'RFC 7644 §7.5.2',
    title: 'POST .search takes a filter that is better not in a URL',
    needs: ['search', 'filter'],
    async run({ createUser, post, endpoints }) {
      const { id, body } = await createUser();
      const answer = await post(`${endpoints.users}/.search`, {
        schemas: [SEARCH_URN],
        filter: `userName eq "${body.userName}"`,
        excludedAttributes: ['name'],
      });
      expectStatus(answer, 200);
      expectValue(answer, { name: 'the ids found', value: readIds(answer), expected: [id] });
      const name = read(answer.body, 'Resources', 0, 'name');
      expectThat(isUnassigned(name), answer, { expected: 'no name', came: show(name) });
    },
  },
];
