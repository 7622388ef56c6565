import type { Dice } from '../../support/dice.ts';
import { patch, user } from '../../support/scim.ts';
import { CREW } from './deeds.ts';
import type { HttpCall } from './http-client.ts';
import { ABSENT, type State, toPersonState } from './ledger.ts';

/** A write that is sent again when its outcome is not known. */
export interface UncertainWrite {
  /** What has to be there first; its answer gives the id. */
  readonly first: HttpCall | undefined;
  toCall(id: string): HttpCall;
  readonly name: string;
  /** As `first` leaves it. */
  readonly before: State;
  readonly after: State;
  /** What the second try may be answered. */
  readonly retried: readonly number[];
}

/**
 * A write of any kind about somebody new.
 *
 * @param crew the id of the group somebody may be added to
 */
export function pickWrite(dice: Dice, name: string, crew: string): UncertainWrite {
  const attributes = (title: string) => ({
    title,
    externalId: name,
    emails: [{ value: `${name}@example.com` }],
  });
  const toState = (title: string, isActive: boolean) => toPersonState({ title, isActive, groups: [] });
  const create = (title: string): HttpCall => ({
    method: 'POST',
    path: '/Users',
    body: user(name, attributes(title)),
  });
  const existing = { first: create('new'), name, before: toState('new', true) };
  switch (dice.int(6)) {
    case 0:
      return {
        ...existing,
        after: toState('changed', true),
        toCall: (id) => ({
          method: 'PUT',
          path: `/Users/${id}`,
          body: { ...user(name, attributes('changed')), active: true },
        }),
        retried: [200],
      };
    case 1:
      return {
        ...existing,
        after: toState('new', false),
        toCall: (id) => ({
          method: 'PATCH',
          path: `/Users/${id}`,
          body: patch({ op: 'replace', path: 'active', value: false }),
        }),
        retried: [200],
      };
    case 2:
      return {
        ...existing,
        after: ABSENT,
        toCall: (id) => ({ method: 'DELETE', path: `/Users/${id}` }),
        retried: [204, 404],
      };
    case 3:
      return {
        ...existing,
        after: toPersonState({ title: 'new', isActive: true, groups: [CREW] }),
        toCall: (id) => ({
          method: 'PATCH',
          path: `/Groups/${crew}`,
          body: patch({ op: 'add', path: 'members', value: [{ value: id }] }),
        }),
        retried: [204],
      };
    default:
      return {
        first: undefined,
        name,
        before: ABSENT,
        after: toState('new', true),
        toCall: () => create('new'),
        retried: [201, 409],
      };
  }
}
