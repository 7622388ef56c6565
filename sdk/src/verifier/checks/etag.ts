import type { Check } from '../check.ts';
import type { Made } from '../context.ts';
import { read } from '../discovery.ts';
import { expectStatus, expectSuccess, expectThat, expectValue, show } from '../expect.ts';
import { PATCH_URN } from '../urns.ts';

const needs = ['etag'] as const;
const section = 'RFC 7644 §3.14';

/** A tag no resource has. */
const OTHER = 'W/"scimkit-verify"';

const tagOf = ({ body }: Pick<Made, 'body'>) => String(read(body, 'meta', 'version'));

/** RFC 7644 §3.14. */
export const ETAG: readonly Check[] = [
  {
    id: 'rfc-28',
    level: 'MUST',
    section: 'RFC 7643 §3.1',
    title: 'meta.version is an entity tag',
    needs,
    async run({ createUser, readOne }) {
      const answer = await readOne((await createUser()).path);
      const version = read(answer.body, 'meta', 'version');
      expectThat(/^(W\/)?"[^"]*"$/.test(String(version)), answer, {
        expected: 'a tag such as W/"1"',
        came: show(version),
      });
    },
  },
  {
    id: 'rfc-153',
    level: 'MUST',
    section,
    title: 'The ETag header is meta.version, and changes with the resource',
    needs: [...needs, 'User.displayName'],
    async run({ createUser, put, userBody, readOne }) {
      const { path, answer: created } = await createUser();
      const before = await readOne(path);
      for (const answer of [created, before]) {
        expectValue(answer, { name: 'ETag', value: answer.headers.get('etag'), expected: tagOf(answer) });
      }
      await put(path, userBody());
      const after = await readOne(path);
      expectThat(tagOf(after) !== tagOf(before), after, { expected: 'another version', came: tagOf(after) });
    },
  },
  {
    id: 'rfc-154',
    level: 'MUST',
    section,
    title: 'GET with If-None-Match is answered 304 without body while nothing changed',
    needs,
    async run({ createUser, send }) {
      const user = await createUser();
      for (const tag of [tagOf(user), `${OTHER}, ${tagOf(user)}`, '*']) {
        const answer = await send(user.path, { headers: { 'if-none-match': tag } });
        expectStatus(answer, 304);
        expectThat(answer.text === '', answer, { expected: 'no body', came: show(answer.text) });
      }
      expectStatus(await send(user.path, { headers: { 'if-none-match': OTHER } }), 200);
    },
  },
  {
    id: 'rfc-155',
    level: 'MUST',
    section,
    title: 'PUT and PATCH with another If-Match are refused with 412; a list of tags and * are understood',
    needs,
    async run({ createUser, send, userBody, has }) {
      const user = await createUser();
      const put = (tag: string) =>
        send(user.path, { method: 'PUT', body: userBody(), headers: { 'if-match': tag } });
      expectStatus(await put(OTHER), 412);
      if (has('patch')) {
        const body = { schemas: [PATCH_URN], Operations: [{ op: 'replace', path: 'active', value: false }] };
        expectStatus(await send(user.path, { method: 'PATCH', body, headers: { 'if-match': OTHER } }), 412);
      }
      expectStatus(await put(`${OTHER}, ${tagOf(user)}`), 200, 204);
      expectStatus(await put('*'), 200, 204);
    },
  },
  {
    id: 'rfc-143',
    level: 'MUST',
    section,
    title: 'DELETE with another If-Match is refused with 412',
    needs,
    async run({ createUser, send }) {
      const user = await createUser();
      expectStatus(await send(user.path, { method: 'DELETE', headers: { 'if-match': OTHER } }), 412);
      expectSuccess(await send(user.path, { method: 'DELETE', headers: { 'if-match': tagOf(user) } }));
    },
  },
];
