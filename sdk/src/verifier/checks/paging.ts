import type { Check } from '../check.ts';
import { readIds } from '../context.ts';
import { read, readResources } from '../discovery.ts';
import { expectError, expectNoCrash, expectStatus, expectThat, expectValue, show } from '../expect.ts';
import { createSeries } from '../series.ts';

const FIVE = [{}, {}, {}, {}, {}];

/** RFC 7644 §3.4.2.3 and §3.4.2.4: order and pages. */
export const PAGING: readonly Check[] = [
  {
    id: 'rfc-104',
    level: 'MUST',
    section: 'RFC 7644 §3.4.2.3',
    title: 'sortBy sorts ascending unless sortOrder says descending; another sortOrder is refused',
    needs: ['sort', 'filter', 'User.title'],
    async run(context) {
      const { filter, ids } = await createSeries(context, [{ title: 'b' }, { title: 'c' }, { title: 'a' }]);
      const order = (places: readonly number[]) => places.map((place) => ids[place] ?? '');
      for (const [sortOrder, expected] of [
        [undefined, order([2, 0, 1])],
        ['ascending', order([2, 0, 1])],
        ['descending', order([1, 0, 2])],
      ] as const) {
        const answer = await context.find(filter, { sortBy: 'title', ...(sortOrder && { sortOrder }) });
        expectStatus(answer, 200);
        expectValue(answer, { name: 'the order', value: readIds(answer), expected });
      }
      expectError(await context.find(filter, { sortBy: 'title', sortOrder: 'sideways' }), 400);
    },
  },
  {
    id: 'rfc-105',
    level: 'MUST',
    section: 'RFC 7644 §3.4.2.3',
    title: 'Sorting ignores case, takes the primary of a list, and puts missing values last',
    needs: ['sort', 'filter', 'User.title', 'User.emails'],
    async run(context) {
      const emails = (primary: string) => [
        { value: 'm@example.com', type: 'home' },
        { value: primary, type: 'work', primary: true },
      ];
      const { filter, ids } = await createSeries(context, [
        { title: 'Bravo', emails: emails('z@example.com') },
        { emails: emails('a@example.com') },
        { title: 'alpha', emails: emails('k@example.com') },
      ]);
      const order = (places: readonly number[]) => places.map((place) => ids[place] ?? '');
      for (const [sortBy, sortOrder, expected] of [
        ['title', 'ascending', order([2, 0, 1])],
        ['title', 'descending', order([1, 0, 2])],
        ['emails.value', 'ascending', order([1, 2, 0])],
      ] as const) {
        const answer = await context.find(filter, { sortBy, sortOrder });
        expectStatus(answer, 200);
        expectValue(answer, {
          name: `the order by ${sortBy}, ${sortOrder}`,
          value: readIds(answer),
          expected,
        });
      }
    },
  },
  {
    id: 'rfc-106',
    level: 'MAY',
    section: 'RFC 7644 §3.4.2.3',
    title: 'sortBy is answered whether or not sorting is supported: sorted, ignored or 501',
    async run({ get, endpoints }) {
      expectStatus(await get(endpoints.users, { sortBy: 'userName', count: '1' }), 200, 501);
    },
  },
  {
    id: 'rfc-107',
    level: 'MUST',
    section: 'RFC 7644 §3.4.2.4',
    title: 'startIndex begins at 1; less is 1; beyond the end the page is empty and the total true',
    needs: ['filter'],
    async run(context) {
      const { filter, ids } = await createSeries(context, FIVE);
      const all = readIds(await context.find(filter));
      for (const [startIndex, expected] of [
        ['1', all],
        ['0', all],
        ['-3', all],
        ['3', all.slice(2)],
        ['99', []],
      ] as const) {
        const answer = await context.find(filter, { startIndex });
        expectStatus(answer, 200);
        expectValue(answer, { name: `the page from ${startIndex}`, value: readIds(answer), expected });
        expectValue(answer, { name: 'totalResults', value: answer.body.totalResults, expected: ids.length });
      }
    },
  },
  {
    id: 'rfc-108',
    level: 'MUST',
    section: 'RFC 7644 §3.4.2.4',
    title: 'A page never has more than count; 0 and less give only the total',
    async run(context) {
      const { get, endpoints, has } = context;
      const { filter } = await createSeries(context, FIVE);
      const page = (count: string) => get(endpoints.users, { count, ...(has('filter') && { filter }) });
      for (const [count, most] of [
        ['2', 2],
        ['0', 0],
        ['-1', 0],
      ] as const) {
        const answer = await page(count);
        expectStatus(answer, 200);
        const came = readResources(answer).length;
        expectThat(came <= most, answer, {
          expected: `at most ${most} resources for count=${count}`,
          came: String(came),
        });
        expectThat(Number(answer.body.totalResults) >= FIVE.length, answer, {
          expected: `totalResults of at least ${FIVE.length}`,
          came: show(answer.body.totalResults),
        });
      }
    },
  },
  {
    id: 'rfc-109',
    level: 'MAY',
    section: 'RFC 7644 §3.4.2.4',
    title: 'Numbers come as numbers and are true; what is no number is no server error',
    async run(context) {
      const { get, endpoints } = context;
      await createSeries(context, FIVE.slice(2));
      const answer = await get(endpoints.users, { startIndex: '2', count: '2' });
      for (const name of ['totalResults', 'startIndex', 'itemsPerPage']) {
        const value = read(answer.body, name);
        expectThat(Number.isInteger(value), answer, {
          expected: `${name} as a whole number`,
          came: show(value),
        });
      }
      expectValue(answer, { name: 'startIndex', value: answer.body.startIndex, expected: 2 });
      expectValue(answer, {
        name: 'itemsPerPage',
        value: answer.body.itemsPerPage,
        expected: readResources(answer).length,
      });
      expectNoCrash(await get(endpoints.users, { startIndex: 'two', count: '2' }));
      expectNoCrash(await get(endpoints.users, { count: '1.5' }));
    },
  },
  {
    id: 'rfc-110',
    level: 'MUST',
    section: 'RFC 7644 §3.4.2.4',
    title: 'Pages together give each resource once',
    needs: ['filter'],
    async run(context) {
      const { filter, ids } = await createSeries(context, FIVE);
      const seen: string[] = [];
      for (const startIndex of ['1', '3', '5']) {
        const answer = await context.find(filter, { startIndex, count: '2' });
        seen.push(...readIds(answer).map(String));
        if (startIndex !== '5') continue;
        expectValue(answer, {
          name: 'the ids of all pages',
          value: seen.toSorted(),
          expected: ids.toSorted(),
        });
      }
    },
  },
  {
    id: 'rfc-197',
    level: 'MUST',
    section: 'SCIM interop profile',
    title: 'A page can have 100 resources, and has as many where no count is asked for',
    needs: ['interop'],
    async run(context) {
      const { get, endpoints, claims, config } = context;
      await createSeries(context, FIVE);
      for (const query of [{}, { count: '100' }]) {
        const answer = await get(endpoints.users, query);
        const most = Math.min(100, Number(answer.body.totalResults));
        expectThat(readResources(answer).length >= most, answer, {
          expected: `a page of at least ${most} resources`,
          came: String(readResources(answer).length),
        });
        for (const [name, size] of [
          ['filter.maxResults', claims.maxResults],
          ['pagination.defaultPageSize', read(config, 'pagination', 'defaultPageSize')],
        ] as const) {
          expectThat(Number(size ?? 100) >= 100, answer, {
            expected: `${name} of at least 100`,
            came: show(size),
          });
        }
      }
    },
  },
];
