import { isObject } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import type { Answer } from '../client.ts';
import { type Context, readIds } from '../context.ts';
import { read, readResources } from '../discovery.ts';
import { expectError, expectStatus, expectThat, expectValue, fail, NotClaimed, show } from '../expect.ts';
import { createSeries, type Series } from '../series.ts';
import { SEARCH_URN } from '../urns.ts';

const needs = ['cursor', 'filter'] as const;

/** Reads all pages, at most ten of them. */
async function readPages(
  { find }: Context,
  { filter }: Series,
  query: Readonly<Record<string, string>>,
): Promise<readonly Answer[]> {
  const pages: Answer[] = [];
  let cursor = '';
  while (pages.length < 10) {
    const answer = await find(filter, { ...query, cursor });
    expectStatus(answer, 200);
    pages.push(answer);
    const { nextCursor } = answer.body;
    if (typeof nextCursor !== 'string') break;
    cursor = nextCursor;
  }
  return pages;
}

const five = (context: Context) => createSeries(context, [{}, {}, {}, {}, {}]);

/** The first page of five users and its cursor. */
async function startPaging(context: Context) {
  const series = await five(context);
  const answer = await context.find(series.filter, { cursor: '', count: '2' });
  expectStatus(answer, 200);
  const { nextCursor } = answer.body;
  if (typeof nextCursor !== 'string') fail(answer, 'a nextCursor', show(nextCursor));
  return { series, answer, cursor: nextCursor };
}

/** RFC 9865. */
export const CURSOR: readonly Check[] = [
  {
    id: 'rfc-167',
    level: 'MUST',
    section: 'RFC 9865 §2',
    title: 'An empty cursor asks for the first page, and cursors need no escaping in a URL',
    needs,
    async run(context) {
      const { cursor, answer } = await startPaging(context);
      expectThat(/^[A-Za-z0-9._~-]+$/.test(cursor), answer, {
        expected: 'unreserved characters alone',
        came: show(cursor),
      });
      expectStatus(await context.send(`${context.endpoints.users}?cursor&count=2`), 200);
    },
  },
  {
    id: 'rfc-168',
    level: 'MUST',
    section: 'RFC 9865 §2',
    title: 'Every page but the last has a nextCursor, and together they give each resource once',
    needs,
    async run(context) {
      const series = await five(context);
      const pages = await readPages(context, series, { count: '2' });
      const last = pages.at(-1);
      if (last === undefined) return;
      const ids = pages.flatMap((page) => readIds(page).map(String)).sort();
      expectValue(last, { name: 'the ids of all pages', value: ids, expected: series.ids.toSorted() });
      expectThat(!('nextCursor' in last.body), last, {
        expected: 'no nextCursor at the end',
        came: show(last.body.nextCursor),
      });
    },
  },
  {
    id: 'rfc-169',
    level: 'MAY',
    section: 'RFC 9865 §2',
    title: 'The first page has no previousCursor',
    needs,
    async run(context) {
      const { answer } = await startPaging(context);
      expectThat(!('previousCursor' in answer.body), answer, { expected: 'no previousCursor', came: 'one' });
    },
  },
  {
    id: 'rfc-170',
    level: 'MUST',
    section: 'RFC 9865 §2',
    title: 'A cursor goes with its query: another filter is refused',
    needs,
    async run(context) {
      const { cursor } = await startPaging(context);
      expectError(await context.find('userName pr', { cursor, count: '2' }), 400, 'invalidCursor');
    },
  },
  {
    id: 'rfc-171',
    level: 'MUST',
    section: 'RFC 9865 §2',
    title: 'A page never has more than count; 0 and less give only the total',
    needs,
    async run(context) {
      const { filter } = await five(context);
      for (const [count, most] of [
        ['2', 2],
        ['0', 0],
        ['-1', 0],
      ] as const) {
        const answer = await context.find(filter, { cursor: '', count });
        expectStatus(answer, 200);
        const came = readResources(answer).length;
        expectThat(came <= most, answer, {
          expected: `at most ${most} resources for count=${count}`,
          came: String(came),
        });
      }
    },
  },
  {
    id: 'rfc-172',
    level: 'MUST',
    section: 'RFC 9865 §2',
    title: 'A client that pages by index gets totalResults all the same',
    needs,
    async run(context) {
      if (read(context.config, 'pagination', 'index') !== true) {
        throw new NotClaimed('The server does not claim paging by index.');
      }
      const { filter, ids } = await five(context);
      const answer = await context.find(filter, { startIndex: '1', count: '2' });
      expectStatus(answer, 200);
      expectValue(answer, { name: 'totalResults', value: answer.body.totalResults, expected: ids.length });
    },
  },
  {
    id: 'rfc-173',
    level: 'SHOULD',
    section: 'RFC 9865 §2.1',
    title: 'A cursor that is no cursor is refused with invalidCursor',
    needs,
    async run({ find }) {
      expectError(await find('userName pr', { cursor: 'made-up', count: '2' }), 400, 'invalidCursor');
    },
  },
  {
    id: 'rfc-174',
    level: 'MAY',
    section: 'RFC 9865 §2.4',
    title: 'startIndex and cursor together are refused',
    needs,
    async run({ find }) {
      expectError(await find('userName pr', { cursor: '', startIndex: '1' }), 400);
    },
  },
  {
    id: 'rfc-175',
    level: 'SHOULD',
    section: 'RFC 9865 §2.2',
    title: 'A cursor goes on in the same order',
    needs: [...needs, 'sort', 'User.title'],
    async run(context) {
      const series = await createSeries(
        context,
        ['c', 'e', 'a', 'd', 'b'].map((title) => ({ title })),
      );
      const pages = await readPages(context, series, {
        count: '2',
        sortBy: 'title',
        sortOrder: 'descending',
      });
      const titles = pages.flatMap((page) => readResources(page).map(({ title }) => title ?? null));
      const [first] = pages;
      if (first === undefined) return;
      expectValue(first, {
        name: 'the titles of all pages',
        value: titles,
        expected: ['e', 'd', 'c', 'b', 'a'],
      });
    },
  },
  {
    id: 'rfc-176',
    level: 'MUST',
    section: 'RFC 9865 §2.4',
    title: 'A request that names no method of paging is answered by the default one',
    needs,
    async run(context) {
      const { filter } = await five(context);
      const answer = await context.find(filter, { count: '2' });
      expectStatus(answer, 200);
      const isIndex = read(context.config, 'pagination', 'defaultPaginationMethod') === 'index';
      if (!isIndex) return;
      expectValue(answer, { name: 'startIndex', value: answer.body.startIndex, expected: 1 });
    },
  },
  {
    id: 'rfc-177',
    level: 'MUST',
    section: 'RFC 9865 §3',
    title: 'POST .search takes a cursor and count in its body',
    needs: [...needs, 'search'],
    async run(context) {
      const { filter } = await five(context);
      const path = `${context.endpoints.users}/.search`;
      const first = await context.post(path, { schemas: [SEARCH_URN], filter, cursor: '', count: 3 });
      expectStatus(first, 200);
      const cursor = first.body.nextCursor;
      expectThat(typeof cursor === 'string', first, { expected: 'a nextCursor', came: show(cursor) });
      const second = await context.post(path, { schemas: [SEARCH_URN], filter, cursor, count: 3 });
      expectStatus(second, 200);
      expectValue(second, { name: 'the number left', value: readIds(second).length, expected: 2 });
    },
  },
  {
    id: 'rfc-178',
    level: 'SHOULD',
    section: 'RFC 9865 §4',
    title: '/ServiceProviderConfig describes paging',
    needs: ['cursor'],
    async run({ get }) {
      const answer = await get('/ServiceProviderConfig');
      const { pagination } = answer.body;
      const isDescribed =
        isObject(pagination) &&
        typeof pagination.cursor === 'boolean' &&
        typeof pagination.index === 'boolean' &&
        ['cursor', 'index', undefined].includes(pagination.defaultPaginationMethod as string | undefined);
      expectThat(isDescribed, answer, {
        expected: 'pagination with cursor and index',
        came: show(pagination),
      });
    },
  },
  {
    id: 'rfc-179',
    level: 'MUST',
    section: 'RFC 9865 §5',
    title: 'A cursor that was altered is refused',
    needs,
    async run(context) {
      const { cursor, series } = await startPaging(context);
      const middle = Math.floor(cursor.length / 2);
      const other = cursor[middle] === 'a' ? 'b' : 'a';
      const altered = `${cursor.slice(0, middle)}${other}${cursor.slice(middle + 1)}`;
      expectError(await context.find(series.filter, { cursor: altered, count: '2' }), 400);
    },
  },
  {
    id: 'rfc-180',
    level: 'SHOULD',
    section: 'RFC 9865 §5',
    title: 'A cursor can be used again and gives the same page; it shows no names',
    needs,
    async run(context) {
      const { cursor, series, answer } = await startPaging(context);
      const [first, again] = [
        await context.find(series.filter, { cursor, count: '2' }),
        await context.find(series.filter, { cursor, count: '2' }),
      ];
      expectStatus(again, 200);
      expectValue(again, { name: 'the page', value: readIds(again), expected: readIds(first) });
      const text = Buffer.from(cursor, 'base64url').toString('latin1');
      expectThat(!text.includes(context.prefix), answer, {
        expected: 'an opaque cursor',
        came: 'names inside it',
      });
    },
  },
];
