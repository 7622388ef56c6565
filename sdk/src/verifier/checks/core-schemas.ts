import { isArray, type Json } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import { read } from '../discovery.ts';
import {
  expectError,
  expectNoCrash,
  expectRefusal,
  expectStatus,
  expectThat,
  expectValue,
  isUnassigned,
  show,
} from '../expect.ts';
import { ENTERPRISE_URN, GROUP_URN, USER_URN } from '../urns.ts';

const values = (list: Json | undefined) =>
  isArray(list) ? list.map((item) => read(item, 'value') ?? null) : [];

/** RFC 7643 §4: users, groups and the enterprise extension. */
export const CORE_SCHEMAS: readonly Check[] = [
  {
    id: 'rfc-30',
    level: 'MUST',
    section: 'RFC 7643 §4.1.1',
    title: 'userName is required and not empty',
    async run({ post, userBody, endpoints }) {
      const { userName: _userName, ...rest } = userBody();
      expectError(await post(endpoints.users, rest), 400);
      expectError(await post(endpoints.users, { ...rest, userName: '' }), 400);
    },
  },
  {
    id: 'rfc-31',
    level: 'MUST',
    section: 'RFC 7643 §4.1.1',
    title: 'A password is never returned',
    async run({ post, put, userBody, newName, endpoints, readOne }) {
      const password = `Pw-${newName()}!`;
      const body = userBody({ password });
      const created = await post(endpoints.users, body);
      // A server without passwords may refuse them, and then returns none.
      if (created.status >= 400 && created.status < 500) return;
      const path = `${endpoints.users}/${encodeURIComponent(String(created.body.id))}`;
      for (const answer of [
        created,
        await readOne(path),
        await readOne(path, { attributes: 'userName,password' }),
        await put(path, body),
      ]) {
        expectThat(!answer.text.includes(password), answer, {
          expected: 'no password',
          came: 'the one that was set',
        });
      }
    },
  },
  {
    id: 'rfc-33',
    level: 'SHOULD',
    section: 'RFC 7643 §4.1.2',
    title: 'The types of addresses are suggestions: another one is kept',
    needs: ['User.emails', 'otherValues'],
    async run({ createUser, newName, readOne }) {
      const emails = [{ value: `${newName()}@example.com`, type: 'weekend' }];
      const answer = await readOne((await createUser({ emails })).path);
      expectValue(answer, {
        name: 'emails.type',
        value: read(answer.body, 'emails', 0, 'type'),
        expected: 'weekend',
      });
    },
  },
  {
    id: 'rfc-34',
    level: 'SHOULD',
    section: 'RFC 7643 §4.1.2',
    title: 'Phone numbers are kept, as RFC 3966 and as people write them',
    needs: ['User.phoneNumbers'],
    async run({ createUser, readOne }) {
      const phoneNumbers = [
        { value: 'tel:+1-201-555-0123', type: 'work' },
        { value: '+44 20 7946 0123', type: 'mobile' },
      ];
      const answer = await readOne((await createUser({ phoneNumbers })).path);
      const expected = phoneNumbers.map(({ value }) => value).sort();
      expectValue(answer, {
        name: 'phoneNumbers',
        value: values(answer.body.phoneNumbers).toSorted(),
        expected,
      });
    },
  },
  {
    id: 'rfc-35',
    level: 'MUST',
    section: 'RFC 7643 §4.1.2',
    title: 'The URL of a photo and the country of an address are kept',
    needs: ['User.photos', 'User.addresses'],
    async run({ createUser, readOne }) {
      const photo = 'https://photos.example.com/vera.jpg';
      const changes = {
        photos: [{ value: photo, type: 'photo' }],
        addresses: [{ streetAddress: '1 Long Lane', country: 'GB', type: 'work' }],
      };
      const answer = await readOne((await createUser(changes)).path);
      expectValue(answer, {
        name: 'photos.value',
        value: read(answer.body, 'photos', 0, 'value'),
        expected: photo,
      });
      expectValue(answer, {
        name: 'addresses.country',
        value: read(answer.body, 'addresses', 0, 'country'),
        expected: 'GB',
      });
    },
  },
  {
    id: 'rfc-36',
    level: 'SHOULD',
    section: 'RFC 7643 §4.1.1',
    title: 'Language, locale and time zone are kept',
    needs: ['User.preferredLanguage', 'User.locale', 'User.timezone'],
    async run({ createUser, readOne }) {
      const changes = { preferredLanguage: 'en-GB', locale: 'en-GB', timezone: 'Europe/London' };
      const answer = await readOne((await createUser(changes)).path);
      for (const [name, expected] of Object.entries(changes)) {
        expectValue(answer, { name, value: answer.body[name], expected });
      }
    },
  },
  {
    id: 'rfc-37',
    level: 'MUST',
    section: 'RFC 7643 §4.1.2',
    title: 'groups of a user is read-only: it changes through the groups alone',
    needs: ['groups', 'Group.members'],
    async run({ createUser, createGroup, put, userBody, readOne }) {
      const group = await createGroup();
      const user = await createUser();
      await put(user.path, userBody({ groups: [{ value: group.id }] }));
      const answer = await readOne(group.path);
      const { members } = answer.body;
      expectThat(isUnassigned(members), answer, { expected: 'no members', came: show(members) });
    },
  },
  {
    id: 'rfc-38',
    level: 'MUST',
    section: 'RFC 7643 §4.1.2',
    title: 'groups of a user follows the members of groups at once',
    needs: ['groups', 'User.groups', 'Group.members'],
    async run({ createUser, createGroup, send, readOne }) {
      const user = await createUser();
      const group = await createGroup({ members: [{ value: user.id }] });
      const inside = await readOne(user.path);
      expectValue(inside, { name: 'groups', value: values(inside.body.groups), expected: [group.id] });
      await send(group.path, { method: 'DELETE' });
      const outside = await readOne(user.path);
      expectValue(outside, {
        name: 'groups after the group is gone',
        value: values(outside.body.groups),
        expected: [],
      });
    },
  },
  {
    id: 'rfc-39',
    level: 'MUST',
    section: 'RFC 7643 §4.1.2',
    title: 'Each certificate is one value and is kept as it is',
    needs: ['User.x509Certificates'],
    async run({ createUser, readOne }) {
      const expected = ['MIIDQzCCAqygAwIBAgIC', 'MIIDQzCCAqygAwIBAgID'];
      const x509Certificates = expected.map((value) => ({ value }));
      const answer = await readOne((await createUser({ x509Certificates })).path);
      expectValue(answer, {
        name: 'x509Certificates',
        value: values(answer.body.x509Certificates).toSorted(),
        expected,
      });
    },
  },
  {
    id: 'rfc-40',
    level: 'MUST',
    section: 'RFC 7643 §4.2',
    title: 'displayName of a group is required',
    needs: ['groups'],
    async run({ post, endpoints }) {
      expectError(await post(endpoints.groups, { schemas: [GROUP_URN] }), 400);
    },
  },
  {
    id: 'rfc-41',
    level: 'MUST',
    section: 'RFC 7643 §4.2',
    title: 'A member must be a resource that exists',
    needs: ['groups', 'Group.members'],
    async run({ post, newName, endpoints }) {
      const members = [{ value: newName() }];
      const answer = await post(endpoints.groups, { schemas: [GROUP_URN], displayName: newName(), members });
      expectRefusal(answer);
    },
  },
  {
    id: 'rfc-42',
    level: 'MUST',
    section: 'RFC 7643 §4.2',
    title: 'A deleted user is no longer a member of any group',
    needs: ['groups', 'Group.members'],
    async run({ createUser, createGroup, send, readOne }) {
      const [stays, leaves] = [await createUser(), await createUser()];
      const group = await createGroup({ members: [{ value: stays.id }, { value: leaves.id }] });
      await send(leaves.path, { method: 'DELETE' });
      const answer = await readOne(group.path);
      expectThat(!values(answer.body.members).includes(leaves.id), answer, {
        expected: 'the deleted user to be gone from members',
        came: show(answer.body.members),
      });
    },
  },
  {
    id: 'rfc-43',
    level: 'MUST',
    section: 'RFC 7643 §4.3',
    title: 'The enterprise extension is kept under its URN',
    needs: ['enterprise'],
    async run({ createUser, readOne }) {
      const manager = await createUser();
      const extension = {
        employeeNumber: '701984',
        costCenter: '4130',
        organization: 'Universal',
        division: 'Parks',
        department: 'Tours',
      };
      const schemas = [USER_URN, ENTERPRISE_URN];
      const user = await createUser({
        schemas,
        [ENTERPRISE_URN]: { ...extension, manager: { value: manager.id } },
      });
      const answer = await readOne(user.path);
      for (const [name, expected] of Object.entries(extension)) {
        expectValue(answer, { name, value: read(answer.body, ENTERPRISE_URN, name), expected });
      }
      const value = read(answer.body, ENTERPRISE_URN, 'manager', 'value');
      expectValue(answer, { name: 'manager.value', value, expected: manager.id });
    },
  },
  {
    id: 'rfc-44',
    level: 'MAY',
    section: 'RFC 7643 §4.3',
    title: 'A manager who does not exist yet is kept or refused properly',
    needs: ['enterprise'],
    async run({ post, userBody, newName, endpoints }) {
      const extension = { manager: { value: newName() } };
      const body = userBody({ schemas: [USER_URN, ENTERPRISE_URN], [ENTERPRISE_URN]: extension });
      expectStatus(await post(endpoints.users, body), 200, 201, 400);
    },
  },
  {
    id: 'rfc-45',
    level: 'MAY',
    section: 'RFC 7643 §4.2',
    title: 'Groups inside groups are kept or refused properly, circles among them too',
    needs: ['groups', 'Group.members'],
    async run({ createGroup, put, get }) {
      const inner = await createGroup();
      const outer = await createGroup();
      const displayNames = [outer, inner].map(({ body }) => body.displayName);
      const contain = (displayName: Json | undefined, id: string) => ({
        schemas: [GROUP_URN],
        displayName,
        members: [{ value: id, type: 'Group' }],
      });
      expectNoCrash(await put(outer.path, contain(displayNames[0], inner.id)));
      expectNoCrash(await put(inner.path, contain(displayNames[1], outer.id)));
      for (const { path } of [inner, outer]) expectStatus(await get(path), 200);
    },
  },
];
