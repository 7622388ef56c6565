import type { Json } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import type { Context } from '../context.ts';
import { isSameUrn, read } from '../discovery.ts';
import { expectRefusal, expectSuccess, expectThat, isUnassigned, SetupFailure } from '../expect.ts';
import { collectPlaces, fillPlaces, type Place } from '../sample.ts';
import { USER_URN } from '../urns.ts';

/** A single-valued attribute of a type, with a body of its resource type that has all that is required. */
function findPlace(context: Context, type: string) {
  const places = collectPlaces(context);
  const place = places.find(({ attribute }) => attribute.type === type && attribute.multiValued !== true);
  if (place === undefined) return undefined;
  const needed = places.filter(
    ({ endpoint, attribute }) =>
      endpoint === place.endpoint && (attribute.required === true || attribute === place.attribute),
  );
  return { place, makeBody: (value: Json) => withValue(place, fillPlaces(needed, context.newName), value) };
}

function withValue({ extension, attribute }: Place, body: Record<string, Json>, value: Json): object {
  const name = String(attribute.name);
  if (extension === undefined) return { ...body, [name]: value };
  return { ...body, [extension]: { ...(body[extension] as object), [name]: value } };
}

/** A value of the type is kept, and none of the others is taken. */
async function expectType(
  context: Context,
  { type, good, bad }: { readonly type: string; readonly good: Json; readonly bad: readonly string[] },
): Promise<void> {
  const found = findPlace(context, type);
  if (found === undefined) return;
  const { place, makeBody } = found;
  const answer = await context.post(place.endpoint, makeBody(good));
  expectSuccess(answer);
  const container = place.extension === undefined ? answer.body : answer.body[place.extension];
  const value = read(container, String(place.attribute.name));
  expectThat(value === good, answer, {
    expected: `${place.attribute.name} as ${good}`,
    came: JSON.stringify(value),
  });
  for (const text of bad) {
    // As text, so that it goes as it is written here.
    const body = JSON.stringify(makeBody('the value')).replace('"the value"', text);
    expectRefusal(await context.post(place.endpoint, body));
  }
}

/** Checks made from what `/Schemas` says. */
export const SCHEMA_DRIVEN: readonly Check[] = [
  {
    id: 'rfc-5',
    level: 'MUST',
    section: 'RFC 7643 §2.3.4',
    title: 'An integer has neither fraction nor exponent, and is no text',
    needs: ['type.integer'],
    run: (context) =>
      expectType(context, {
        type: 'integer',
        good: 41,
        bad: ['1.5', '1.0', '1e2', '1e-2', '"1"', 'true'],
      }),
  },
  {
    id: 'rfc-6',
    level: 'MUST',
    section: 'RFC 7643 §2.3.3',
    title: 'A decimal is a number, in and out',
    needs: ['type.decimal'],
    run: (context) => expectType(context, { type: 'decimal', good: 2.25, bad: ['"2.25"', 'true'] }),
  },
  {
    id: 'rfc-206',
    level: 'SHOULD',
    section: 'IPSIE SCIM AL1',
    title: 'Every writable attribute that /Schemas lists for users is kept',
    needs: ['schemas', 'resourceTypes'],
    async run(context) {
      const places = collectPlaces(context).filter(({ schema }) => isSameUrn(schema, USER_URN));
      const body = fillPlaces(places, context.newName);
      const created = await context.post(context.endpoints.users, body);
      if (created.status >= 400) {
        throw new SetupFailure('A user made from /Schemas alone was refused.', created.exchange);
      }
      const answer = await context.get(
        `${context.endpoints.users}/${encodeURIComponent(String(created.body.id))}`,
      );
      const lost = places.filter(({ extension, attribute }) => {
        const name = String(attribute.name);
        const [sent, came] =
          extension === undefined ? [body, answer.body] : [body[extension], answer.body[extension]];
        const isShown =
          attribute.returned === undefined || ['always', 'default'].includes(String(attribute.returned));
        return isShown && read(sent, name) !== undefined && isUnassigned(read(came, name));
      });
      expectThat(lost.length === 0, answer, {
        expected: 'all of them',
        came: `none of ${lost.map(({ attribute }) => attribute.name).join(', ')}`,
      });
    },
  },
];
