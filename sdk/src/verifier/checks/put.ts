import type { Check } from '../check.ts';
import { read } from '../discovery.ts';
import { expectStatus, expectThat, expectValue, isUnassigned, show } from '../expect.ts';

/** RFC 7644 §3.5.1. */
export const PUT: readonly Check[] = [
  {
    id: 'rfc-76',
    level: 'MUST',
    section: 'RFC 7644 §3.5.1',
    title: 'PUT to an unknown id creates nothing',
    needs: ['put'],
    async run({ put, userBody, newName, endpoints }) {
      expectStatus(await put(`${endpoints.users}/${newName()}`, userBody()), 404);
    },
  },
  {
    id: 'rfc-116',
    level: 'MUST',
    section: 'RFC 7644 §3.5.1',
    title: 'PUT replaces the attributes; those left out are gone',
    needs: ['put', 'User.title', 'User.nickName'],
    async run({ createUser, put, userBody, readOne }) {
      const body = userBody();
      const { path } = await createUser({ ...body, title: 'Lead', nickName: 'V' });
      expectStatus(await put(path, { ...body, nickName: 'Vee' }), 200, 204);
      const answer = await readOne(path);
      expectValue(answer, { name: 'nickName', value: answer.body.nickName, expected: 'Vee' });
      expectThat(isUnassigned(answer.body.title), answer, {
        expected: 'no title',
        came: show(answer.body.title),
      });
    },
  },
  {
    id: 'rfc-117',
    level: 'MUST',
    section: 'RFC 7644 §3.5.1',
    title: 'PUT of the representation as it was read succeeds, read-only attributes and all',
    needs: ['put'],
    async run({ createUser, put, readOne }) {
      const { path, body } = await createUser();
      const current = await readOne(path);
      const answer = await put(path, current.body);
      expectStatus(answer, 200);
      expectValue(answer, { name: 'userName', value: answer.body.userName, expected: body.userName ?? null });
    },
  },
  {
    id: 'rfc-118',
    level: 'MUST',
    section: 'RFC 7644 §3.5.1',
    title: 'PUT is answered 200 with the whole resource',
    needs: ['put'],
    async run({ createUser, put, userBody }) {
      const { path, id } = await createUser();
      const body = userBody();
      const answer = await put(path, body);
      expectStatus(answer, 200);
      expectValue(answer, { name: 'id', value: answer.body.id, expected: id });
      expectValue(answer, { name: 'userName', value: answer.body.userName, expected: String(body.userName) });
    },
  },
  {
    id: 'rfc-119',
    level: 'MUST',
    section: 'RFC 7644 §3.5.1',
    title: 'Another id in the body of a PUT never moves the resource',
    needs: ['put'],
    async run({ createUser, put, get, userBody, endpoints, newName, readOne }) {
      const { path, id } = await createUser();
      const other = newName();
      const answer = await put(path, userBody({ id: other }));
      if (answer.status !== 400) expectStatus(answer, 200);
      const still = await readOne(path);
      expectValue(still, { name: 'id', value: still.body.id, expected: id });
      expectStatus(await get(`${endpoints.users}/${other}`), 404);
    },
  },
  {
    id: 'rfc-120',
    level: 'MAY',
    section: 'RFC 7644 §3.5.1',
    title: 'PUT of what is there already changes no lastModified',
    needs: ['put'],
    async run({ createUser, put, userBody, readOne }) {
      const body = userBody();
      const { path } = await createUser(body);
      const before = await readOne(path);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expectStatus(await put(path, body), 200, 204);
      const after = await readOne(path);
      expectValue(after, {
        name: 'meta.lastModified',
        value: read(after.body, 'meta', 'lastModified'),
        expected: read(before.body, 'meta', 'lastModified') ?? null,
      });
    },
  },
  {
    id: 'rfc-212',
    level: 'MAY',
    section: 'RFC 7643 §3.1',
    title: 'lastModified never goes back, and moves with each change; created stays',
    needs: ['User.displayName'],
    async run({ createUser, change, userBody, readOne }) {
      const body = userBody();
      const { path } = await createUser(body);
      let before = await readOne(path);
      for (const displayName of ['One', 'Two', 'Three']) {
        const isFine = String(read(before.body, 'meta', 'lastModified')).includes('.');
        await new Promise((resolve) => setTimeout(resolve, isFine ? 25 : 1100));
        await change(path, body, { displayName });
        const after = await readOne(path);
        const time = (answer: typeof after) => Date.parse(String(read(answer.body, 'meta', 'lastModified')));
        expectThat(time(after) > time(before), after, {
          expected: `meta.lastModified after ${show(read(before.body, 'meta', 'lastModified'))}`,
          came: show(read(after.body, 'meta', 'lastModified')),
        });
        expectValue(after, {
          name: 'meta.created',
          value: read(after.body, 'meta', 'created'),
          expected: read(before.body, 'meta', 'created') ?? null,
        });
        before = after;
      }
    },
  },
];
