import type { Scim } from '../../src/index.ts';

/** A request on its way to the server. */
interface Sent {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/** An answer on its way back. */
interface Came {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: faults reach into bodies of many shapes
  readonly body: any;
}

/** One thing a server gets wrong, and the requirement that must find it. */
export interface Fault {
  readonly name: string;
  readonly foundBy: string;
  ask?(sent: Sent): void;
  answer?(came: Came, sent: Sent): Came | undefined;
}

const isOne = ({ url, method }: Sent) => method === 'GET' && /\/(Users|Groups)\/[^/.]+$/.test(url.pathname);
const isDiscovery = ({ url }: Sent) => /\/(ServiceProviderConfig|ResourceTypes|Schemas)$/.test(url.pathname);
const filterOf = ({ url }: Sent) => url.searchParams.get('filter') ?? '';
const refuse = (came: Came, status: number): Came => ({
  ...came,
  status,
  body: {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    detail: 'No.',
  },
});
const without = (headers: Headers, name: string) => {
  const rest = new Headers(headers);
  rest.delete(name);
  return rest;
};
const emptyList = (came: Came): Came => ({
  ...came,
  body: { ...came.body, totalResults: 0, itemsPerPage: 0, Resources: [] },
});

/** Alters each result of a bulk request. */
function mapBulk(alter: (result: Readonly<Record<string, unknown>>) => object): NonNullable<Fault['answer']> {
  return (came, { url }) =>
    url.pathname.endsWith('/Bulk') && came.status === 200
      ? { ...came, body: { ...came.body, Operations: came.body.Operations.map(alter) } }
      : undefined;
}

/** Every fault alters one behaviour of a sound server. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'a create has no Location',
    foundBy: 'rfc-79',
    answer: (came) => ({ ...came, headers: without(came.headers, 'location') }),
  },
  {
    name: 'a create is answered 200',
    foundBy: 'rfc-79',
    answer: (came) => (came.status === 201 ? { ...came, status: 200 } : undefined),
  },
  {
    name: 'Content-Type has a charset',
    foundBy: 'rfc-73',
    answer: (came) => {
      const headers = new Headers(came.headers);
      if (headers.has('content-type')) headers.set('content-type', 'application/scim+json; charset=utf-8');
      return { ...came, headers };
    },
  },
  {
    name: '401 has no WWW-Authenticate',
    foundBy: 'rfc-67',
    answer: (came) => ({ ...came, headers: without(came.headers, 'www-authenticate') }),
  },
  {
    name: '405 has no Allow',
    foundBy: 'rfc-71',
    answer: (came) => ({ ...came, headers: without(came.headers, 'allow') }),
  },
  {
    name: 'the status in an error is a number',
    foundBy: 'rfc-157',
    answer: (came) =>
      came.status >= 400 ? { ...came, body: { ...came.body, status: came.status } } : undefined,
  },
  {
    name: '404 has a scimType',
    foundBy: 'rfc-158',
    answer: (came) =>
      came.status === 404 ? { ...came, body: { ...came.body, scimType: 'noTarget' } } : undefined,
  },
  {
    name: 'an error shows its stack',
    foundBy: 'rfc-160',
    answer: (came) =>
      came.status === 409
        ? { ...came, body: { ...came.body, detail: 'at store (node_modules/store/index.js:9:1)' } }
        : undefined,
  },
  {
    name: 'discovery refuses count',
    foundBy: 'rfc-53',
    answer: (came, sent) =>
      isDiscovery(sent) && sent.url.searchParams.has('count') ? refuse(came, 403) : undefined,
  },
  {
    name: 'messages are among the schemas',
    foundBy: 'rfc-55',
    answer: (came, sent) =>
      sent.method === 'GET' && sent.url.pathname.endsWith('/Schemas')
        ? {
            ...came,
            body: {
              ...came.body,
              Resources: [
                ...came.body.Resources,
                { id: 'urn:ietf:params:scim:api:messages:2.0:Error', attributes: [] },
              ],
            },
          }
        : undefined,
  },
  {
    name: 'changePassword is not mentioned',
    foundBy: 'rfc-46',
    answer: (came, sent) => {
      if (!sent.url.pathname.endsWith('/ServiceProviderConfig')) return undefined;
      const { changePassword: _changePassword, ...body } = came.body;
      return { ...came, body };
    },
  },
  {
    name: 'unknown query parameters are refused',
    foundBy: 'rfc-75',
    answer: (came, sent) => (sent.url.searchParams.has('unheardOf') ? refuse(came, 400) : undefined),
  },
  {
    name: 'a trailing slash is not found',
    foundBy: 'rfc-78',
    answer: (came, sent) => (sent.url.pathname.endsWith('/') ? refuse(came, 404) : undefined),
  },
  {
    name: 'forms are answered 400',
    foundBy: 'rfc-74',
    answer: (came) => (came.status === 415 ? refuse(came, 400) : undefined),
  },
  {
    name: 'any version is served',
    foundBy: 'rfc-77',
    ask: ({ url }) => {
      url.pathname = url.pathname.replace('/v99', '');
    },
  },
  {
    name: 'count=0 is ignored',
    foundBy: 'rfc-108',
    ask: ({ url }) => {
      if (url.searchParams.get('count') === '0' && !url.searchParams.has('cursor'))
        url.searchParams.delete('count');
    },
  },
  {
    name: 'startIndex=0 is refused',
    foundBy: 'rfc-107',
    answer: (came, { url }) => (url.searchParams.get('startIndex') === '0' ? refuse(came, 400) : undefined),
  },
  {
    name: 'any sortOrder is taken',
    foundBy: 'rfc-104',
    ask: ({ url }) => {
      if (url.searchParams.get('sortOrder') === 'sideways') url.searchParams.delete('sortOrder');
    },
  },
  {
    name: 'userName is compared with case',
    foundBy: 'rfc-58',
    answer: (came, sent) =>
      /userName eq "[^"]*EXAMPLE\.COM"/.test(filterOf(sent)) ? emptyList(came) : undefined,
  },
  {
    name: 'operators are read with case',
    foundBy: 'rfc-90',
    answer: (came, sent) => (/ (EQ|Eq) /.test(filterOf(sent)) ? refuse(came, 400) : undefined),
  },
  {
    name: 'booleans are compared by size',
    foundBy: 'rfc-93',
    answer: (came, sent) =>
      /active (gt|ge|lt|le)/.test(filterOf(sent))
        ? { ...emptyList(came), status: 200, body: { totalResults: 0 } }
        : undefined,
  },
  {
    name: 'id can be left out',
    foundBy: 'rfc-62',
    answer: (came, { url }) => {
      if (url.searchParams.get('excludedAttributes') !== 'id') return undefined;
      const { id: _id, ...body } = came.body;
      return { ...came, body };
    },
  },
  {
    name: 'something stands for the password',
    foundBy: 'rfc-63',
    answer: (came, { url }) =>
      url.searchParams.get('attributes') === 'password'
        ? { ...came, body: { ...came.body, password: '********' } }
        : undefined,
  },
  {
    name: 'externalId is made up',
    foundBy: 'rfc-24',
    answer: (came, sent) =>
      isOne(sent) && came.status === 200 && came.body.externalId === undefined
        ? { ...came, body: { ...came.body, externalId: 'made-up' } }
        : undefined,
  },
  {
    name: 'members lead nowhere',
    foundBy: 'rfc-11',
    answer: (came, sent) => {
      if (!isOne(sent) || !Array.isArray(came.body?.members)) return undefined;
      const members = came.body.members.map((member: object) => ({ ...member, $ref: `${sent.url}/none` }));
      return { ...came, body: { ...came.body, members } };
    },
  },
  {
    name: 'every resource is a User',
    foundBy: 'rfc-81',
    answer: (came) =>
      came.status === 201 && came.body.meta?.resourceType === 'Group'
        ? { ...came, body: { ...came.body, meta: { ...came.body.meta, resourceType: 'User' } } }
        : undefined,
  },
  {
    name: 'created is not lastModified',
    foundBy: 'rfc-26',
    answer: (came, sent) =>
      isOne(sent) && came.status === 200
        ? {
            ...came,
            body: { ...came.body, meta: { ...came.body.meta, created: '2002-01-01T00:00:00Z' } },
          }
        : undefined,
  },
  {
    name: 'a DELETE has a body',
    foundBy: 'rfc-141',
    answer: (came, { method }) =>
      method === 'DELETE' && came.status === 204
        ? { ...came, status: 200, body: { deleted: true } }
        : undefined,
  },
  {
    name: 'the last page by cursor has an empty nextCursor',
    foundBy: 'rfc-168',
    answer: (came, { url }) =>
      came.status === 200 && url.searchParams.has('cursor') && came.body.nextCursor === undefined
        ? { ...came, body: { ...came.body, nextCursor: null } }
        : undefined,
  },
  {
    name: 'the first page by cursor has a previousCursor',
    foundBy: 'rfc-169',
    answer: (came, { url }) =>
      came.status === 200 && url.searchParams.get('cursor') === ''
        ? { ...came, body: { ...came.body, previousCursor: 'before' } }
        : undefined,
  },
  {
    name: 'anything is taken for a cursor',
    foundBy: 'rfc-173',
    ask: ({ url }) => {
      if (url.searchParams.get('cursor') === 'made-up') url.searchParams.set('cursor', '');
    },
  },
  {
    name: 'results of bulk do not repeat the bulkId',
    foundBy: 'rfc-144',
    answer: mapBulk(({ bulkId: _bulkId, ...result }) => result),
  },
  {
    name: 'results of bulk have no method',
    foundBy: 'rfc-147',
    answer: mapBulk(({ method: _method, ...result }) => result),
  },
  {
    name: 'failOnErrors is ignored',
    foundBy: 'rfc-146',
    answer: (came, { body }) =>
      body?.includes('"failOnErrors"') === true
        ? { ...came, body: { ...came.body, Operations: [...came.body.Operations, { status: '201' }] } }
        : undefined,
  },
  {
    name: 'any size of bulk request is taken',
    foundBy: 'rfc-150',
    answer: (came, { url }) =>
      url.pathname.endsWith('/Bulk') && came.status === 413
        ? { ...came, status: 200, body: { Operations: [] } }
        : undefined,
  },
  {
    name: 'If-None-Match is ignored',
    foundBy: 'rfc-154',
    ask: ({ headers }) => headers.delete('if-none-match'),
  },
  {
    name: 'a DELETE does not look at If-Match',
    foundBy: 'rfc-143',
    ask: ({ method, headers }) => {
      if (method === 'DELETE') headers.delete('if-match');
    },
  },
  {
    name: '.search begins at the beginning',
    foundBy: 'rfc-114',
    answer: (came, { url, body }) =>
      url.pathname.endsWith('/Users/.search') && body?.includes('"startIndex":2') === true
        ? emptyList(came)
        : undefined,
  },
  {
    name: 'sortBy together with attributes breaks the server',
    foundBy: 'rfc-207',
    answer: (came, sent) =>
      sent.url.searchParams.has('attributes') && sent.url.searchParams.has('sortBy')
        ? refuse(came, 500)
        : undefined,
  },
];

const isConfig = ({ url }: Sent) => url.pathname.endsWith('/ServiceProviderConfig');
const hasRefused = (came: Came, scimType: string) => came.status === 400 && came.body.scimType === scimType;
const accept = (came: Came, status: number, body: object): Came => ({ ...came, status, body });

/** What a server that claims the interop profile, and keeps to it otherwise, gets wrong of it. */
export const INTEROP_FAULTS: readonly Fault[] = [
  {
    name: 'resource types have an id of their own',
    foundBy: 'rfc-194',
    answer: (came, { url }) =>
      url.pathname.endsWith('/ResourceTypes')
        ? {
            ...came,
            body: {
              ...came.body,
              Resources: came.body.Resources.map((type: object) => ({ ...type, id: 'type-1' })),
            },
          }
        : undefined,
  },
  {
    name: 'answers are application/json',
    foundBy: 'rfc-194',
    answer: (came) => {
      const headers = new Headers(came.headers);
      headers.set('content-type', 'application/json');
      return { ...came, headers };
    },
  },
  {
    name: 'an unknown attribute is ignored',
    foundBy: 'rfc-195',
    answer: (came, { body }) =>
      body?.includes('favouriteColour') === true ? accept(came, 201, { id: 'none' }) : undefined,
  },
  {
    name: 'an unknown schema is refused with invalidValue',
    foundBy: 'rfc-195',
    answer: (came, { body }) =>
      body?.includes('urn:example:none') === true
        ? { ...came, body: { ...came.body, scimType: 'invalidValue' } }
        : undefined,
  },
  {
    name: 'values the schema does not list are taken',
    foundBy: 'rfc-195',
    answer: (came, { body }) =>
      body?.includes('weekend') === true ? accept(came, 201, { id: 'none' }) : undefined,
  },
  {
    name: 'a filter on an unknown attribute finds nobody',
    foundBy: 'rfc-196',
    answer: (came) => (hasRefused(came, 'invalidFilter') ? { ...emptyList(came), status: 200 } : undefined),
  },
  {
    name: 'filters have no and',
    foundBy: 'rfc-196',
    answer: (came, sent) => (filterOf(sent).includes(' and ') ? refuse(came, 400) : undefined),
  },
  {
    name: 'filters know case where uniqueness does not',
    foundBy: 'rfc-196',
    answer: (came, sent) => (/"[^"a-z]+"$/.test(filterOf(sent)) ? emptyList(came) : undefined),
  },
  {
    name: 'the default page has 50 resources',
    foundBy: 'rfc-197',
    answer: (came, sent) =>
      isConfig(sent)
        ? {
            ...came,
            body: { ...came.body, pagination: { ...came.body.pagination, defaultPageSize: 50 } },
          }
        : undefined,
  },
  {
    name: 'no page has more than 50 resources',
    foundBy: 'rfc-197',
    answer: (came, sent) =>
      isConfig(sent)
        ? { ...came, body: { ...came.body, filter: { ...came.body.filter, maxResults: 50 } } }
        : undefined,
  },
  {
    name: 'a page has 3 resources, whatever is said',
    foundBy: 'rfc-197',
    answer: (came, { url }) =>
      url.pathname.endsWith('/Users') && Array.isArray(came.body?.Resources)
        ? { ...came, body: { ...came.body, Resources: came.body.Resources.slice(0, 3) } }
        : undefined,
  },
  {
    name: 'PATCH is not supported',
    foundBy: 'rfc-198',
    answer: (came, sent) =>
      isConfig(sent) ? { ...came, body: { ...came.body, patch: { supported: false } } } : undefined,
  },
  {
    name: 'a PATCH without path is taken',
    foundBy: 'rfc-198',
    answer: (came, { method, body }) =>
      method === 'PATCH' && body?.includes('"path"') === false ? accept(came, 200, { id: 'x' }) : undefined,
  },
  {
    name: 'a path with a filter sets whole values',
    foundBy: 'rfc-198',
    answer: (came, { body }) =>
      body?.includes('"emails[type eq \\"work\\"]"') === true ? accept(came, 200, { id: 'x' }) : undefined,
  },
  {
    name: 'replace of a complex value merges',
    foundBy: 'rfc-198',
    answer: (came, sent) =>
      isOne(sent) && came.body?.name?.familyName === 'Test'
        ? { ...came, body: { ...came.body, name: { givenName: 'Vera', familyName: 'Test' } } }
        : undefined,
  },
  {
    name: 'resources have an ETag',
    foundBy: 'rfc-199',
    answer: (came, sent) => {
      if (!isOne(sent)) return undefined;
      const headers = new Headers(came.headers);
      headers.set('etag', 'W/"1"');
      return { ...came, headers };
    },
  },
  {
    name: 'resources have a meta.version',
    foundBy: 'rfc-199',
    answer: (came) =>
      came.body?.meta?.created === undefined
        ? undefined
        : { ...came, body: { ...came.body, meta: { ...came.body.meta, version: 'W/"1"' } } },
  },
  {
    name: 'a name that is taken is refused without uniqueness',
    foundBy: 'rfc-199',
    answer: (came) =>
      came.status === 409 ? { ...came, body: { ...came.body, scimType: 'invalidValue' } } : undefined,
  },
];

/** A server that is sound but for one fault, as the verifier reaches it. */
export function breakServer(scim: Scim, { ask, answer }: Pick<Fault, 'ask' | 'answer'>) {
  return async (address: string, init: RequestInit): Promise<Response> => {
    const sent: Sent = {
      method: init.method ?? 'GET',
      url: new URL(address),
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? init.body : undefined,
    };
    ask?.(sent);
    const response = await scim.fetch(new Request(sent.url, { ...init, headers: sent.headers }));
    const text = await response.text();
    const came: Came = {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    const { status, headers, body } = answer?.(came, sent) ?? came;
    const isEmpty = body === undefined || status === 204 || status === 304;
    return new Response(isEmpty ? null : JSON.stringify(body), { status, headers });
  };
}
