import { isArray } from '../../protocol/json.ts';
import { isLoopback } from '../../protocol/loopback.ts';
import type { Check } from '../check.ts';
import { read } from '../discovery.ts';
import { expectError, expectStatus, expectSuccess, expectThat, expectValue, show } from '../expect.ts';
import { ERROR_URN } from '../urns.ts';

const NO_KEY = { authorization: undefined };

/** RFC 7644 §2, §3.1, §3.2, §3.8, §7 and the URL rules. */
export const HTTP: readonly Check[] = [
  {
    id: 'rfc-66',
    level: 'MUST',
    section: 'RFC 7644 §1.3',
    title: 'URLs of resources have no query',
    async run({ createUser }) {
      const { answer } = await createUser();
      const location = String(read(answer.body, 'meta', 'location') ?? '');
      expectThat(!/[?#]/.test(location), answer, { expected: 'a URL without query', came: location });
    },
  },
  {
    id: 'rfc-67',
    level: 'MUST',
    section: 'RFC 7644 §2',
    title: '401 names the scheme in WWW-Authenticate and has a SCIM error as body',
    async run({ send, endpoints }) {
      for (const authorization of [undefined, 'Bearer not-the-key']) {
        const answer = await send(endpoints.users, { headers: { authorization } });
        expectStatus(answer, 401);
        const challenge = answer.headers.get('www-authenticate');
        expectThat(challenge !== null && challenge !== '', answer, {
          expected: 'a WWW-Authenticate header',
          came: 'none',
        });
        expectThat(isArray(answer.body.schemas) && answer.body.schemas.includes(ERROR_URN), answer, {
          expected: 'a SCIM error as body',
          came: show(answer.text),
        });
      }
    },
  },
  {
    id: 'rfc-166',
    level: 'SHOULD',
    section: 'RFC 7644 §7.7',
    title: 'Nobody reads or writes resources without a key',
    async run({ send, createUser, userBody, endpoints }) {
      const { path } = await createUser();
      const calls = [
        { path: endpoints.users, method: 'POST', body: userBody() },
        { path, method: 'GET' },
        { path, method: 'DELETE' },
      ];
      for (const { path: target, ...call } of calls) {
        expectStatus(await send(target, { ...call, headers: NO_KEY }), 401, 403);
      }
    },
  },
  {
    id: 'rfc-70',
    level: 'MUST',
    section: 'RFC 7644 §3.1',
    title: 'Messages carry schemas with a URN of the API',
    async run({ get, newName, endpoints }) {
      for (const answer of [
        await get(endpoints.users, { count: '1' }),
        await get(`${endpoints.users}/${newName()}`),
      ]) {
        const urn = read(answer.body, 'schemas', 0);
        expectThat(String(urn).startsWith('urn:ietf:params:scim:api:messages:2.0:'), answer, {
          expected: "a message's URN in schemas",
          came: show(urn),
        });
      }
    },
  },
  {
    id: 'rfc-71',
    level: 'MUST',
    section: 'RFC 7644 §3.2',
    title: 'A method that an endpoint does not have is refused',
    async run({ send, endpoints }) {
      for (const method of ['PUT', 'PATCH']) {
        const answer = await send(endpoints.users, { method, body: {} });
        expectStatus(answer, 404, 405, 501);
        if (answer.status !== 405) continue;
        expectThat(answer.headers.has('allow'), answer, {
          expected: 'Allow with a 405',
          came: 'no Allow header',
        });
      }
    },
  },
  {
    id: 'rfc-72',
    level: 'MUST',
    section: 'RFC 7644 §3.8',
    title: 'JSON in UTF-8 goes in and out, whichever JSON type is accepted',
    async run({ createUser, send, has }) {
      const displayName = 'Žofie Ångström 山田 👩‍🚀';
      const { path } = await createUser(has('User.displayName') ? { displayName } : {});
      for (const accept of ['application/scim+json', 'application/json', '*/*']) {
        const answer = await send(path, { headers: { accept } });
        expectStatus(answer, 200);
        if (!has('User.displayName')) continue;
        expectValue(answer, { name: 'displayName', value: answer.body.displayName, expected: displayName });
      }
    },
  },
  {
    id: 'rfc-73',
    level: 'SHOULD',
    section: 'RFC 7644 §3.1',
    title: 'Content-Type is exactly application/scim+json, for errors too',
    async run({ createUser, get, newName, endpoints, readOne }) {
      const { answer: created, path } = await createUser();
      for (const answer of [
        created,
        await readOne(path),
        await get(endpoints.users, { count: '1' }),
        await get(`${endpoints.users}/${newName()}`),
        await get('/ServiceProviderConfig'),
      ]) {
        expectValue(answer, {
          name: 'Content-Type',
          value: answer.headers.get('content-type'),
          expected: 'application/scim+json',
        });
      }
    },
  },
  {
    id: 'rfc-74',
    level: 'SHOULD',
    section: 'RFC 7644 §3.12',
    title: 'A body that is no JSON object is refused with 400, and one of another type with 415',
    async run({ send, endpoints }) {
      const post = (body: string | Uint8Array, type = 'application/scim+json') =>
        send(endpoints.users, { method: 'POST', body, headers: { 'content-type': type } });
      expectError(await post('{"userName": '), 400, 'invalidSyntax');
      expectError(await post('["userName"]'), 400, 'invalidSyntax');
      expectStatus(await post(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])), 400);
      expectStatus(await post('userName=vera', 'application/x-www-form-urlencoded'), 415);
    },
  },
  {
    id: 'rfc-75',
    level: 'SHOULD',
    section: 'RFC 7644 §3.4.2',
    title: 'Unknown query parameters are ignored',
    async run({ get, createUser, endpoints }) {
      const { path } = await createUser();
      for (const target of [path, endpoints.users]) {
        expectStatus(await get(target, { count: '1', aadOptscim062020: '', unheardOf: 'yes' }), 200);
      }
    },
  },
  {
    id: 'rfc-77',
    level: 'MUST',
    section: 'RFC 7644 §3.13',
    title: 'A version of the protocol that does not exist is refused',
    async run({ get, endpoints }) {
      expectStatus(await get(`/v99${endpoints.users}`), 400, 404, 501);
    },
  },
  {
    id: 'rfc-78',
    level: 'MAY',
    section: 'RFC 7644 §3.2',
    title: 'A trailing slash does no harm, and a percent-encoded path is decoded once',
    async run({ get, createUser, endpoints }) {
      const { id } = await createUser();
      expectSuccess(await get(`${endpoints.users}/`, { count: '1' }));
      const encoded = [...id].map((char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
      expectStatus(await get(`${endpoints.users}/${encoded}`), 200);
      expectStatus(await get(`${endpoints.users}/${encodeURIComponent(encoded)}`), 404, 400);
    },
  },
  {
    id: 'rfc-163',
    level: 'MUST',
    section: 'RFC 7644 §7.1',
    title: 'The server is reached over TLS, or on this machine',
    async run({ url, get }) {
      const { protocol, hostname } = new URL(url);
      if (protocol === 'https:' || isLoopback(hostname)) return;
      const answer = await get('/ServiceProviderConfig');
      expectThat(false, answer, { expected: 'an https: URL', came: 'http:' });
    },
  },
];
