import { isArray } from '../../protocol/json.ts';
import type { Check } from '../check.ts';
import type { Answer } from '../client.ts';
import { read } from '../discovery.ts';
import { expectStatus, expectThat, expectValue, isUnassigned, show } from '../expect.ts';
import { ENTERPRISE_URN, USER_URN } from '../urns.ts';

/** RFC 7644 §3.4.2.5, §3.9 and §3.10: which attributes come back. */
export const PROJECTION: readonly Check[] = [
  {
    id: 'rfc-111',
    level: 'MUST',
    section: 'RFC 7644 §3.9',
    title: 'attributes and excludedAttributes work on lists, PUT and PATCH',
    needs: ['User.displayName'],
    async run({ createUser, send, get, userBody, endpoints, has }) {
      const { path, body } = await createUser();
      const query = { attributes: 'userName' };
      const answers: Answer[] = [];
      if (has('put')) {
        const replacement = userBody({ userName: body.userName });
        answers.push(await send(path, { method: 'PUT', query, body: replacement }));
      }
      if (has('filter')) {
        answers.push(await get(endpoints.users, { ...query, filter: `userName eq "${body.userName}"` }));
        answers.push(
          await get(endpoints.users, {
            excludedAttributes: 'displayName',
            filter: `userName eq "${body.userName}"`,
          }),
        );
      }
      if (has('patch')) {
        const operation = { op: 'replace', path: 'displayName', value: 'Other' };
        const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
        answers.push(
          await send(path, { method: 'PATCH', query, body: { schemas, Operations: [operation] } }),
        );
      }
      for (const answer of answers) {
        expectStatus(answer, 200);
        const [resource = answer.body] = isArray(answer.body.Resources) ? answer.body.Resources : [];
        const [userName, displayName] = [read(resource, 'userName'), read(resource, 'displayName')];
        expectThat(!isUnassigned(userName) && isUnassigned(displayName), answer, {
          expected: 'userName without displayName',
          came: show(resource),
        });
      }
    },
  },
  {
    id: 'rfc-112',
    level: 'MUST',
    section: 'RFC 7644 §3.9',
    title: 'Sub-attributes and names with URN can be asked for; id and schemas stay',
    needs: ['User.name', 'User.emails'],
    async run({ createUser, has, readOne }) {
      const changes = has('enterprise')
        ? {
            schemas: [USER_URN, ENTERPRISE_URN],
            [ENTERPRISE_URN]: { department: 'Tours', division: 'Parks' },
          }
        : {};
      const { path, id } = await createUser(changes);
      const names = ['name.familyName', 'emails.value', `${USER_URN}:userName`];
      if (has('enterprise')) names.push(`${ENTERPRISE_URN}:department`);
      const answer = await readOne(path, { attributes: names.join(',') });
      expectStatus(answer, 200);
      const { body } = answer;
      expectValue(answer, { name: 'id', value: body.id, expected: id });
      expectThat(isArray(body.schemas), answer, { expected: 'schemas', came: show(body.schemas) });
      expectValue(answer, { name: 'name', value: body.name, expected: { familyName: 'Check' } });
      expectValue(answer, {
        name: 'emails',
        value: body.emails,
        expected: [{ value: String(read(body, 'emails', 0, 'value')) }],
      });
      expectThat(!isUnassigned(body.userName), answer, { expected: 'userName', came: 'none' });
      if (!has('enterprise')) return;
      expectValue(answer, {
        name: 'the extension',
        value: body[ENTERPRISE_URN],
        expected: { department: 'Tours' },
      });
    },
  },
  {
    id: 'rfc-113',
    level: 'MUST',
    section: 'RFC 7644 §3.9',
    title: 'Unknown names among attributes are ignored',
    async run({ createUser, get, readOne }) {
      const { path, body } = await createUser();
      const answer = await readOne(path, { attributes: 'userName,favouriteColour' });
      expectStatus(answer, 200);
      expectValue(answer, { name: 'userName', value: answer.body.userName, expected: body.userName ?? null });
      expectStatus(await get(path, { excludedAttributes: 'favouriteColour' }), 200);
    },
  },
];
