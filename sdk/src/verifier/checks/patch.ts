import { isArray, type Json } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import type { Answer } from '../client.ts';
import { read } from '../discovery.ts';
import {
  expectError,
  expectNoCrash,
  expectRefusal,
  expectStatus,
  expectSuccess,
  expectThat,
  expectValue,
  isUnassigned,
  show,
} from '../expect.ts';
import { ENTERPRISE_URN, PATCH_URN } from '../urns.ts';

const needs = ['patch'] as const;
const section = 'RFC 7644 §3.5.2';

const values = (list: Json | undefined) =>
  isArray(list) ? list.map((item) => read(item, 'value') ?? null) : [];

function expectGone(answer: Answer, name: string, value: Json | undefined): void {
  expectThat(isUnassigned(value), answer, { expected: `no ${name}`, came: show(value) });
}

/** RFC 7644 §3.5.2. */
export const PATCH: readonly Check[] = [
  {
    id: 'rfc-121',
    level: 'MUST',
    section,
    title: 'A PATCH without operations is refused with invalidSyntax',
    needs,
    async run({ createUser, send }) {
      const { path } = await createUser();
      for (const body of [{ schemas: [PATCH_URN] }, { schemas: [PATCH_URN], Operations: 'none' }]) {
        expectError(await send(path, { method: 'PATCH', body }), 400, 'invalidSyntax', 'invalidValue');
      }
    },
  },
  {
    id: 'rfc-122',
    level: 'MUST',
    section,
    title: 'An op other than add, remove and replace is refused',
    needs,
    async run({ createUser, patch }) {
      const { path } = await createUser();
      expectError(
        await patch(path, { op: 'upsert', path: 'displayName', value: 'x' }),
        400,
        'invalidSyntax',
        'invalidValue',
      );
      expectError(
        await patch(path, { path: 'displayName', value: 'x' }),
        400,
        'invalidSyntax',
        'invalidValue',
      );
    },
  },
  {
    id: 'rfc-123',
    level: 'MUST',
    section,
    title: 'A path that is not well-formed is refused with invalidPath, a remove without path with noTarget',
    needs: [...needs, 'User.emails'],
    async run({ createUser, patch }) {
      const { path } = await createUser();
      for (const bad of ['emails[type eq "work"', 'emails[type zz "work"].value', 'emails[].value']) {
        expectError(
          await patch(path, { op: 'replace', path: bad, value: 'x@example.com' }),
          400,
          'invalidPath',
          'invalidFilter',
        );
      }
      expectError(await patch(path, { op: 'remove' }), 400, 'noTarget');
    },
  },
  {
    id: 'rfc-124',
    level: 'MUST',
    section,
    title: 'A value of the wrong type is refused with invalidValue',
    needs: [...needs, 'User.displayName', 'User.active'],
    async run({ createUser, patch }) {
      const { path } = await createUser();
      const displayName = { op: 'replace', path: 'displayName', value: { text: 'x' } };
      expectError(await patch(path, displayName), 400, 'invalidValue');
      expectError(
        await patch(path, { op: 'replace', path: 'active', value: 'perhaps' }),
        400,
        'invalidValue',
      );
    },
  },
  {
    id: 'rfc-125',
    level: 'MUST',
    section,
    title: 'A PATCH is done as a whole or not at all',
    needs: [...needs, 'User.displayName'],
    async run({ createUser, patch, readOne }) {
      const { path, body } = await createUser();
      const first = { op: 'replace', path: 'displayName', value: 'Half done' };
      expectRefusal(await patch(path, first, { op: 'replace', path: 'id', value: 'other' }));
      const answer = await readOne(path);
      expectValue(answer, {
        name: 'displayName',
        value: answer.body.displayName,
        expected: body.displayName ?? null,
      });
    },
  },
  {
    id: 'rfc-126',
    level: 'MUST',
    section,
    title: 'A PATCH is answered 200 with the resource, or 204; 200 when attributes are asked for',
    needs: [...needs, 'User.displayName'],
    async run({ createUser, send, get }) {
      const { path, id } = await createUser();
      const body = {
        schemas: [PATCH_URN],
        Operations: [{ op: 'replace', path: 'displayName', value: 'Other' }],
      };
      const plain = await send(path, { method: 'PATCH', body });
      expectStatus(plain, 200, 204);
      if (plain.status === 200) expectValue(plain, { name: 'id', value: plain.body.id, expected: id });
      const asked = await send(path, { method: 'PATCH', body, query: { attributes: 'displayName' } });
      expectStatus(asked, 200);
      expectValue(asked, { name: 'displayName', value: asked.body.displayName, expected: 'Other' });
      expectStatus(await get(path), 200);
    },
  },
  {
    id: 'rfc-127',
    level: 'MUST',
    section,
    title: 'A new primary value takes the place of the old one',
    needs: [...needs, 'User.emails'],
    async run({ createUser, patch, newName, readOne }) {
      const { path } = await createUser();
      const value = `${newName()}@example.org`;
      expectSuccess(
        await patch(path, { op: 'add', path: 'emails', value: [{ value, type: 'home', primary: true }] }),
      );
      const answer = await readOne(path);
      const emails = isArray(answer.body.emails) ? answer.body.emails : [];
      const primary = emails.filter((email) => read(email, 'primary') === true);
      expectValue(answer, { name: 'the primary address', value: values(primary), expected: [value] });
    },
  },
  {
    id: 'rfc-128',
    level: 'MUST',
    section,
    title: 'Operations are done in order, and the extension enters and leaves schemas with its data',
    needs: [...needs, 'enterprise', 'User.displayName'],
    async run({ createUser, patch, readOne }) {
      const { path } = await createUser();
      const department = `${ENTERPRISE_URN}:department`;
      const set = (value: string) => ({ op: 'replace', path: 'displayName', value });
      expectSuccess(
        await patch(path, set('First'), set('Second'), { op: 'add', path: department, value: 'Tours' }),
      );
      const inside = await readOne(path);
      expectValue(inside, { name: 'displayName', value: inside.body.displayName, expected: 'Second' });
      expectValue(inside, {
        name: 'department',
        value: read(inside.body, ENTERPRISE_URN, 'department'),
        expected: 'Tours',
      });
      const { schemas } = inside.body;
      expectThat(isArray(schemas) && schemas.includes(ENTERPRISE_URN), inside, {
        expected: 'the extension in schemas',
        came: show(schemas),
      });
      expectSuccess(await patch(path, { op: 'remove', path: department }));
      const outside = await readOne(path);
      expectGone(outside, 'department', read(outside.body, ENTERPRISE_URN, 'department'));
    },
  },
  {
    id: 'rfc-129',
    level: 'MUST',
    section: 'RFC 7644 §3.5.2.1',
    title: 'add needs a value; without path its names are attributes; lists grow, complex values are merged',
    needs: [...needs, 'User.name', 'User.emails', 'User.nickName'],
    async run({ createUser, patch, newName, readOne, has }) {
      const { path, body } = await createUser();
      expectError(await patch(path, { op: 'add', path: 'nickName' }), 400, 'invalidValue', 'invalidSyntax');
      // The interop profile asks for a path in every operation.
      if (has('interop')) return;
      const email = `${newName()}@example.org`;
      const value = { nickName: 'V', name: { middleName: 'Q' }, emails: [{ value: email, type: 'home' }] };
      expectSuccess(await patch(path, { op: 'add', value }));
      const answer = await readOne(path);
      expectValue(answer, { name: 'nickName', value: answer.body.nickName, expected: 'V' });
      expectValue(answer, {
        name: 'name.givenName',
        value: read(answer.body, 'name', 'givenName'),
        expected: 'Vera',
      });
      expectValue(answer, {
        name: 'name.middleName',
        value: read(answer.body, 'name', 'middleName'),
        expected: 'Q',
      });
      const expected = [...values(body.emails), email].map(String).sort();
      expectValue(answer, { name: 'emails', value: values(answer.body.emails).map(String).sort(), expected });
    },
  },
  {
    id: 'rfc-130',
    level: 'MUST',
    section: 'RFC 7644 §3.5.2.1',
    title: 'add of what is there already succeeds and changes nothing',
    needs: [...needs, 'User.emails'],
    async run({ createUser, patch, readOne }) {
      const { path, body } = await createUser();
      const before = await readOne(path);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const email = read(body, 'emails', 0);
      expectSuccess(await patch(path, { op: 'add', path: 'emails', value: [email] }));
      const after = await readOne(path);
      expectValue(after, {
        name: 'emails',
        value: values(after.body.emails),
        expected: values(before.body.emails),
      });
      expectValue(after, {
        name: 'meta.lastModified',
        value: read(after.body, 'meta', 'lastModified'),
        expected: read(before.body, 'meta', 'lastModified') ?? null,
      });
    },
  },
  {
    id: 'rfc-131',
    level: 'MUST',
    section: 'RFC 7644 §3.5.2.1',
    title: 'add to a single value that is there replaces it',
    needs: [...needs, 'User.title'],
    async run({ createUser, patch, readOne }) {
      const { path } = await createUser({ title: 'Guide' });
      expectSuccess(await patch(path, { op: 'add', path: 'title', value: 'Lead' }));
      const answer = await readOne(path);
      expectValue(answer, { name: 'title', value: answer.body.title, expected: 'Lead' });
    },
  },
  {
    id: 'rfc-132',
    level: 'MUST',
    section: 'RFC 7644 §3.5.2.2',
    title: 'remove takes away a value, the values a filter chooses, a part of them, or all',
    needs: [...needs, 'User.title', 'User.phoneNumbers'],
    async run({ createUser, patch, readOne }) {
      const phoneNumbers = [
        { value: '+1', type: 'work', display: 'one' },
        { value: '+2', type: 'home' },
        { value: '+3', type: 'mobile' },
      ];
      const { path } = await createUser({ title: 'Guide', phoneNumbers });
      const removed = await patch(
        path,
        { op: 'remove', path: 'title' },
        { op: 'remove', path: 'phoneNumbers[type eq "home"]' },
        { op: 'remove', path: 'phoneNumbers[type eq "work"].display' },
      );
      expectSuccess(removed);
      const some = await readOne(path);
      expectGone(some, 'title', some.body.title);
      expectValue(some, {
        name: 'phoneNumbers',
        value: values(some.body.phoneNumbers).map(String).sort(),
        expected: ['+1', '+3'],
      });
      expectGone(some, 'display', read(some.body, 'phoneNumbers', 0, 'display'));
      expectSuccess(await patch(path, { op: 'remove', path: 'phoneNumbers' }));
      const none = await readOne(path);
      expectGone(none, 'phoneNumbers', none.body.phoneNumbers);
    },
  },
  {
    id: 'rfc-133',
    level: 'MUST',
    section: 'RFC 7644 §3.5.2.2',
    title: 'remove of a required or read-only attribute is refused; of a member who is gone it does no harm',
    needs: [...needs, 'groups', 'Group.members'],
    async run({ createUser, createGroup, patch, readOne }) {
      const { path, id } = await createUser();
      expectError(await patch(path, { op: 'remove', path: 'userName' }), 400);
      expectError(await patch(path, { op: 'remove', path: 'id' }), 400, 'mutability');
      const group = await createGroup({ members: [{ value: id }] });
      const remove = { op: 'remove', path: `members[value eq "${id}"]` };
      expectSuccess(await patch(group.path, remove));
      const again = await patch(group.path, remove);
      if (again.status !== 400) expectSuccess(again);
      const answer = await readOne(group.path);
      expectGone(answer, 'members', answer.body.members);
    },
  },
  {
    id: 'rfc-134',
    level: 'MUST',
    section: 'RFC 7644 §3.5.2.3',
    title: 'replace sets what is missing, keeps other parts of a complex value, and exchanges a whole list',
    needs: [...needs, 'User.title', 'User.name', 'User.phoneNumbers'],
    async run({ createUser, patch, readOne, has }) {
      const { path } = await createUser({ phoneNumbers: [{ value: '+1', type: 'work' }] });
      const replaced = await patch(
        path,
        { op: 'replace', path: 'title', value: 'Lead' },
        { op: 'replace', path: 'name', value: { familyName: 'Proof' } },
        { op: 'replace', path: 'phoneNumbers', value: [{ value: '+2', type: 'home' }] },
      );
      expectSuccess(replaced);
      const answer = await readOne(path);
      expectValue(answer, { name: 'title', value: answer.body.title, expected: 'Lead' });
      expectValue(answer, {
        name: 'name.familyName',
        value: read(answer.body, 'name', 'familyName'),
        expected: 'Proof',
      });
      // In the interop profile a complex value is replaced as a whole.
      if (!has('interop')) {
        const value = read(answer.body, 'name', 'givenName');
        expectValue(answer, { name: 'name.givenName', value, expected: 'Vera' });
      }
      expectValue(answer, {
        name: 'phoneNumbers',
        value: values(answer.body.phoneNumbers),
        expected: ['+2'],
      });
      expectSuccess(await patch(path, { op: 'replace', path: 'phoneNumbers', value: [] }));
      const cleared = await readOne(path);
      expectGone(cleared, 'phoneNumbers', cleared.body.phoneNumbers);
    },
  },
  {
    id: 'rfc-135',
    level: 'MUST',
    section: 'RFC 7644 §3.5.2.3',
    title: 'replace of values that no filter finds is refused with noTarget, or creates the value',
    needs: [...needs, 'User.phoneNumbers'],
    async run({ createUser, patch, readOne }) {
      const { path } = await createUser();
      const answer = await patch(path, {
        op: 'replace',
        path: 'phoneNumbers[type eq "work"].value',
        value: '+9',
      });
      if (answer.status >= 400) return expectError(answer, 400, 'noTarget');
      const after = await readOne(path);
      expectValue(after, { name: 'phoneNumbers', value: values(after.body.phoneNumbers), expected: ['+9'] });
    },
  },
  {
    id: 'rfc-136',
    level: 'MUST',
    section: 'RFC 7644 §3.5.2.3',
    title: 'replace with a filter changes all values it finds and no others',
    needs: [...needs, 'User.phoneNumbers'],
    async run({ createUser, patch, readOne }) {
      const phoneNumbers = [
        { value: '+1', type: 'work' },
        { value: '+2', type: 'work' },
        { value: '+3', type: 'home' },
      ];
      const { path } = await createUser({ phoneNumbers });
      expectSuccess(
        await patch(path, { op: 'replace', path: 'phoneNumbers[type eq "work"].display', value: 'office' }),
      );
      const answer = await readOne(path);
      const list = isArray(answer.body.phoneNumbers) ? answer.body.phoneNumbers : [];
      const shown = list.filter((phone) => read(phone, 'display') === 'office');
      expectValue(answer, {
        name: 'the numbers changed',
        value: values(shown).map(String).sort(),
        expected: ['+1', '+2'],
      });
    },
  },
  {
    id: 'rfc-137',
    level: 'MUST',
    section,
    title: 'The filter in a path may hold brackets, quotes, dots and logic',
    needs: [...needs, 'User.phoneNumbers'],
    async run({ createUser, patch, readOne, has }) {
      // Where types are the listed ones alone, no type has a bracket.
      const label = has('otherValues') ? 'type' : 'display';
      const phoneNumbers = [
        { value: '+1', [label]: 'a]b.c"d' },
        { value: '+2', type: 'home' },
        { value: '+3', type: 'work' },
      ];
      const { path } = await createUser({ phoneNumbers });
      expectSuccess(await patch(path, { op: 'remove', path: `phoneNumbers[${label} eq "a]b.c\\"d"]` }));
      const one = await readOne(path);
      expectValue(one, {
        name: 'phoneNumbers',
        value: values(one.body.phoneNumbers).map(String).sort(),
        expected: ['+2', '+3'],
      });
      const logic = 'phoneNumbers[not (type eq "home") and (value eq "+3" or value eq "+4")]';
      expectSuccess(await patch(path, { op: 'remove', path: logic }));
      const two = await readOne(path);
      expectValue(two, { name: 'phoneNumbers', value: values(two.body.phoneNumbers), expected: ['+2'] });
    },
  },
  {
    id: 'rfc-138',
    level: 'MAY',
    section,
    title: 'A PATCH takes at least 100 members in one operation',
    needs: [...needs, 'groups', 'Group.members'],
    async run({ createUser, createGroup, patch, readOne }) {
      const { id } = await createUser();
      const { path } = await createGroup();
      // The same member again and again is as much to read and is one member in the end.
      const value = Array(100).fill({ value: id });
      expectSuccess(await patch(path, { op: 'add', path: 'members', value }));
      const answer = await readOne(path);
      expectValue(answer, { name: 'members', value: values(answer.body.members), expected: [id] });
    },
  },
  {
    id: 'rfc-139',
    level: 'MUST',
    section,
    title: 'Names such as __proto__ are data and do no harm',
    needs,
    async run({ createUser, send, readOne }) {
      const { path } = await createUser();
      for (const operation of [
        '{"op":"add","path":"__proto__.polluted","value":"yes"}',
        '{"op":"add","value":{"__proto__":{"polluted":"yes"}}}',
        '{"op":"add","path":"constructor.prototype.polluted","value":"yes"}',
      ]) {
        const body = `{"schemas":["${PATCH_URN}"],"Operations":[${operation}]}`;
        expectNoCrash(await send(path, { method: 'PATCH', body }));
      }
      const answer = await readOne(path);
      expectThat(!answer.text.includes('polluted'), answer, {
        expected: 'no such attribute',
        came: 'polluted',
      });
    },
  },
  {
    id: 'rfc-204',
    level: 'SHOULD',
    section: 'IPSIE SCIM AL1',
    title: 'A group without members is fine, and a PATCH takes 50 operations on members',
    needs: [...needs, 'groups', 'Group.members'],
    async run({ createUser, createGroup, patch, readOne }) {
      const { id } = await createUser();
      const { path } = await createGroup({ members: [] });
      const operations = Array.from({ length: 51 }, (_, index) =>
        index % 2 === 0
          ? { op: 'add', path: 'members', value: [{ value: id }] }
          : { op: 'remove', path: `members[value eq "${id}"]` },
      );
      expectSuccess(await patch(path, ...operations));
      const answer = await readOne(path);
      expectValue(answer, { name: 'members', value: values(answer.body.members), expected: [id] });
    },
  },
];
