import { SCIM_TYPES } from '../../protocol/errors.ts';
import type { Check } from '../check.ts';
import type { Answer } from '../client.ts';
import type { Context } from '../context.ts';
import { expectNoCrash, expectStatus, expectThat, expectValue, SetupFailure, show } from '../expect.ts';
import { ERROR_URN } from '../urns.ts';

/** Errors of many kinds. */
async function provoke({
  get,
  put,
  post,
  createUser,
  newName,
  userBody,
  endpoints,
}: Context): Promise<readonly Answer[]> {
  const { path, body } = await createUser();
  const answers = [
    await get(`${endpoints.users}/${newName()}`),
    await post(endpoints.users, userBody({ userName: body.userName })),
    await post(endpoints.users, '{'),
    await put(path, { userName: '' }),
    await get('/Schemas/urn:example:none'),
    await get(endpoints.users, { filter: 'userName zz' }),
  ];
  const [first] = answers;
  const errors = answers.filter(({ status }) => status >= 400);
  if (first !== undefined && errors.length < 3) {
    throw new SetupFailure('Requests at fault were answered with success.', first.exchange);
  }
  return errors;
}

/** RFC 7644 §3.12. */
export const ERRORS: readonly Check[] = [
  {
    id: 'rfc-157',
    level: 'MUST',
    section: 'RFC 7644 §3.12',
    title: 'An error has the schema of errors and its status as text',
    async run(context) {
      for (const answer of await provoke(context)) {
        expectValue(answer, { name: 'schemas', value: answer.body.schemas, expected: [ERROR_URN] });
        expectValue(answer, { name: 'status', value: answer.body.status, expected: String(answer.status) });
      }
    },
  },
  {
    id: 'rfc-158',
    level: 'MUST',
    section: 'RFC 7644 §3.12',
    title: 'scimType is one of the keywords, and stands with 400, 403 and 409 alone',
    async run(context) {
      for (const answer of await provoke(context)) {
        const { scimType } = answer.body;
        if (scimType === undefined || scimType === null) continue;
        const isKnown =
          SCIM_TYPES.some((keyword) => keyword === scimType) && [400, 403, 409].includes(answer.status);
        expectThat(isKnown, answer, {
          expected: 'a keyword of RFC 7644',
          came: `${show(scimType)} with ${answer.status}`,
        });
      }
    },
  },
  {
    id: 'rfc-159',
    level: 'MUST',
    section: 'RFC 7644 §3.12',
    title: 'A request at fault is a 4xx, never a server error',
    async run(context) {
      for (const answer of await provoke(context)) expectNoCrash(answer);
      expectStatus(await context.get(`${context.endpoints.users}/${context.newName()}`), 404);
    },
  },
  {
    id: 'rfc-160',
    level: 'MUST',
    section: 'RFC 7644 §3.12',
    title: 'Errors repeat no password and show no stack or SQL',
    async run(context) {
      const password = `Pw-${context.newName()}!`;
      const { userBody, post, endpoints } = context;
      const wrong = [
        await post(endpoints.users, userBody({ password, userName: '' })),
        await post(endpoints.users, userBody({ password, emails: 'nonsense' })),
        ...(await provoke(context)),
      ];
      for (const answer of wrong.filter(({ status }) => status >= 400)) {
        const leak = [
          password,
          /\bat .+\.[jt]s:\d+/,
          /node_modules/,
          /SELECT .+ FROM|INSERT INTO|SQLITE_/,
        ].find((sign) => (typeof sign === 'string' ? answer.text.includes(sign) : sign.test(answer.text)));
        expectThat(leak === undefined, answer, {
          expected: 'an error without inner workings',
          came: leak === password ? 'the password' : String(leak),
        });
      }
    },
  },
];
