import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ToldState } from '../store/effects.ts';
import type { StoredResource } from '../store/port.ts';
import { type Change, hasDelta, type MembersDelta } from './change.ts';
import { namesOfChanges } from './plan.ts';

/** What of a resource is kept to tell the difference later. */
export function toToldState(
  { attributes, version, created, lastModified, userId }: StoredResource,
  memberOf?: readonly string[],
): ToldState {
  const state = { attributes, version, created, lastModified, userId };
  return memberOf === undefined ? state : { ...state, memberOf };
}

/** A resource from what the app was last told of it to what it is now. */
export interface NetChangeOf {
  readonly id: string;
  readonly type: ResourceType;
  /** null = nothing was ever told of it. */
  readonly told: ToldState | null;
  /** undefined = it is gone. */
  readonly now: StoredResource | undefined;
  readonly members: MembersDelta;
}

/** The one change that says what several did in the end; undefined = nothing. */
export function netChange({ id, type, told, now, members }: NetChangeOf): Change | undefined {
  if (told === null) return now === undefined ? undefined : { kind: 'created', after: now, members };
  const { memberOf = [], ...state } = told;
  const before: StoredResource = { ...state, id, type, isMember: false };
  if (now === undefined)
    return { kind: 'deleted', before: { ...before, version: before.version + 1 }, memberOf };
  const changed = namesOfChanges(before.attributes, now.attributes);
  if (changed.length === 0 && !hasDelta(members)) return undefined;
  return { kind: 'updated', before, after: now, changed, members };
}
