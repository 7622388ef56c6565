import { isArray, type Json, type JsonObject } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import type { Answer } from '../client.ts';
import type { Context } from '../context.ts';
import { read } from '../discovery.ts';
import {
  expectError,
  expectRefusal,
  expectStatus,
  expectThat,
  expectValue,
  fail,
  NotClaimed,
  show,
} from '../expect.ts';
import { BULK_REQUEST_URN, BULK_RESPONSE_URN, ERROR_URN, GROUP_URN } from '../urns.ts';

const needs = ['bulk'] as const;
const section = 'RFC 7644 §3.7';

function sendBulk({ post }: Context, operations: readonly unknown[], more: object = {}): Promise<Answer> {
  return post('/Bulk', { schemas: [BULK_REQUEST_URN], ...more, Operations: operations });
}

/** The results, of which there must be so many. */
function readResults(answer: Answer, count: number): readonly JsonObject[] {
  expectStatus(answer, 200);
  const results = isArray(answer.body.Operations) ? (answer.body.Operations as readonly JsonObject[]) : [];
  if (results.length !== count) fail(answer, `${count} results`, String(results.length));
  return results;
}

const statuses = (results: readonly JsonObject[]): readonly Json[] =>
  results.map(({ status }) => status ?? null);

const addUser = ({ userBody, endpoints }: Context, bulkId: string, changes: object = {}) => ({
  method: 'POST',
  path: endpoints.users,
  bulkId,
  data: userBody({ ...changes }),
});

const addGroup = ({ newName, endpoints }: Context, bulkId: string, members: readonly object[]) => ({
  method: 'POST',
  path: endpoints.groups,
  bulkId,
  data: { schemas: [GROUP_URN], displayName: newName(), members },
});

/** RFC 7644 §3.7. */
export const BULK: readonly Check[] = [
  {
    id: 'rfc-144',
    level: 'MUST',
    section,
    title: 'A bulk request is answered 200 with a result for each operation, in order',
    needs,
    async run(context) {
      const answer = await sendBulk(context, [addUser(context, 'a'), addUser(context, 'b')]);
      const results = readResults(answer, 2);
      expectValue(answer, { name: 'schemas', value: answer.body.schemas, expected: [BULK_RESPONSE_URN] });
      expectValue(answer, {
        name: 'bulkIds',
        value: results.map(({ bulkId }) => bulkId ?? null),
        expected: ['a', 'b'],
      });
    },
  },
  {
    id: 'rfc-145',
    level: 'MUST',
    section,
    title: 'An operation that is not well-formed fails alone, an envelope that is not with 400',
    needs,
    async run(context) {
      const wrong = { method: 'FETCH', path: context.endpoints.users, bulkId: 'x', data: {} };
      const answer = await sendBulk(context, [wrong, addUser(context, 'b')]);
      const [first, second] = statuses(readResults(answer, 2));
      expectThat(String(first).startsWith('4'), answer, {
        expected: 'a 4xx for the wrong method',
        came: show(first),
      });
      expectValue(answer, { name: 'the other status', value: second, expected: '201' });
      expectError(await context.post('/Bulk', { schemas: [BULK_REQUEST_URN], Operations: 'none' }), 400);
    },
  },
  {
    id: 'rfc-146',
    level: 'MUST',
    section,
    title: 'failOnErrors ends the work after so many errors; without it everything is tried',
    needs,
    async run(context) {
      const wrong = () => ({ ...addUser(context, context.newName()), data: {} });
      const all = await sendBulk(context, [wrong(), wrong(), addUser(context, 'c')]);
      expectValue(all, {
        name: 'the last status',
        value: statuses(readResults(all, 3)).at(-1),
        expected: '201',
      });
      const few = await sendBulk(context, [wrong(), addUser(context, 'b')], { failOnErrors: 1 });
      readResults(few, 1);
    },
  },
  {
    id: 'rfc-147',
    level: 'MUST',
    section: 'RFC 7644 §3.7.3',
    title: 'A result has method, location and status as text, and the error of what failed',
    needs,
    async run(context) {
      const made = await context.createUser();
      const taken = addUser(context, 'b', { userName: made.body.userName });
      const remove = { method: 'DELETE', path: made.path };
      const answer = await sendBulk(context, [addUser(context, 'a'), taken, remove]);
      const results = readResults(answer, 3);
      expectValue(answer, { name: 'statuses', value: statuses(results), expected: ['201', '409', '204'] });
      expectValue(answer, {
        name: 'methods',
        value: results.map(({ method }) => method ?? null),
        expected: ['POST', 'POST', 'DELETE'],
      });
      const location = results[0]?.location;
      expectThat(typeof location === 'string', answer, { expected: 'a location', came: show(location) });
      expectValue(answer, {
        name: 'schemas of the error',
        value: read(results[1], 'response', 'schemas'),
        expected: [ERROR_URN],
      });
    },
  },
  {
    id: 'rfc-148',
    level: 'MUST',
    section: 'RFC 7644 §3.7.2',
    title: 'bulkId stands for the id of what the same request creates; an unknown one fails',
    needs: [...needs, 'groups', 'Group.members'],
    async run(context) {
      const user = addUser(context, 'u');
      const good = await sendBulk(context, [user, addGroup(context, 'g', [{ value: 'bulkId:u' }])]);
      const results = readResults(good, 2);
      expectValue(good, { name: 'statuses', value: statuses(results), expected: ['201', '201'] });
      const path = context.toPath(results[1]?.location);
      if (path === undefined) fail(good, `a location below ${context.url}`, show(results[1]?.location));
      const group = await context.get(path);
      const member = String(read(group.body, 'members', 0, 'value'));
      expectThat(member !== 'undefined' && String(results[0]?.location).endsWith(member), group, {
        expected: 'the new user as member',
        came: show(group.body.members),
      });
      const bad = await sendBulk(context, [addGroup(context, 'h', [{ value: 'bulkId:nobody' }])]);
      const [status] = statuses(readResults(bad, 1));
      expectThat(['400', '409', '412'].includes(String(status)), bad, {
        expected: 'a refusal',
        came: show(status),
      });
    },
  },
  {
    id: 'rfc-149',
    level: 'MUST',
    section: 'RFC 7644 §3.7.1',
    title: 'References to what comes later are resolved, or refused with 409',
    needs: [...needs, 'groups', 'Group.members'],
    async run(context) {
      const group = addGroup(context, 'g', [{ value: 'bulkId:u' }]);
      const answer = await sendBulk(context, [group, addUser(context, 'u')]);
      const [first] = statuses(readResults(answer, 2));
      expectThat(first === '201' || first === '409', answer, { expected: '201 or 409', came: show(first) });
    },
  },
  {
    id: 'rfc-150',
    level: 'MUST',
    section: 'RFC 7644 §3.7.4',
    title: 'More operations or bytes than announced are refused with 413',
    needs,
    async run(context) {
      const { maxOperations, maxPayloadSize } = context.claims;
      if (maxOperations !== null && maxOperations <= 5000) {
        const operation = { method: 'DELETE', path: `${context.endpoints.users}/${context.newName()}` };
        expectStatus(await sendBulk(context, Array(maxOperations + 1).fill(operation)), 413);
      }
      if (maxPayloadSize !== null && maxPayloadSize <= 20_000_000) {
        const filler = ' '.repeat(maxPayloadSize);
        expectStatus(
          await context.post('/Bulk', `{"schemas":["${BULK_REQUEST_URN}"],${filler}"Operations":[]}`),
          413,
        );
      }
    },
  },
  {
    id: 'rfc-151',
    level: 'MUST',
    section,
    title: 'Bulk asks for the key, and takes no path to itself or outside',
    needs,
    async run(context) {
      const anonymous = await context.send('/Bulk', {
        method: 'POST',
        headers: { authorization: undefined },
        body: { schemas: [BULK_REQUEST_URN], Operations: [addUser(context, 'a')] },
      });
      expectStatus(anonymous, 401, 403);
      const answer = await sendBulk(context, [
        { method: 'POST', path: '/Bulk', bulkId: 'n', data: { schemas: [BULK_REQUEST_URN], Operations: [] } },
        { method: 'DELETE', path: `/../..${context.endpoints.users}/${context.newName()}` },
      ]);
      if (answer.status !== 200) return expectRefusal(answer);
      for (const status of statuses(readResults(answer, 2))) {
        expectThat(/^(4|501)/.test(String(status)), answer, { expected: 'a refusal', came: show(status) });
      }
    },
  },
  {
    id: 'rfc-152',
    level: 'MAY',
    section,
    title: 'A server without bulk says so: 501, or there is no such endpoint',
    async run({ post, has }) {
      if (has('bulk')) throw new NotClaimed('The server supports bulk.');
      expectStatus(
        await post('/Bulk', { schemas: [BULK_REQUEST_URN], Operations: [] }),
        400,
        403,
        404,
        405,
        501,
      );
    },
  },
];
