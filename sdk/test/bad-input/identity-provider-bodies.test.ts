import { describe, expect, test } from 'vitest';
import { findFaults } from '../support/answers.ts';
import { countInputs, runs, seconds, tryInputsInTurn } from '../support/counts.ts';
import type { Dice } from '../support/dice.ts';
import { type Call, connect, ENTERPRISE_URN, openScim, send } from '../support/scim.ts';
import { STORES } from '../support/stores.ts';
import { DIALECTS, type Dialect, type Person, reword, spoil, type Write } from './vendor-dialects.ts';

const TYPES = ['application/scim+json', 'application/json', 'application/scim+json; charset=utf-8'];

function change(person: Person, dice: Dice, name: () => string): Person {
  const text = () => dice.pick(['Ada', 'Grace', "O'Neil", 'Åsa', '王', 'de la Cruz']);
  return {
    ...person,
    ...(dice.oneIn(3) ? { active: !person.active } : {}),
    ...(dice.oneIn(4) ? { userName: name() } : {}),
    ...(dice.oneIn(2) ? { givenName: text(), familyName: text() } : {}),
    ...(dice.oneIn(2) ? { email: `${dice.int(1000)}@acme.example` } : {}),
    ...(dice.oneIn(3) ? { department: text() } : {}),
  };
}

describe.each(STORES)('$name', (store) => {
  test.each(DIALECTS)(
    'B4: however $name words it, the directory ends as it was told; what cannot be read changes nothing',
    async (dialect: Dialect) => {
      const { scim, log } = openScim({ database: store.createDatabase() });
      const { key } = await connect(scim);
      const count = { bodies: 0, spoilt: 0, names: 0 };
      const nextName = () => {
        count.names += 1;
        return `person${count.names}@acme.example`;
      };

      const call = async (path: string, call: Call = {}) => {
        const answer = await send(scim, path, { key, ...call });
        const faults = findFaults(answer);
        if (faults.length > 0) throw new Error(`${path} ${JSON.stringify(call)}: ${faults}`);
        return answer;
      };

      /** Sends a body as it is, reworded, perhaps twice; before it perhaps one that must be refused. */
      const write = async (
        path: string,
        { method, body }: Write | { method: 'POST'; body: Write['body'] },
        dice: Dice,
      ) => {
        const suffix = dice.oneIn(6) ? '?aadOptscim062020' : '';
        const headers = { 'content-type': dice.pick(TYPES) };
        if (dice.oneIn(5)) {
          count.spoilt += 1;
          const spoilt = spoil(body, dice);
          const refused = await call(path, { method, body: spoilt, headers });
          if (refused.status !== 400) throw new Error(`${refused.status} for ${spoilt}`);
        }
        const told = reword(body, dice);
        count.bodies += 1;
        const answer = await call(path + suffix, { method, body: told, headers });
        if (answer.status >= 300)
          throw new Error(`${answer.text} for ${method} ${path} ${JSON.stringify(told)}`);
        // An answer that was lost is asked for again.
        if (method !== 'POST' && dice.oneIn(5)) {
          count.bodies += 1;
          const again = await call(path, { method, body: told, headers });
          if (again.status >= 300)
            throw new Error(`${again.text} the second time for ${JSON.stringify(told)}`);
        }
        return answer;
      };

      const requirePerson = async (id: string, person: Person) => {
        const { body } = await call(`/Users/${id}`);
        const told = {
          userName: body.userName,
          givenName: body.name?.givenName,
          familyName: body.name?.familyName,
          email: body.emails?.[0]?.value,
          active: body.active,
          department: body[ENTERPRISE_URN]?.department,
        };
        if (JSON.stringify(told) !== JSON.stringify(person) || body.emails.length !== 1)
          throw new Error(`${JSON.stringify(told)}, not ${JSON.stringify(person)}`);
      };

      await tryInputsInTurn(
        `B4 lives of a person, ${dialect.name} on ${store.name}`,
        runs(60),
        async (dice) => {
          let person: Person = {
            userName: nextName(),
            givenName: 'First',
            familyName: 'Last',
            email: 'first@acme.example',
            active: true,
            department: 'Sales',
          };
          const { id } = (await write('/Users', { method: 'POST', body: dialect.create(person) }, dice)).body;
          const others = [
            (await call('/Users', { body: dialect.create({ ...person, userName: nextName() }) })).body.id,
            (await call('/Users', { body: dialect.create({ ...person, userName: nextName() }) })).body.id,
          ];
          await requirePerson(id, person);
          let name = `Group of ${person.userName}`;
          const group = (await write('/Groups', { method: 'POST', body: dialect.createGroup(name) }, dice))
            .body.id;
          const members = new Set<string>();
          for (let step = 0; step < 4; step += 1) {
            const after = change(person, dice, nextName);
            if (JSON.stringify(after) !== JSON.stringify(person))
              await write(`/Users/${id}`, dialect.update(person, after, dice), dice);
            person = after;
            await requirePerson(id, person);
            const some = dice.shuffle([id, ...others]).slice(0, 1 + dice.int(3));
            if (dice.oneIn(4)) {
              name = `${name}'`;
              await write(`/Groups/${group}`, dialect.renameGroup(name, group), dice);
            } else if (dice.oneIn(2)) {
              await write(`/Groups/${group}`, dialect.addMembers(some), dice);
              for (const member of some) members.add(member);
            } else {
              await write(`/Groups/${group}`, dialect.removeMembers(some), dice);
              for (const member of some) members.delete(member);
            }
            const { body } = await call(`/Groups/${group}`);
            const shown = body.members.map(({ value }: { value: string }) => value).sort();
            if (body.displayName !== name || shown.join() !== [...members].sort().join())
              throw new Error(`${body.displayName} of ${shown}, not ${name} of ${[...members]}`);
          }
          return undefined;
        },
      );
      countInputs(`B4 bodies, ${store.name}: accepted`, count.bodies);
      countInputs(`B4 bodies, ${store.name}: refused`, count.spoilt);
      expect(count.bodies).toBeGreaterThan(runs(60) * 5);
      expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    },
    seconds(60),
  );
});
