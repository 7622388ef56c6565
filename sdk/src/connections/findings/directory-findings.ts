import { isArray } from '../../protocol/json.ts';
import type { StoredResource } from '../../store/port.ts';
import type { SetupFacts } from './facts.ts';
import { fromState, type ScimFinding } from './finding.ts';

/** Groups come behind the users, and members behind the groups; what is missing after this long is not on its way. */
const DUE_SECONDS = 3_600;

/** Fewer users than this may well be without an address. */
const FEWEST_USERS = 3;

/** Identity providers that ask again and again although nothing has changed, with how long they pause, in seconds. */
const POLLING: Readonly<Record<string, number>> = { entra: 40 * 60, google_workspace: 24 * 3_600 };

/** Pauses missed before it is said. */
const PAUSES = 6;

/** What the directory itself shows, and that nothing comes any more. */
export function findDirectoryFindings(facts: SetupFacts): readonly ScimFinding[] {
  return [...findMissingEmails(facts), ...findGroups(facts), ...findSilence(facts)];
}

function findMissingEmails({ newestUsers }: SetupFacts): readonly ScimFinding[] {
  const without = newestUsers.filter((user) => !hasEmail(user));
  if (newestUsers.length < FEWEST_USERS || without.length < newestUsers.length) return [];
  return [fromState({ id: 'emailMissing', severity: 'problem' }, { resources: without.length })];
}

function hasEmail({ attributes }: StoredResource): boolean {
  return isArray(attributes.emails) && attributes.emails.length > 0;
}

function findGroups({
  groups,
  hasMembers,
  users,
  firstUserAt,
  firstGroupAt,
  now,
}: SetupFacts): readonly ScimFinding[] {
  const isDue = (at: number | undefined) => at !== undefined && now - at / 1000 > DUE_SECONDS;
  if (groups === 0)
    return users > 0 && isDue(firstUserAt) ? [fromState({ id: 'groupsMissing', severity: 'hint' })] : [];
  if (hasMembers || !isDue(firstGroupAt)) return [];
  return [fromState({ id: 'groupsEmpty', severity: 'hint' }, { resources: groups })];
}

function findSilence({ connection, lastUsedAt, now }: SetupFacts): readonly ScimFinding[] {
  const pause = POLLING[connection.provider ?? ''];
  if (pause === undefined || lastUsedAt === null || connection.status === 'paused') return [];
  if (now - lastUsedAt <= pause * PAUSES) return [];
  return [fromState({ id: 'silent', severity: 'warning' }, { since: lastUsedAt })];
}
