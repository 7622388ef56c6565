import type { Check } from '../check.ts';
import type { Context } from '../context.ts';
import { expectNoCrash, expectThat, show } from '../expect.ts';
import { ERROR_URN } from '../urns.ts';

const ROUNDS = 60;

const PIECES = [
  'userName',
  'emails',
  'name.',
  '[',
  ']',
  '(',
  ')',
  ' eq ',
  ' pr',
  ' and ',
  ' not ',
  ' or ',
  '"',
  '\\',
  "'",
  '%',
  '\u0000',
  '\ud800',
  'é',
  '👩‍🚀',
  '.',
  ':',
  'urn:',
  '-1',
  '0',
  '1e9',
  '99999999999999999999',
  'true',
  'null',
  '$ref',
  '*',
  '{}',
  ';--',
  '../',
];

function pick<T>({ random }: Context, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function makeText(context: Context): string {
  const length = 1 + Math.floor(context.random() * 6);
  return Array.from({ length }, () => pick(context, PIECES)).join('');
}

function makeValue(context: Context, depth: number): unknown {
  const kind = Math.floor(context.random() * (depth > 3 ? 6 : 9));
  switch (kind) {
    case 0:
      return null;
    case 1:
      return context.random() < 0.5;
    case 2:
      return pick(context, [0, -1, 1.5, 1e300, 2 ** 53]);
    case 3:
      return '';
    case 4:
      return 'x'.repeat(5000);
    case 5:
      return makeText(context);
    case 6:
      return [];
    case 7:
      return [makeValue(context, depth + 1), makeValue(context, depth + 1)];
    default:
      return { [makeText(context)]: makeValue(context, depth + 1), value: makeValue(context, depth + 1) };
  }
}

/** Random and hostile input; the same again for the same seed. */
export const ROBUSTNESS: readonly Check[] = [
  {
    id: 'rfc-207',
    level: 'MUST',
    section: 'RFC 7644 §3.12',
    title: 'No query string leads to a server error',
    async run(context) {
      const names = [
        'filter',
        'sortBy',
        'sortOrder',
        'startIndex',
        'count',
        'attributes',
        'excludedAttributes',
        'cursor',
      ];
      const paths = [
        context.endpoints.users,
        context.endpoints.groups,
        '/Schemas',
        '/ResourceTypes',
        '/ServiceProviderConfig',
      ];
      for (let round = 0; round < ROUNDS; round += 1) {
        const query = {
          [pick(context, names)]: makeText(context),
          [pick(context, names)]: makeText(context),
        };
        expectNoCrash(await context.get(pick(context, paths), query));
      }
    },
  },
  {
    id: 'rfc-208',
    level: 'MUST',
    section: 'RFC 7644 §3.12',
    title: 'No body leads to a server error, and every refusal is a SCIM error',
    async run(context) {
      const { path, body: created } = await context.createUser();
      const names = Object.keys(created).filter((name) => name !== 'schemas');
      for (let round = 0; round < ROUNDS; round += 1) {
        const name = pick(context, [...names, '__proto__', 'password', makeText(context)]);
        const value = makeValue(context, 0);
        const answer = await pick(context, [
          () => context.post(context.endpoints.users, context.userBody({ [name]: value })),
          () => context.put(path, context.userBody({ [name]: value })),
          () => context.patch(path, { op: pick(context, ['add', 'replace', 'remove']), path: name, value }),
          () => context.patch(path, value),
          () => context.post(context.endpoints.users, JSON.stringify(value)),
        ])();
        expectNoCrash(answer);
        if (answer.status < 400 || answer.status === 501) continue;
        expectThat(JSON.stringify(answer.body.schemas) === JSON.stringify([ERROR_URN]), answer, {
          expected: 'a SCIM error',
          came: show(answer.text),
        });
      }
      const deep = `{"userName":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
      expectNoCrash(await context.post(context.endpoints.users, deep));
      const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, index]));
      expectNoCrash(await context.post(context.endpoints.users, context.userBody(wide)));
    },
  },
];
