import type { Check } from '../check.ts';
import { expectStatus, expectThat, expectValue, show } from '../expect.ts';

/** RFC 7644 §3.6. */
export const DELETE: readonly Check[] = [
  {
    id: 'rfc-141',
    level: 'MUST',
    section: 'RFC 7644 §3.6',
    title: 'DELETE is answered 204 without body; then the resource is gone from everywhere',
    async run({ createUser, send, get, put, find, userBody, has }) {
      const { path, body } = await createUser();
      const answer = await send(path, { method: 'DELETE' });
      expectStatus(answer, 204);
      expectThat(answer.text === '', answer, { expected: 'no body', came: show(answer.text) });
      expectStatus(await get(path), 404);
      if (has('put')) expectStatus(await put(path, userBody()), 404);
      expectStatus(await send(path, { method: 'DELETE' }), 404);
      if (!has('filter')) return;
      const list = await find(`userName eq "${body.userName}"`);
      expectValue(list, { name: 'totalResults', value: list.body.totalResults, expected: 0 });
    },
  },
  {
    id: 'rfc-142',
    level: 'SHOULD',
    section: 'RFC 7644 §3.6',
    title: 'The name of a deleted user is free again, for a user with another id',
    async run({ createUser, send, post, userBody, endpoints }) {
      const { path, id, body } = await createUser();
      await send(path, { method: 'DELETE' });
      const answer = await post(endpoints.users, userBody({ userName: body.userName }));
      if (answer.status !== 200) expectStatus(answer, 201);
      expectThat(answer.body.id !== id, answer, { expected: 'another id', came: 'the one that was deleted' });
    },
  },
];
