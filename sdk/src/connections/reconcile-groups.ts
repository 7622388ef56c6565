import { z } from 'zod';
import { createObject } from '../protocol/json.ts';
import { fromEvent, type TellingAgain, tellAgain } from '../provisioning/tell-again.ts';
import type { StoredResource } from '../store/port.ts';
import { MisuseError } from './parameters.ts';
import { inTransaction, type TellingAccounts } from './tell-account.ts';
import { type NotTold, toNotTold } from './told.ts';
import { walkResources } from './walk-resources.ts';

/** A group as the app has it. */
export interface AppGroup {
  /** The SCIM id. */
  readonly groupId: string;
  /** Left out, it is not compared; null and '' stand for none. */
  readonly displayName?: string | null | undefined;
}

/** The groups the app has of one connection, all of them: a list, what yields them, or a function that reads them. */
export type AppGroups =
  | Iterable<AppGroup>
  | AsyncIterable<AppGroup>
  | (() => Iterable<AppGroup> | AsyncIterable<AppGroup>);

/** `missing`: stored, and not in the app. `extra`: in the app, and not stored. `differs`: another name. */
export type GroupDifferenceKind = 'missing' | 'extra' | 'differs';

/** One group the app has otherwise than the directory. */
export interface GroupDifference {
  readonly kind: GroupDifferenceKind;
  readonly groupId: string;
  /** As stored; of an extra one, as the app gave it. null = it has none. */
  readonly displayName: string | null;
  /** As in `AccountDifference`. */
  readonly outcome: 'found' | 'applied' | 'left' | 'failed';
}

/** How the app's groups differ from the directory's, and what was done about it. */
export interface GroupsReport {
  /** Groups given. */
  readonly given: number;
  readonly counts: Readonly<Record<GroupDifferenceKind, number>>;
  /** The first of them, up to `limit`. */
  readonly differences: readonly GroupDifference[];
  readonly applied: number;
  readonly left: number;
  readonly failed: number;
  /** The first of those that failed, up to `limit` and one at least. */
  readonly failures: readonly NotTold[];
}

/** What groups are compared with. */
export interface ReconcilingGroups extends Pick<TellingAccounts, 'options' | 'connection' | 'scope'> {
  readonly groups: AppGroups;
  readonly apply: boolean;
  readonly limit: number;
  /** ISO 8601 UTC. What was changed later may be newer than the list of groups. */
  readonly startedAt: string;
  readonly signal: AbortSignal | undefined;
  /** Groups told whole, with their members, are added to it. */
  readonly toldWhole: Set<string>;
}

const groupSchema = z
  .object({ groupId: z.string().min(1), displayName: z.string().nullable().optional() })
  .loose();

/** Compares the app's groups with those stored and, where asked to, tells the app, one transaction each. */
export async function reconcileGroups(run: ReconcilingGroups): Promise<GroupsReport> {
  const { options, scope, startedAt, signal } = run;
  const given = await readGroups(run.groups);
  const tally = createTally(run.limit, given.size);
  const { groupType } = options;
  for await (const part of walkResources(options.store.resources(scope), groupType)) {
    for (const group of part) {
      if (signal?.aborted) return tally.report();
      const known = given.get(group.id);
      given.delete(group.id);
      const displayName = toName(group);
      if (known === undefined && group.lastModified <= startedAt)
        await settle(run, tally, { kind: 'missing', groupId: group.id, displayName });
      if (known?.displayName !== undefined && (known.displayName || null) !== displayName)
        await settle(run, tally, { kind: 'differs', groupId: group.id, displayName });
    }
  }
  for (const { groupId, displayName = null } of given.values()) {
    if (signal?.aborted) return tally.report();
    await settle(run, tally, { kind: 'extra', groupId, displayName });
  }
  return tally.report();
}

async function readGroups(groups: AppGroups): Promise<Map<string, AppGroup>> {
  const given = new Map<string, AppGroup>();
  for await (const group of typeof groups === 'function' ? groups() : groups) {
    if (!groupSchema.safeParse(group).success)
      throw new MisuseError('scim.management: groups: give each as { groupId, displayName? }.');
    given.set(group.groupId, group);
  }
  return given;
}

type Found = Omit<GroupDifference, 'outcome'>;
type Tally = ReturnType<typeof createTally>;

async function settle(run: ReconcilingGroups, tally: Tally, found: Found): Promise<void> {
  if (!run.apply) return tally.add({ ...found, outcome: 'found' });
  const { options } = run;
  try {
    tally.add({ ...found, outcome: (await TELL[found.kind](run, found.groupId)) ? 'applied' : 'left' });
  } catch (cause) {
    const failure = { resourceType: options.groupType.name, resourceId: found.groupId, cause };
    options.logger.error('scimkit: the app could not be told of a group.', failure);
    tally.add({ ...found, outcome: 'failed' }, toNotTold(failure));
  }
}

/** Each answers whether there was something to tell by then. */
const TELL: Readonly<
  Record<GroupDifferenceKind, (run: ReconcilingGroups, groupId: string) => Promise<boolean>>
> = {
  missing: (run, groupId) => tellStored(run, groupId, tellWhole),
  differs: (run, groupId) => tellStored(run, groupId, tellName),
  extra: tellEnd,
};

/** What the guard holds of a group waits for a person. */
function tellStored(
  run: ReconcilingGroups,
  groupId: string,
  tell: (telling: TellingAgain, group: StoredResource, run: ReconcilingGroups) => Promise<void>,
): Promise<boolean> {
  return inTransaction(run, async (telling) => {
    const group = await telling.tx.find(run.options.groupType, groupId);
    if (group === undefined || group.isHeld === true) return false;
    await tell(telling, group, run);
    return true;
  });
}

async function tellWhole(
  telling: TellingAgain,
  group: StoredResource,
  { toldWhole }: ReconcilingGroups,
): Promise<void> {
  const added = await telling.tx.members(group.id);
  await tellAgain(telling, { kind: 'created', after: group, members: { added, removed: [] } });
  toldWhole.add(group.id);
}

/** What the app has in its place is in other words. */
async function tellName(telling: TellingAgain, group: StoredResource): Promise<void> {
  const { displayName: _other, ...kept } = group.attributes;
  const before = { ...group, attributes: Object.assign(createObject(), kept) };
  const members = { added: [], removed: [] };
  await tellAgain(telling, { kind: 'updated', before, after: group, changed: ['displayName'], members });
}

/** A group the directory never made may be the app's own. */
async function tellEnd(run: ReconcilingGroups, groupId: string): Promise<boolean> {
  const { options, scope } = run;
  const history = options.store.history(scope);
  await history.catchUp();
  const last = await history.lastEvent(groupId);
  if (last?.resourceType !== options.groupType.name) return false;
  const before = fromEvent(options.groupType, last);
  return inTransaction(run, async (telling) => {
    if ((await telling.tx.find(options.groupType, groupId)) !== undefined) return false;
    if ((await telling.tx.held.find(groupId)) !== undefined) return false;
    await tellAgain(telling, { kind: 'deleted', before, memberOf: [] });
    return true;
  });
}

function toName({ attributes: { displayName } }: StoredResource): string | null {
  return typeof displayName === 'string' ? displayName : null;
}

/** Counts differences, and keeps the first of them. */
function createTally(limit: number, given: number) {
  const counts = { missing: 0, extra: 0, differs: 0 };
  const outcomes = { found: 0, applied: 0, left: 0, failed: 0 };
  const differences: GroupDifference[] = [];
  const failures: NotTold[] = [];
  return {
    add(difference: GroupDifference, failure?: NotTold): void {
      counts[difference.kind] += 1;
      outcomes[difference.outcome] += 1;
      if (differences.length < limit) differences.push(difference);
      if (failure !== undefined && failures.length < Math.max(limit, 1)) failures.push(failure);
    },
    report(): GroupsReport {
      const { applied, left, failed } = outcomes;
      return { given, counts, differences, applied, left, failed, failures };
    },
  };
}
