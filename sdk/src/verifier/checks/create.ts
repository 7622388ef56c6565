import type { Check } from '../check.ts';
import { read } from '../discovery.ts';
import { expectError, expectStatus, expectThat, expectValue, isUnassigned, show } from '../expect.ts';

/** RFC 7644 §3.3. */
export const CREATE: readonly Check[] = [
  {
    id: 'rfc-79',
    level: 'MUST',
    section: 'RFC 7644 §3.3',
    title: 'A create is answered 201 with the resource and its URL in Location',
    async run({ post, userBody, endpoints }) {
      const answer = await post(endpoints.users, userBody());
      expectStatus(answer, 201);
      const location = answer.headers.get('location');
      expectThat(location !== null, answer, { expected: 'a Location header', came: 'none' });
      expectValue(answer, {
        name: 'Location',
        value: location,
        expected: read(answer.body, 'meta', 'location') ?? null,
      });
    },
  },
  {
    id: 'rfc-80',
    level: 'MUST',
    section: 'RFC 7644 §3.3',
    title: 'A create of what is there already is refused with 409 uniqueness',
    async run({ createUser, post, userBody, endpoints }) {
      const { body } = await createUser();
      expectError(await post(endpoints.users, userBody({ userName: body.userName })), 409, 'uniqueness');
    },
  },
  {
    id: 'rfc-81',
    level: 'MUST',
    section: 'RFC 7644 §3.3.1',
    title: 'meta.resourceType is that of the endpoint',
    async run({ createUser, createGroup, has }) {
      const user = await createUser();
      expectValue(user.answer, {
        name: 'meta.resourceType',
        value: read(user.body, 'meta', 'resourceType'),
        expected: 'User',
      });
      if (!has('groups')) return;
      const group = await createGroup();
      expectValue(group.answer, {
        name: 'meta.resourceType',
        value: read(group.body, 'meta', 'resourceType'),
        expected: 'Group',
      });
    },
  },
  {
    id: 'rfc-82',
    level: 'MUST',
    section: 'RFC 7644 §3.9',
    title: 'attributes and excludedAttributes shape the answer to a create',
    needs: ['User.displayName'],
    async run({ send, userBody, endpoints }) {
      for (const query of [{ attributes: 'userName' }, { excludedAttributes: 'displayName' }]) {
        const answer = await send(endpoints.users, { method: 'POST', body: userBody(), query });
        expectStatus(answer, 201, 200);
        const { userName, displayName } = answer.body;
        expectThat(!isUnassigned(userName) && isUnassigned(displayName), answer, {
          expected: 'userName without displayName',
          came: show({ userName: userName ?? null, displayName: displayName ?? null }),
        });
      }
    },
  },
  {
    id: 'rfc-83',
    level: 'MUST',
    section: 'RFC 7644 §3.3',
    title: 'Read-only attributes are ignored on create',
    needs: ['User.groups'],
    async run({ post, userBody, newName, endpoints, readOne }) {
      const created = await post(endpoints.users, userBody({ groups: [{ value: newName() }] }));
      expectStatus(created, 201, 200);
      const answer = await readOne(`${endpoints.users}/${encodeURIComponent(String(created.body.id))}`);
      expectThat(isUnassigned(answer.body.groups), answer, {
        expected: 'no groups',
        came: show(answer.body.groups),
      });
    },
  },
  {
    id: 'rfc-84',
    level: 'MAY',
    section: 'RFC 7644 §3.2',
    title: 'A POST to the URL of a resource is refused',
    async run({ createUser, post, userBody }) {
      expectStatus(await post((await createUser()).path, userBody()), 404, 405, 501);
    },
  },
];
