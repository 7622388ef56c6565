import type { Check } from '../check.ts';
import { type Context, readIds } from '../context.ts';
import { read } from '../discovery.ts';
import {
  describeAnswer,
  expectError,
  expectNoCrash,
  expectRefusal,
  expectStatus,
  expectValue,
  fail,
} from '../expect.ts';
import { createSeries, type Series } from '../series.ts';
import { ENTERPRISE_URN, USER_URN } from '../urns.ts';

/** Expects a filter to find exactly the users at these places of the series. */
async function expectFound(
  { find }: Context,
  { series, filter }: { readonly series: Series; readonly filter: string },
  ...places: readonly number[]
): Promise<void> {
  const answer = await find(`${series.filter} and (${filter})`);
  if (answer.status !== 200) fail(answer, `${filter} to be answered 200`, describeAnswer(answer));
  const expected = places.map((place) => series.ids[place] ?? '').sort();
  const found = [...readIds(answer)].sort();
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  const names = (ids: readonly unknown[]) =>
    `users ${
      ids
        .map((id) => series.ids.indexOf(String(id)))
        .sort()
        .join(', ') || 'none'
    }`;
  fail(answer, `${filter} to find ${names(expected)}`, names(found));
}

const SECTION = 'RFC 7644 §3.4.2.2';

/** RFC 7644 §3.4.2.2. */
export const FILTER: readonly Check[] = [
  {
    id: 'rfc-90',
    level: 'MUST',
    section: SECTION,
    title: 'All operators work; their names and those of attributes are read without case',
    needs: ['filter', 'User.title'],
    async run(context) {
      const series = await createSeries(context, [{ title: 'Alpha' }, { title: 'Beta' }, {}]);
      const expectAt = (filter: string, ...places: number[]) =>
        expectFound(context, { series, filter }, ...places);
      await expectAt('title eq "Alpha"', 0);
      await expectAt('title ne "Alpha" and title pr', 1);
      await expectAt('title co "et"', 1);
      await expectAt('title sw "Al"', 0);
      await expectAt('title ew "ta"', 1);
      await expectAt('title pr', 0, 1);
      await expectAt('not (title pr)', 2);
      await expectAt('title eq "Alpha" or title eq "Beta"', 0, 1);
      await expectAt('TITLE Eq "Alpha" OR Title EQ "Beta"', 0, 1);
      await expectAt('Not (title PR)', 2);
    },
  },
  {
    id: 'rfc-91',
    level: 'MUST',
    section: SECTION,
    title: 'Grouping comes first, then not, then and, then or',
    needs: ['filter', 'User.title', 'User.nickName'],
    async run(context) {
      const series = await createSeries(context, [
        { title: 'A', nickName: 'X' },
        { title: 'A', nickName: 'Y' },
        { title: 'B', nickName: 'Y' },
      ]);
      const expectAt = (filter: string, ...places: number[]) =>
        expectFound(context, { series, filter }, ...places);
      await expectAt('title eq "A" or title eq "B" and nickName eq "X"', 0, 1);
      await expectAt('(title eq "A" or title eq "B") and nickName eq "Y"', 1, 2);
      await expectAt('not (title eq "A") or nickName eq "X"', 0, 2);
    },
  },
  {
    id: 'rfc-92',
    level: 'MUST',
    section: SECTION,
    title: 'gt, ge, lt and le follow the order of the type',
    needs: ['filter', 'User.title'],
    async run(context) {
      const series = await createSeries(context, [
        { title: 'apple' },
        { title: 'Banana' },
        { title: 'cherry' },
      ]);
      const expectAt = (filter: string, ...places: number[]) =>
        expectFound(context, { series, filter }, ...places);
      await expectAt('title gt "banana"', 2);
      await expectAt('title ge "banana"', 1, 2);
      await expectAt('title lt "banana"', 0);
      await expectAt('title le "banana"', 0, 1);
      await expectAt('meta.created gt "2001-01-01T00:00:00Z"', 0, 1, 2);
      await expectAt('meta.created lt "2001-01-01T00:00:00Z"');
    },
  },
  {
    id: 'rfc-93',
    level: 'MUST',
    section: SECTION,
    title: 'gt, ge, lt and le of a boolean are refused with invalidFilter',
    needs: ['filter', 'User.active'],
    async run({ find }) {
      for (const operator of ['gt', 'ge', 'lt', 'le']) {
        expectError(await find(`active ${operator} true`), 400, 'invalidFilter');
      }
    },
  },
  {
    id: 'rfc-94',
    level: 'MUST',
    section: SECTION,
    title: 'A filter that is not well-formed is refused with invalidFilter, and never finds everything',
    needs: ['filter'],
    async run({ find }) {
      for (const filter of [
        'userName zz "a"',
        'userName eq',
        'eq "a"',
        '(userName eq "a"',
        'userName eq "a")',
        'userName eq "a" and',
        'userName eq "a" or or userName eq "b"',
        'userName eq "a',
        'userName eq "a" userName eq "b"',
        'emails[type eq "work"',
      ]) {
        expectError(await find(filter), 400, 'invalidFilter');
      }
    },
  },
  {
    id: 'rfc-95',
    level: 'MUST',
    section: SECTION,
    title: 'Values are JSON: escapes, booleans and null are understood',
    needs: ['filter', 'User.title', 'User.active'],
    async run(context) {
      const series = await createSeries(context, [{ title: 'say "hi" \\ é' }, { active: false }]);
      const expectAt = (filter: string, ...places: number[]) =>
        expectFound(context, { series, filter }, ...places);
      await expectAt('title eq "say \\"hi\\" \\\\ \\u00e9"', 0);
      await expectAt('active eq false', 1);
      await expectAt('active eq true', 0);
      await expectAt('title eq null', 1);
    },
  },
  {
    id: 'rfc-96',
    level: 'MUST',
    section: SECTION,
    title: 'A complex attribute is not compared as a whole; a list of them stands for their value',
    needs: ['filter', 'User.name', 'User.emails'],
    async run(context) {
      expectError(await context.find('name eq "Vera"'), 400, 'invalidFilter');
      const series = await createSeries(context, [{}, {}]);
      const address = read(series.users[0]?.body, 'emails', 0, 'value');
      await expectFound(context, { series, filter: `emails co "${address}"` }, 0);
    },
  },
  {
    id: 'rfc-97',
    level: 'MUST',
    section: SECTION,
    title: 'A list matches when one value does, and conditions in brackets are about the same value',
    needs: ['filter', 'User.emails'],
    async run(context) {
      const name = context.newName();
      const series = await createSeries(context, [
        {
          emails: [
            { value: `${name}@a.example`, type: 'work' },
            { value: `${name}@b.example`, type: 'home' },
          ],
        },
        {
          emails: [
            { value: `${name}@b.example`, type: 'work' },
            { value: `${name}@a.example`, type: 'home' },
          ],
        },
      ]);
      const expectAt = (filter: string, ...places: number[]) =>
        expectFound(context, { series, filter }, ...places);
      await expectAt(`emails[type eq "work" and value ew "@a.example"]`, 0);
      await expectAt('emails.type eq "home"', 0, 1);
      await expectAt(`emails[type eq "other"]`);
    },
  },
  {
    id: 'rfc-98',
    level: 'MUST',
    section: SECTION,
    title: 'pr finds what has a value, in parts of complex attributes too',
    needs: ['filter', 'User.title', 'User.phoneNumbers', 'User.name'],
    async run(context) {
      const series = await createSeries(context, [
        { phoneNumbers: [{ value: '+1', type: 'work' }] },
        { phoneNumbers: [], title: 'Lead', name: { givenName: 'Only' } },
      ]);
      const expectAt = (filter: string, ...places: number[]) =>
        expectFound(context, { series, filter }, ...places);
      await expectAt('phoneNumbers pr', 0);
      await expectAt('title pr', 1);
      await expectAt('name.familyName pr', 0);
      await expectAt('name pr', 0, 1);
    },
  },
  {
    id: 'rfc-99',
    level: 'MUST',
    section: 'RFC 7644 §3.10',
    title: 'Attributes can be named with their URN',
    needs: ['filter', 'enterprise', 'User.title'],
    async run(context) {
      const schemas = [USER_URN, ENTERPRISE_URN];
      const series = await createSeries(context, [
        { schemas, title: 'Lead', [ENTERPRISE_URN]: { department: 'Tours' } },
        { schemas, title: 'Guide', [ENTERPRISE_URN]: { department: 'Rides' } },
      ]);
      const expectAt = (filter: string, ...places: number[]) =>
        expectFound(context, { series, filter }, ...places);
      await expectAt(`${USER_URN}:title eq "Lead"`, 0);
      await expectAt(`${ENTERPRISE_URN}:department eq "Rides"`, 1);
      await expectAt(`${ENTERPRISE_URN.toLowerCase()}:DEPARTMENT eq "Rides"`, 1);
    },
  },
  {
    id: 'rfc-100',
    level: 'MUST',
    section: SECTION,
    title: 'A filter on the password tells nothing',
    needs: ['filter'],
    async run({ createUser, find, newName, has }) {
      const password = `Pw-${newName()}!`;
      const { body } = await createUser(has('User.password') ? { password } : {});
      const answer = await find(`userName eq "${body.userName}" and password eq "${password}"`);
      if (answer.status === 400 || answer.status === 403) return;
      expectStatus(answer, 200);
      expectValue(answer, { name: 'the ids found', value: readIds(answer), expected: [] });
    },
  },
  {
    id: 'rfc-101',
    level: 'MAY',
    section: 'RFC 7644 §3.4.2.1',
    title: 'A filter on an attribute that does not exist finds nothing or is refused with invalidFilter',
    needs: ['filter'],
    async run({ find }) {
      const answer = await find('favouriteColour eq "green"');
      if (answer.status === 400) return expectError(answer, 400, 'invalidFilter');
      expectStatus(answer, 200);
      expectValue(answer, { name: 'the ids found', value: readIds(answer), expected: [] });
    },
  },
  {
    id: 'rfc-102',
    level: 'MAY',
    section: SECTION,
    title: 'Very long and very deep filters are answered or refused, never a server error',
    needs: ['filter'],
    async run({ find }) {
      expectNoCrash(await find(`${'('.repeat(800)}userName eq "a"${')'.repeat(800)}`));
      expectNoCrash(await find(`${'not ('.repeat(400)}userName eq "a"${')'.repeat(400)}`));
      expectNoCrash(await find(Array(150).fill('userName eq "a"').join(' or ')));
    },
  },
  {
    id: 'rfc-103',
    level: 'MUST',
    section: SECTION,
    title: 'Wildcards and quotes inside values are data',
    needs: ['filter', 'User.title'],
    async run(context) {
      const series = await createSeries(context, [{ title: "100% o'clock_" }, { title: '100 oclock' }]);
      const expectAt = (filter: string, ...places: number[]) =>
        expectFound(context, { series, filter }, ...places);
      await expectAt('title co "%"', 0);
      await expectAt('title co "_"', 0);
      await expectAt('title eq "%"');
      await expectAt('title co "o\'clock"', 0);
      await expectAt('title sw "1%0"');
      await expectAt('title co "*"');
      await expectAt('title eq "\' or 1=1 --"');
    },
  },
  {
    id: 'rfc-203',
    level: 'SHOULD',
    section: 'IPSIE SCIM AL1',
    title: 'The filters identity providers match by find the resource',
    needs: ['filter', 'User.emails'],
    async run({ createUser, createGroup, find, get, newName, endpoints, has }) {
      const { id, body } = await createUser({ externalId: newName() });
      const address = read(body, 'emails', 0, 'value');
      for (const filter of [
        `userName eq "${body.userName}"`,
        `externalId eq "${body.externalId}"`,
        `emails[value eq "${address}"]`,
        `emails[type eq "work" and value eq "${address}"]`,
      ]) {
        const answer = await find(filter);
        expectStatus(answer, 200);
        expectValue(answer, { name: 'the ids found', value: readIds(answer), expected: [id] });
      }
      if (!has('groups')) return;
      const group = await createGroup();
      const answer = await get(endpoints.groups, { filter: `displayName eq "${group.body.displayName}"` });
      expectValue(answer, { name: 'the groups found', value: readIds(answer), expected: [group.id] });
    },
  },
  {
    id: 'rfc-164',
    level: 'MAY',
    section: 'RFC 7643 §4.1.1',
    title: 'userName is compared by Unicode: composed or not, without case, a final sigma as a sigma',
    needs: ['filter'],
    async run({ createUser, post, find, userBody, newName, endpoints }) {
      const base = newName();
      for (const [stored, other] of [
        [`${base}-é`, `${base}-e\u0301`],
        [`${base}-ΟΔΟΣ`, `${base}-οδος`],
        [`${base}-\u212A`, `${base}-k`],
      ] as const) {
        const { id } = await createUser({ userName: stored });
        const answer = await find(`userName eq "${other}"`);
        expectStatus(answer, 200);
        expectValue(answer, { name: `the ids found by ${other}`, value: readIds(answer), expected: [id] });
        expectStatus(await post(endpoints.users, userBody({ userName: other })), 409);
      }
      await createUser({ userName: `${base}-ı` });
      const answer = await find(`userName eq "${base}-i"`);
      expectValue(answer, { name: 'the ids found by a dotted i', value: readIds(answer), expected: [] });
    },
  },
  {
    id: 'rfc-211',
    level: 'MAY',
    section: 'RFC 7644 §3.3',
    title: 'A create that is sent again is refused, and a filter finds the first',
    needs: ['filter'],
    async run({ createUser, post, find, userBody, endpoints }) {
      const user = await createUser();
      const body = userBody({ userName: user.body.userName });
      expectRefusal(await post(endpoints.users, body));
      const answer = await find(`userName eq "${user.body.userName}"`);
      expectStatus(answer, 200);
      expectValue(answer, { name: 'the ids found', value: readIds(answer), expected: [user.id] });
    },
  },
];
