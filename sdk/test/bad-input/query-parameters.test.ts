import { expect, test } from 'vitest';
import { findFaults } from '../support/answers.ts';
import { runs, seconds, tryInputsInTurn } from '../support/counts.ts';
import type { Dice } from '../support/dice.ts';
import { findChangedPrototypes } from '../support/prototypes.ts';
import { connect, group, openScim, send, user } from '../support/scim.ts';

/** Parameters with values that mean something. */
const SENSIBLE: Readonly<Record<string, readonly string[]>> = {
  filter: ['userName eq "ada"', 'active eq true', 'displayName pr', 'id eq "x"'],
  sortBy: ['userName', 'displayName', 'emails.value', '__proto__', 'nothing', ''],
  sortOrder: ['ascending', 'descending', 'DESCENDING', ''],
  startIndex: ['1', '0', '-5', '2', '9007199254740993', ''],
  count: ['0', '1', '2', '-1', '1000000000', ''],
  attributes: ['userName', 'emails.value,id', '__proto__', '', 'constructor,prototype'],
};

/** Names this server does not know, which mean nothing (T15). */
const STRANGERS = [
  '__proto__',
  '__proto__[polluted]',
  'constructor',
  'constructor[prototype][polluted]',
  'filter[]',
  'filter[0]',
  'count[$gt]',
  'sortBy.',
  'aadOptscim062020',
  'x',
  '',
  'toString',
  'hasOwnProperty',
  '%5F%5Fproto%5F%5F',
];

const encode = encodeURIComponent;

interface Query {
  readonly known: readonly string[];
  readonly strange: readonly string[];
}

function arbitraryQuery(dice: Dice): Query {
  const names = dice.shuffle(Object.keys(SENSIBLE)).slice(0, dice.int(4));
  const known = names.map((name) => `${anyCase(name, dice)}=${encode(dice.pick(SENSIBLE[name] ?? []))}`);
  const strange = Array.from(
    { length: dice.int(4) },
    () => `${dice.pick(STRANGERS)}${dice.pick(['', '=', '=1', '=%', '=%ff', '=%00', '=[]', '=a=b'])}`,
  );
  return { known, strange };
}

function anyCase(name: string, dice: Dice): string {
  return dice.oneIn(3) ? name.toUpperCase() : name;
}

test(
  'B8: unknown parameters change nothing, in whatever shape; a known one given twice is 400',
  async () => {
    const { scim, log } = openScim({ database: 'sqlite::memory:' });
    const { key } = await connect(scim);
    const { id } = (await send(scim, '/Users', { key, body: user('ada', { emails: [{ value: 'a@b' }] }) }))
      .body;
    await send(scim, '/Users', { key, body: user('grace', { displayName: 'G' }) });
    await send(scim, '/Groups', { key, body: group('staff', [id]) });
    await tryInputsInTurn('B8 query strings', runs(20_000) / 2, async (dice) => {
      const { known, strange } = arbitraryQuery(dice);
      const path = dice.pick(['/Users', '/Groups', `/Users/${id}`, '/']);
      if (dice.oneIn(3)) {
        const name = dice.pick(Object.keys(SENSIBLE));
        const value = encode(dice.pick(SENSIBLE[name] ?? []));
        const others = known.filter((text) => !text.toLowerCase().startsWith(`${name.toLowerCase()}=`));
        const twice = [`${name}=${value}`, `${anyCase(name, dice)}=${dice.oneIn(2) ? value : ''}`];
        const query = dice.shuffle([...others, ...strange, ...twice]).join('&');
        const answer = await send(scim, `${path}?${query}`, { key });
        if (answer.status !== 400 || answer.body.scimType !== 'invalidValue' || findFaults(answer).length > 0)
          throw new Error(`${query}: ${answer.text}`);
        return 'refused';
      }
      const mixed = mix(known, strange, dice).join(dice.pick(['&', '&', '&&'])) + dice.pick(['', '&', '&&']);
      const answer = await send(scim, `${path}?${mixed}`, { key });
      const plain = await send(scim, `${path}?${known.join('&')}`, { key });
      if (answer.text !== plain.text || answer.status !== plain.status)
        throw new Error(`${mixed}: ${answer.text}, without the unknown ${plain.text}`);
      const faults = findFaults(answer);
      if (faults.length > 0) throw new Error(`${mixed}: ${faults}`);
      return answer.status === 200 ? 'accepted' : 'refused';
    });
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(findChangedPrototypes()).toEqual([]);
  },
  seconds(90),
);

/** Both lists in one, each in its own order. */
function mix(a: readonly string[], b: readonly string[], dice: Dice): readonly string[] {
  const left = [...a];
  const right = [...b];
  const mixed: string[] = [];
  while (left.length + right.length > 0) {
    const next = (dice.oneIn(2) ? left.shift() : undefined) ?? right.shift() ?? left.shift();
    if (next !== undefined) mixed.push(next);
  }
  return mixed;
}
