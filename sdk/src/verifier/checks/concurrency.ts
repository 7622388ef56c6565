import { isArray } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import { readIds } from '../context.ts';
import { read } from '../discovery.ts';
import { expectStatus, expectThat, expectValue } from '../expect.ts';

/** Requests at the same time. */
export const CONCURRENCY: readonly Check[] = [
  {
    id: 'rfc-209',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'Of two creates of one name at the same time, one succeeds',
    async run({ post, userBody, newName, find, endpoints, has }) {
      for (let round = 0; round < 3; round += 1) {
        const userName = `${newName()}@example.com`;
        const answers = await Promise.all([1, 2].map(() => post(endpoints.users, userBody({ userName }))));
        const [low, high] = answers.toSorted((a, b) => a.status - b.status);
        if (low === undefined || high === undefined) return;
        expectThat(low.status < 300 && high.status === 409, high, {
          expected: '201 and 409',
          came: `${low.status} and ${high.status}`,
        });
        if (!has('filter')) continue;
        const list = await find(`userName eq "${userName}"`);
        expectStatus(list, 200);
        expectValue(list, { name: 'the number of users', value: readIds(list).length, expected: 1 });
      }
    },
  },
  {
    id: 'rfc-140',
    level: 'MAY',
    section: 'RFC 7644 §3.5.2',
    title: 'Members added to one group at the same time are all kept',
    needs: ['patch', 'groups', 'Group.members'],
    async run({ createUser, createGroup, patch, readOne }) {
      const group = await createGroup();
      const users = [];
      for (let index = 0; index < 8; index += 1) users.push(await createUser());
      await Promise.all(
        users.map(({ id }) => patch(group.path, { op: 'add', path: 'members', value: [{ value: id }] })),
      );
      const answer = await readOne(group.path);
      const members = isArray(answer.body.members) ? answer.body.members : [];
      expectValue(answer, {
        name: 'members',
        value: members.map((member) => String(read(member, 'value'))).sort(),
        expected: users.map(({ id }) => id).sort(),
      });
    },
  },
  {
    id: 'rfc-213',
    level: 'MAY',
    section: 'RFC 7644 §3.12',
    title: 'Many requests at once are answered, or told with 429 or 503 when to come back',
    async run({ createUser, send }) {
      const { path } = await createUser();
      const answers = await Promise.all(Array.from({ length: 40 }, () => send(path, { isOnce: true })));
      for (const answer of answers) {
        expectStatus(answer, 200, 429, 503);
        if (answer.status === 200) continue;
        const after = answer.headers.get('retry-after');
        expectThat(after !== null, answer, { expected: 'a Retry-After header', came: 'none' });
      }
    },
  },
];
