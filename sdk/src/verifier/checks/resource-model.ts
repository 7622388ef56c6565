import { isArray, type Json } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import { read } from '../discovery.ts';
import {
  expectRefusal,
  expectStatus,
  expectSuccess,
  expectThat,
  expectValue,
  fail,
  isUnassigned,
  NotClaimed,
  show,
} from '../expect.ts';
import { ENTERPRISE_URN, USER_URN } from '../urns.ts';

const isUrn = (value: Json) => typeof value === 'string' && /^urn:/i.test(value);

/** RFC 7643 §2 and §3: attributes and resources. */
export const RESOURCE_MODEL: readonly Check[] = [
  {
    id: 'rfc-1',
    level: 'MUST',
    section: 'RFC 7643 §3',
    title: 'A resource is a JSON object whose schemas is a non-empty list of URNs',
    async run({ createUser, readOne }) {
      const answer = await readOne((await createUser()).path);
      const { schemas } = answer.body;
      expectThat(isArray(schemas) && schemas.length > 0 && schemas.every(isUrn), answer, {
        expected: 'schemas to be a list of URNs',
        came: show(schemas),
      });
    },
  },
  {
    id: 'rfc-2',
    level: 'MUST',
    section: 'RFC 7643 §2.1',
    title: 'Attribute names in /Schemas are well-formed',
    needs: ['schemas'],
    async run({ get, schemas }) {
      const answer = await get('/Schemas');
      for (const { attributes } of schemas) {
        for (const attribute of isArray(attributes) ? attributes : []) {
          const name = String(read(attribute, 'name'));
          expectThat(/^(\$ref|[A-Za-z][A-Za-z0-9_-]*)$/.test(name), answer, {
            expected: 'an attribute name',
            came: show(name),
          });
        }
      }
    },
  },
  {
    id: 'rfc-12',
    level: 'MUST',
    section: 'RFC 7643 §2.3.8',
    title: 'No complex attribute has complex sub-attributes',
    needs: ['schemas'],
    async run({ get, schemas }) {
      const answer = await get('/Schemas');
      for (const { attributes } of schemas) {
        // The schema of schemas describes attributes that hold attributes (RFC 7643 §8.7.2).
        for (const attribute of isArray(attributes) ? attributes : []) {
          const subs = read(attribute, 'subAttributes');
          const wrong = (isArray(subs) ? subs : []).find((sub) => read(sub, 'type') === 'complex');
          const isMeta = read(attribute, 'name') === 'attributes';
          expectThat(wrong === undefined || isMeta, answer, {
            expected: 'simple sub-attributes alone',
            came: `a complex ${show(read(wrong, 'name'))}`,
          });
        }
      }
    },
  },
  {
    id: 'rfc-3',
    level: 'MUST',
    section: 'RFC 7643 §2.1',
    title: 'Attribute names are compared without case and sent in the case of the schema',
    async run({ post, userBody, endpoints, has, readOne }) {
      const { userName, displayName, ...rest } = userBody();
      const created = await post(endpoints.users, { ...rest, USERNAME: userName, displayname: displayName });
      expectStatus(created, 201, 200);
      const answer = await readOne(`${endpoints.users}/${encodeURIComponent(String(created.body.id))}`);
      expectValue(answer, { name: 'userName', value: answer.body.userName, expected: String(userName) });
      if (!has('User.displayName')) return;
      expectValue(answer, {
        name: 'displayName',
        value: answer.body.displayName,
        expected: String(displayName),
      });
    },
  },
  {
    id: 'rfc-7',
    level: 'MUST',
    section: 'RFC 7643 §2.3.2',
    title: 'A boolean is true or false: other values are refused, and true and false come back as such',
    needs: ['User.active'],
    async run({ post, createUser, userBody, endpoints, readOne }) {
      expectRefusal(await post(endpoints.users, userBody({ active: 'perhaps' })));
      const { path } = await createUser({ active: false });
      const answer = await readOne(path);
      expectValue(answer, { name: 'active', value: answer.body.active, expected: false });
    },
  },
  {
    id: 'rfc-8',
    level: 'MUST',
    section: 'RFC 7643 §2.3.5',
    title: 'Times are compared by instant, in whatever offset they are written',
    needs: ['filter'],
    async run({ createUser, find }) {
      const { id, body } = await createUser();
      const lastModified = String(read(body, 'meta', 'lastModified'));
      const later = new Date(Date.parse(lastModified) + 1000 + 7_200_000)
        .toISOString()
        .replace('Z', '+02:00');
      const answer = await find(`userName eq "${body.userName}" and meta.lastModified lt "${later}"`);
      expectStatus(answer, 200);
      expectValue(answer, {
        name: 'the id found',
        value: read(answer.body, 'Resources', 0, 'id'),
        expected: id,
      });
    },
  },
  {
    id: 'rfc-9',
    level: 'MUST',
    section: 'RFC 7643 §2.3.6',
    title: 'A binary value is base64; anything else is refused',
    needs: ['User.x509Certificates'],
    async run({ post, userBody, endpoints }) {
      expectRefusal(
        await post(endpoints.users, userBody({ x509Certificates: [{ value: 'not base64 at all!' }] })),
      );
    },
  },
  {
    id: 'rfc-10',
    level: 'MUST',
    section: 'RFC 7643 §2.3.7',
    title: 'A reference is a URI as text; an object is refused',
    needs: ['User.profileUrl'],
    async run({ post, userBody, endpoints }) {
      expectRefusal(
        await post(endpoints.users, userBody({ profileUrl: { href: 'https://example.com/vera' } })),
      );
    },
  },
  {
    id: 'rfc-11',
    level: 'MUST',
    section: 'RFC 7643 §2.3.7',
    title: 'The $ref of a member leads to the member',
    needs: ['groups', 'Group.members'],
    async run({ createUser, createGroup, toPath, url, readOne, get }) {
      const user = await createUser();
      const group = await createGroup({ members: [{ value: user.id }] });
      const answer = await readOne(group.path);
      const reference = read(answer.body, 'members', 0, '$ref');
      if (reference === undefined) throw new NotClaimed('Members have no $ref.');
      const path = toPath(reference);
      if (path === undefined) fail(answer, `a $ref below ${url}`, show(reference));
      const target = await get(path);
      expectStatus(target, 200);
      expectValue(target, { name: 'the id', value: target.body.id, expected: user.id });
    },
  },
  {
    id: 'rfc-13',
    level: 'MUST',
    section: 'RFC 7643 §2.3.8',
    title: 'The order of attributes means nothing',
    async run({ post, userBody, endpoints }) {
      const reversed = Object.fromEntries(Object.entries(userBody()).reverse());
      const answer = await post(endpoints.users, reversed);
      expectStatus(answer, 201, 200);
      expectValue(answer, {
        name: 'userName',
        value: answer.body.userName,
        expected: String(reversed.userName),
      });
    },
  },
  {
    id: 'rfc-14',
    level: 'MUST',
    section: 'RFC 7643 §2.4',
    title: 'value, type and primary of a multi-valued attribute are kept together',
    needs: ['User.emails'],
    async run({ createUser, newName, readOne }) {
      const emails = [
        { value: `${newName()}@example.com`, type: 'work', primary: true },
        { value: `${newName()}@example.org`, type: 'home' },
      ];
      const answer = await readOne((await createUser({ emails })).path);
      for (const { value, type } of emails) {
        const list = isArray(answer.body.emails) ? answer.body.emails : [];
        const found = list.find((email) => read(email, 'value') === value);
        expectValue(answer, { name: `the type of ${value}`, value: read(found, 'type'), expected: type });
      }
      const list = isArray(answer.body.emails) ? answer.body.emails : [];
      const primary = list
        .filter((email) => read(email, 'primary') === true)
        .map((email) => read(email, 'type') ?? null);
      expectValue(answer, { name: 'the type of the primary address', value: primary, expected: ['work'] });
    },
  },
  {
    id: 'rfc-15',
    level: 'MUST',
    section: 'RFC 7643 §2.4',
    title: 'primary is true for one value at most',
    needs: ['User.emails'],
    async run({ post, userBody, newName, endpoints }) {
      const emails = ['work', 'home'].map((type) => ({
        value: `${newName()}@example.com`,
        type,
        primary: true,
      }));
      const answer = await post(endpoints.users, userBody({ emails }));
      if (answer.status >= 400 && answer.status < 500) return;
      expectSuccess(answer);
      const list = isArray(answer.body.emails) ? answer.body.emails : [];
      const primaries = list.filter((email) => read(email, 'primary') === true).length;
      expectThat(primaries <= 1, answer, { expected: 'at most one primary value', came: String(primaries) });
    },
  },
  {
    id: 'rfc-16',
    level: 'MAY',
    section: 'RFC 7643 §2.4',
    title: 'Values come back as they were sent',
    needs: ['User.emails'],
    async run({ createUser, newName, readOne }) {
      const value = `Vera.${newName()}@EXAMPLE.com`;
      const answer = await readOne((await createUser({ emails: [{ value, type: 'work' }] })).path);
      expectValue(answer, {
        name: 'emails.value',
        value: read(answer.body, 'emails', 0, 'value'),
        expected: value,
      });
    },
  },
  {
    id: 'rfc-17',
    level: 'SHOULD',
    section: 'RFC 7643 §2.4',
    title: 'The same type and value do not come back twice',
    needs: ['User.emails'],
    async run({ post, userBody, newName, endpoints, readOne }) {
      const email = { value: `${newName()}@example.com`, type: 'work' };
      const created = await post(endpoints.users, userBody({ emails: [email, email] }));
      if (created.status >= 400 && created.status < 500) return;
      const answer = await readOne(`${endpoints.users}/${encodeURIComponent(String(created.body.id))}`);
      const count = isArray(answer.body.emails) ? answer.body.emails.length : 0;
      expectThat(count === 1, answer, { expected: 'the address once', came: `it ${count} times` });
    },
  },
  {
    id: 'rfc-18',
    level: 'MUST',
    section: 'RFC 7643 §2.5',
    title: 'null and an empty list are the same as no value',
    needs: ['User.title', 'User.phoneNumbers'],
    async run({ createUser, change, userBody, readOne }) {
      const body = userBody({ title: null, phoneNumbers: [] });
      const user = await createUser(body);
      for (const name of ['title', 'phoneNumbers']) {
        const answer = await readOne(user.path);
        const value = answer.body[name];
        expectThat(isUnassigned(value), answer, { expected: `no ${name}`, came: show(value) });
      }
      await change(user.path, body, { title: 'Lead' });
      expectStatus(await change(user.path, body, { title: null }), 200, 204);
      const answer = await readOne(user.path);
      expectThat(isUnassigned(answer.body.title), answer, {
        expected: 'no title after a change to null',
        came: show(answer.body.title),
      });
    },
  },
  {
    id: 'rfc-19',
    level: 'MUST',
    section: 'RFC 7643 §3',
    title: "schemas names only the resource type's schemas, each once",
    needs: ['schemas'],
    async run({ createUser, schemas: served, readOne }) {
      const answer = await readOne((await createUser()).path);
      const { schemas } = answer.body;
      const urns = (isArray(schemas) ? schemas : []).map((urn) => String(urn).toLowerCase());
      const known = new Set(served.map(({ id }) => String(id).toLowerCase()));
      expectThat(urns.every((urn) => known.has(urn)) && new Set(urns).size === urns.length, answer, {
        expected: 'schemas that /Schemas lists, each once',
        came: show(schemas),
      });
    },
  },
  {
    id: 'rfc-20',
    level: 'MUST',
    section: 'RFC 7643 §3',
    title: "An extension's URN is in schemas when its data is there, and only then",
    needs: ['enterprise'],
    async run({ createUser, put, patch, userBody, readOne, has }) {
      const body = userBody();
      const user = await createUser({
        ...body,
        schemas: [USER_URN, ENTERPRISE_URN],
        [ENTERPRISE_URN]: { department: 'Tests' },
      });
      const isListed = (schemas: Json | undefined) => isArray(schemas) && schemas.includes(ENTERPRISE_URN);
      const answer = await readOne(user.path);
      expectThat(isListed(answer.body.schemas), answer, {
        expected: 'the extension in schemas',
        came: show(answer.body.schemas),
      });
      const emptied = has('put')
        ? await put(user.path, body)
        : await patch(user.path, { op: 'remove', path: `${ENTERPRISE_URN}:department` });
      expectStatus(emptied, 200, 204);
      const without = await readOne(user.path);
      const isPresent = without.body[ENTERPRISE_URN] !== undefined;
      expectThat(isPresent || !isListed(without.body.schemas), without, {
        expected: 'the extension to be gone from schemas',
        came: show(without.body.schemas),
      });
    },
  },
  {
    id: 'rfc-21',
    level: 'MUST',
    section: 'RFC 7643 §3.1',
    title: 'Every resource has id and meta, and keeps its externalId',
    async run({ createUser, createGroup, newName, has, readOne }) {
      const externalId = newName();
      const made = [await createUser({ externalId })];
      if (has('groups')) made.push(await createGroup({ externalId }));
      for (const { path, id } of made) {
        const answer = await readOne(path);
        expectValue(answer, { name: 'id', value: answer.body.id, expected: id });
        expectValue(answer, { name: 'externalId', value: answer.body.externalId, expected: externalId });
        expectThat(read(answer.body, 'meta', 'resourceType') !== undefined, answer, {
          expected: 'meta with a resourceType',
          came: show(answer.body.meta),
        });
      }
    },
  },
  {
    id: 'rfc-22',
    level: 'MUST',
    section: 'RFC 7643 §3.1',
    title: 'id is not empty, different for each resource, and stays',
    async run({ createUser, put, userBody, readOne }) {
      const [first, second] = [await createUser(), await createUser()];
      expectThat(first.id !== '' && first.id !== second.id, second.answer, {
        expected: 'two different ids',
        came: `${show(first.id)} and ${show(second.id)}`,
      });
      await put(first.path, userBody());
      const answer = await readOne(first.path);
      expectValue(answer, { name: 'id after a PUT', value: answer.body.id, expected: first.id });
    },
  },
  {
    id: 'rfc-23',
    level: 'MUST',
    section: 'RFC 7643 §3.1',
    title: "The client's id is ignored on create",
    async run({ createUser, newName }) {
      const wanted = newName();
      const { id, answer } = await createUser({ id: wanted });
      expectThat(id !== wanted && !id.toLowerCase().includes('bulkid'), answer, {
        expected: "an id of the server's own",
        came: show(id),
      });
    },
  },
  {
    id: 'rfc-24',
    level: 'MUST',
    section: 'RFC 7643 §3.1',
    title: 'externalId is never set by the server',
    async run({ createUser, readOne }) {
      const answer = await readOne((await createUser()).path);
      const { externalId } = answer.body;
      expectThat(isUnassigned(externalId), answer, { expected: 'no externalId', came: show(externalId) });
    },
  },
  {
    id: 'rfc-25',
    level: 'MUST',
    section: 'RFC 7643 §3.1',
    title: 'meta of the client is ignored',
    async run({ createUser, readOne }) {
      const meta = {
        resourceType: 'Device',
        created: '2001-01-01T00:00:00Z',
        lastModified: '2001-01-01T00:00:00Z',
      };
      const answer = await readOne((await createUser({ meta })).path);
      const created = read(answer.body, 'meta', 'created');
      expectThat(created !== undefined && !String(created).startsWith('2001'), answer, {
        expected: "the server's own meta.created",
        came: show(created),
      });
    },
  },
  {
    id: 'rfc-26',
    level: 'MUST',
    section: 'RFC 7643 §3.1',
    title: 'created and lastModified are times, and the same until the first change',
    async run({ createUser, readOne }) {
      const answer = await readOne((await createUser()).path);
      const created = read(answer.body, 'meta', 'created');
      const lastModified = read(answer.body, 'meta', 'lastModified');
      for (const time of [created, lastModified]) {
        expectThat(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(String(time)), answer, {
          expected: 'a date and time in meta',
          came: show(time),
        });
      }
      expectValue(answer, {
        name: 'meta.lastModified',
        value: lastModified ?? null,
        expected: created ?? null,
      });
    },
  },
  {
    id: 'rfc-27',
    level: 'MUST',
    section: 'RFC 7643 §3.1',
    title: 'meta.location is the URL of the resource',
    async run({ createUser, toPath, url, readOne, get }) {
      const user = await createUser();
      const answer = await readOne(user.path);
      const location = read(answer.body, 'meta', 'location');
      const path = toPath(location);
      if (path === undefined) fail(answer, `a URL below ${url} in meta.location`, show(location));
      const target = await get(path);
      expectStatus(target, 200);
      expectValue(target, { name: 'the id at meta.location', value: target.body.id, expected: user.id });
      const content = answer.headers.get('content-location');
      if (content !== null)
        expectValue(answer, { name: 'Content-Location', value: content, expected: String(location) });
    },
  },
  {
    id: 'rfc-29',
    level: 'MUST',
    section: 'RFC 7643 §3.3',
    title: "schemas always names the resource type's own schema",
    async run({ createUser, readOne }) {
      const answer = await readOne((await createUser()).path);
      const { schemas } = answer.body;
      expectThat(isArray(schemas) && schemas.includes(USER_URN), answer, {
        expected: `${USER_URN} in schemas`,
        came: show(schemas),
      });
    },
  },
];
