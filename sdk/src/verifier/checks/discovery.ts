import { isArray, isObject, type Json, type JsonObject } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import { isSameUrn, read, readResources } from '../discovery.ts';
import { expectError, expectStatus, expectThat, expectValue, fail, NotClaimed, show } from '../expect.ts';
import { USER_URN } from '../urns.ts';

const ENDPOINTS = ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas'] as const;
const TYPES = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'complex', 'binary'];
const MUTABILITIES = ['readOnly', 'readWrite', 'immutable', 'writeOnly'];
const RETURNED = ['always', 'never', 'default', 'request'];
const UNIQUENESS = ['none', 'server', 'global'];

/** Attributes and sub-attributes, each with its path. */
function collectAttributes(
  attributes: Json | undefined,
  parent = '',
): readonly (readonly [string, JsonObject])[] {
  return (isArray(attributes) ? attributes : []).filter(isObject).flatMap((attribute) => {
    const path = `${parent}${attribute.name}`;
    return [[path, attribute] as const, ...collectAttributes(attribute.subAttributes, `${path}.`)];
  });
}

/** RFC 7643 §5–§8 and RFC 7644 §4. */
export const DISCOVERY: readonly Check[] = [
  {
    id: 'rfc-46',
    level: 'MUST',
    section: 'RFC 7643 §5',
    title: '/ServiceProviderConfig says what is supported, complete and in the right types',
    async run({ get }) {
      const answer = await get('/ServiceProviderConfig');
      expectStatus(answer, 200);
      const { body } = answer;
      for (const feature of ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag']) {
        const supported = read(body, feature, 'supported');
        expectThat(typeof supported === 'boolean', answer, {
          expected: `${feature}.supported to be true or false`,
          came: show(supported),
        });
      }
      for (const [feature, name] of [
        ['bulk', 'maxOperations'],
        ['bulk', 'maxPayloadSize'],
        ['filter', 'maxResults'],
      ] as const) {
        const value = read(body, feature, name);
        expectThat(Number.isInteger(value), answer, {
          expected: `${feature}.${name} to be a whole number`,
          came: show(value),
        });
      }
      const schemes = body.authenticationSchemes;
      const isComplete = (scheme: Json) =>
        ['type', 'name', 'description'].every((name) => typeof read(scheme, name) === 'string');
      expectThat(isArray(schemes) && schemes.every(isComplete), answer, {
        expected: 'authenticationSchemes, each with type, name and description',
        came: show(schemes),
      });
    },
  },
  {
    id: 'rfc-47',
    level: 'SHOULD',
    section: 'RFC 7643 §5',
    title: '/ServiceProviderConfig can be read without a key, or the answer is 401',
    async run({ send }) {
      expectStatus(await send('/ServiceProviderConfig', { headers: { authorization: undefined } }), 200, 401);
    },
  },
  {
    id: 'rfc-48',
    level: 'MUST',
    section: 'RFC 7643 §6',
    title: 'Each resource type has a name, an endpoint and schemas that are served',
    async run({ get, schemas }) {
      const answer = await get('/ResourceTypes');
      expectStatus(answer, 200);
      const types = readResources(answer);
      expectThat(types.length > 0, answer, { expected: 'resource types', came: 'none' });
      const isServed = (urn: Json | undefined) =>
        schemas.length === 0 || schemas.some(({ id }) => isSameUrn(id, String(urn)));
      for (const type of types) {
        for (const name of ['name', 'endpoint', 'schema']) {
          expectThat(typeof type[name] === 'string', answer, {
            expected: `${name} of a resource type`,
            came: show(type[name]),
          });
        }
        const extensions = isArray(type.schemaExtensions) ? type.schemaExtensions : [];
        for (const urn of [type.schema, ...extensions.map((extension) => read(extension, 'schema'))]) {
          expectThat(isServed(urn), answer, {
            expected: 'only schemas that /Schemas lists',
            came: show(urn),
          });
        }
        for (const extension of extensions) {
          const required = read(extension, 'required');
          expectThat(typeof required === 'boolean', answer, {
            expected: 'required of an extension',
            came: show(required),
          });
        }
      }
    },
  },
  {
    id: 'rfc-49',
    level: 'MUST',
    section: 'RFC 7643 §6',
    title: 'A resource without a required extension is refused',
    needs: ['resourceTypes'],
    async run({ resourceTypes, post, userBody, endpoints }) {
      const type = resourceTypes.find(({ schema }) => isSameUrn(schema, USER_URN));
      const extensions = isArray(type?.schemaExtensions) ? type.schemaExtensions : [];
      if (!extensions.some((extension) => read(extension, 'required') === true)) {
        throw new NotClaimed('No extension is required.');
      }
      expectError(await post(endpoints.users, userBody()), 400);
    },
  },
  {
    id: 'rfc-50',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: 'Each schema has its URN as id, and attributes with their characteristics',
    async run({ get }) {
      const answer = await get('/Schemas');
      expectStatus(answer, 200);
      const schemas = readResources(answer);
      expectThat(schemas.length > 0, answer, { expected: 'schemas', came: 'none' });
      for (const { id, attributes } of schemas) {
        expectThat(/^urn:/i.test(String(id)), answer, {
          expected: 'a URN as id of a schema',
          came: show(id),
        });
        for (const [path, attribute] of collectAttributes(attributes)) {
          const isSound =
            typeof attribute.multiValued === 'boolean' &&
            isOneOf(attribute.mutability, MUTABILITIES) &&
            isOneOf(attribute.returned, RETURNED) &&
            isOneOf(attribute.uniqueness, UNIQUENESS);
          expectThat(isSound, answer, {
            expected: `${path} with all its characteristics`,
            came: show(attribute),
          });
        }
      }
    },
  },
  {
    id: 'rfc-51',
    level: 'MUST',
    section: 'RFC 7643 §7',
    title: '/Schemas lists what is implemented, in the types of the specification',
    needs: ['schemas'],
    async run({ get, createUser, schemas }) {
      const listed = await get('/Schemas');
      for (const [path, { type }] of schemas.flatMap(({ attributes }) => collectAttributes(attributes))) {
        if (!isOneOf(type, TYPES)) fail(listed, `a known type for ${path}`, show(type));
      }
      const user = schemas.find(({ id }) => isSameUrn(id, USER_URN));
      if (user === undefined) return;
      const known = new Set(collectAttributes(user.attributes).map(([path]) => path.toLowerCase()));
      const answer = await get((await createUser({ externalId: 'e', title: 'Lead' })).path);
      const common = ['schemas', 'id', 'externalId', 'meta'];
      const unknown = Object.keys(answer.body).filter(
        (name) => !common.includes(name) && !/^urn:/i.test(name) && !known.has(name.toLowerCase()),
      );
      expectThat(unknown.length === 0, answer, {
        expected: 'only attributes of the schema',
        came: unknown.join(', '),
      });
    },
  },
  {
    id: 'rfc-52',
    level: 'MUST',
    section: 'RFC 7644 §4',
    title: 'One schema and one resource type can be read by id; an unknown one is 404',
    needs: ['schemas', 'resourceTypes'],
    async run({ get, schemas, resourceTypes }) {
      const urn = String(schemas[0]?.id);
      for (const path of [`/Schemas/${urn}`, `/Schemas/${encodeURIComponent(urn)}`]) {
        const answer = await get(path);
        expectStatus(answer, 200);
        expectValue(answer, { name: 'id', value: answer.body.id, expected: urn });
      }
      const name = String(resourceTypes[0]?.id ?? resourceTypes[0]?.name);
      const answer = await get(`/ResourceTypes/${encodeURIComponent(name)}`);
      expectStatus(answer, 200);
      expectValue(answer, {
        name: 'name',
        value: answer.body.name,
        expected: resourceTypes[0]?.name ?? null,
      });
      expectStatus(await get('/Schemas/urn:example:no:such:Schema'), 404);
      expectStatus(await get('/ResourceTypes/NoSuchType'), 404);
    },
  },
  {
    id: 'rfc-53',
    level: 'MUST',
    section: 'RFC 7644 §4',
    title: 'Sorting and paging parameters are ignored on discovery; a filter is ignored or 403',
    async run({ get }) {
      for (const path of ENDPOINTS) {
        const plain = await get(path);
        if (plain.status !== 200) continue;
        for (const query of [
          { sortBy: 'name', sortOrder: 'descending' },
          { startIndex: '2', count: '1' },
        ]) {
          const answer = await get(path, query);
          expectStatus(answer, 200);
          const count = (text: JsonObject) => (isArray(text.Resources) ? text.Resources.length : null);
          expectValue(answer, {
            name: 'the number of entries',
            value: count(answer.body),
            expected: count(plain.body),
          });
        }
        const filtered = await get(path, { filter: 'name eq "nothing at all"' });
        expectStatus(filtered, 200, 403);
        if (filtered.status === 403 || !isArray(plain.body.Resources)) continue;
        expectValue(filtered, {
          name: 'the number of entries',
          value: readResources(filtered).length,
          expected: plain.body.Resources.length,
        });
      }
    },
  },
  {
    id: 'rfc-54',
    level: 'MUST',
    section: 'RFC 7644 §4',
    title: 'Discovery endpoints cannot be written to',
    async run({ send }) {
      for (const path of ENDPOINTS) {
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
          const answer = await send(path, { method, ...(method === 'DELETE' ? {} : { body: {} }) });
          expectStatus(answer, 400, 403, 404, 405, 501);
        }
      }
    },
  },
  {
    id: 'rfc-55',
    level: 'MUST',
    section: 'RFC 7644 §3.1',
    title: 'Schemas of messages are not listed in /Schemas',
    needs: ['schemas'],
    async run({ get }) {
      const answer = await get('/Schemas');
      const wrong = readResources(answer).find(({ id }) =>
        String(id).startsWith('urn:ietf:params:scim:api:'),
      );
      expectThat(wrong === undefined, answer, {
        expected: 'schemas of resources alone',
        came: show(wrong?.id),
      });
    },
  },
];

function isOneOf(value: Json | undefined, known: readonly string[]): boolean {
  return value === undefined || known.includes(String(value));
}
