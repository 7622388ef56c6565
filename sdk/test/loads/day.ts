import { expect } from 'vitest';
import { expectChanged, expectCreated, expectOneUser } from '../../bench/driver/expect.ts';
import { createGroup, createUser, toUserName } from '../../bench/driver/fixtures.ts';
import type { Recorder } from '../../bench/driver/measure.ts';
import { loop } from '../../bench/driver/measure.ts';
import type { Target } from '../../bench/driver/target.ts';
import { makeGroup } from '../../bench/driver/workload.ts';
import { SEED } from '../support/counts.ts';
import { createDice, type Dice } from '../support/dice.ts';
import type { Load } from './start-server.ts';

/** An ordinary day of one customer: what its identity provider sends, and what must have come of it. */
export interface Day {
  /** Sends one request and checks its answer: of 20, 12 find a user, 4 change one, 3 make one, 1 changes a group. */
  send(index: number): Promise<void>;
  /** Compares the directory and its events with every change that was acknowledged (inv-I1, inv-I2). */
  verify(load: Load): Promise<void>;
}

interface Person {
  readonly id: string;
  readonly number: number;
  isActive: boolean;
  isMember: boolean;
  /** Nobody else changes it meanwhile, so that what it must be is known. */
  isBusy: boolean;
}

/** Users there are when the day begins. */
const STAFF = 40;

/** @param prefix of the names of this customer's users. */
export async function beginDay(
  target: Target & { readonly connectionId: string },
  { prefix, recorder }: { readonly prefix: string; readonly recorder: Recorder },
): Promise<Day> {
  const dice = createDice(SEED);
  const people: Person[] = [];
  const hire = async (number: number, send: (user: object) => ReturnType<Target['createUser']>) => {
    const user = createUser(prefix, number);
    const { json } = await send(user);
    people.push({ id: String(json?.id), number, isActive: true, isMember: false, isBusy: false });
  };
  await loop({ count: STAFF, concurrency: 4 }, (index) => hire(index, (user) => target.createUser(user)));
  const groupId = await makeGroup(target, createGroup(prefix, 0));

  const change = async (task: (person: Person) => Promise<void>) => {
    const person = pickIdle(dice, people);
    if (person === undefined) return;
    person.isBusy = true;
    await task(person);
    person.isBusy = false;
  };

  const switchActive = (person: Person) => {
    const value = !person.isActive;
    const send = () => target.patchUser(person.id, [{ op: 'replace', path: 'active', value }]);
    return recorder
      .time(
        send,
        expectChanged(({ active }) => active === value),
      )
      .then((answer) => {
        if (answer !== undefined) person.isActive = value;
      });
  };

  const switchMember = async (person: Person) => {
    const value = [{ value: person.id }];
    const answer = await recorder.time(
      () =>
        target.patchGroup(groupId, [
          person.isMember
            ? { op: 'remove', path: `members[value eq "${person.id}"]` }
            : { op: 'add', path: 'members', value },
        ]),
      expectChanged(),
    );
    if (answer !== undefined) person.isMember = !person.isMember;
  };

  const find = async () => {
    const name = toUserName(prefix, dice.pick(people).number);
    await recorder.time(() => target.findUsers(`userName eq "${name}"`), expectOneUser(name));
  };

  const create = async (index: number) => {
    const user = createUser(prefix, STAFF + index);
    const answer = await recorder.time(() => target.createUser(user), expectCreated(user));
    if (answer === undefined) return;
    const id = String(answer.json?.id);
    people.push({ id, number: STAFF + index, isActive: true, isMember: false, isBusy: false });
  };

  return {
    send(index) {
      const kind = index % 20;
      if (kind < 12) return find();
      if (kind < 16) return change(switchActive);
      return kind < 19 ? create(index) : change(switchMember);
    },
    async verify({ database }) {
      const stored = await listUsers(target);
      const wanted = people.map(({ number, isActive }) => `${toUserName(prefix, number)} ${isActive}`);
      expect(stored.toSorted()).toEqual(wanted.toSorted());
      const members = (await target.getGroup(groupId)).json?.members ?? [];
      const memberIds = people.filter(({ isMember }) => isMember).map(({ id }) => id);
      expect(members.map(({ value }) => value).toSorted()).toEqual(memberIds.toSorted());

      const events = await database.rows(
        'SELECT position, type, resource_id FROM {p}events WHERE connection_id = ? ORDER BY position',
        [target.connectionId],
      );
      expect(events.map(({ position }) => Number(position))).toEqual(events.map((_, index) => index + 1));
      const created = events.filter(({ type }) => type === 'user.created').map((event) => event.resource_id);
      expect(created.toSorted()).toEqual(people.map(({ id }) => id).toSorted());
    },
  };
}

/** undefined where everybody is busy. */
function pickIdle(dice: Dice, people: readonly Person[]): Person | undefined {
  const start = dice.int(people.length);
  return [...people.slice(start), ...people.slice(0, start)].find(({ isBusy }) => !isBusy);
}

/** Everybody's name and whether they are active, page by page. */
async function listUsers(target: Target): Promise<readonly string[]> {
  const found: string[] = [];
  for (let startIndex = 1; ; startIndex = found.length + 1) {
    const { json } = await target.listUsers(startIndex, 200);
    const page = json?.Resources ?? [];
    found.push(...page.map(({ userName, active }) => `${userName} ${active}`));
    if (page.length === 0 || found.length >= (json?.totalResults ?? 0)) return found;
  }
}
