import {
  type ConnectionActParameters,
  changeStatus,
  deleteConnection,
  type Nothing,
  type PatchScimConnectionParameters,
  patchConnection,
} from './change-connection.ts';
import { type ConfirmLinksParameters, confirmLinks, type LinksConfirmed } from './confirm-links.ts';
import {
  type CreateScimConnectionParameters,
  createConnection,
  type KeyIssued,
} from './create-connection.ts';
import {
  fetchConnection,
  type ListScimConnectionsParameters,
  listConnections,
  type ScimConnectionDetails,
  type ScimConnectionPage,
} from './describe-connection.ts';
import {
  type DryRunEnded,
  type DryRunReport,
  type EndDryRunParameters,
  endDryRun,
  type GetDryRunEffectsParameters,
  getDryRunEffects,
  type NoDryRunError,
} from './dry-run.ts';
import { type GetScimActivityParameters, getScimActivity, type ScimActivityPage } from './get-activity.ts';
import {
  type GetScimGroupParameters,
  type GroupNotFoundError,
  getGroup,
  type ScimGroupWithMembers,
} from './get-group.ts';
import {
  type GetScimUserParameters,
  getUser,
  type ScimUserWithGroups,
  type UserNotFoundError,
} from './get-user.ts';
import {
  type GetHeldChangesParameters,
  getHeldChanges,
  type HeldChangesRejected,
  type HeldChangesReleased,
  type HeldScimChangePage,
  type ReleaseHeldChangesParameters,
  type ReleasesResumed,
  type ReviewHeldChangesParameters,
  rejectHeldChanges,
  releaseHeldChanges,
  resumeReleases,
} from './held-changes.ts';
import { getScimLeniencies, type ScimLeniency } from './list-leniencies.ts';
import {
  type GetScimGroupsParameters,
  type GetScimUsersParameters,
  getScimGroups,
  getScimUsers,
  type ScimGroupPage,
  type ScimUserPage,
} from './list-resources.ts';
import type { ManagementOptions } from './management-context.ts';
import {
  type MatchExistingUsersParameters,
  type MatchReport,
  matchExistingUsers,
} from './match-existing-users.ts';
import { type NoteRestoreParameters, noteRestore, type RestoreNoted } from './note-restore.ts';
import { MisuseError } from './parameters.ts';
import {
  type MappingPreview,
  type PreviewMappingParameters,
  previewMapping,
  resolveUsers,
  type UsersResolved,
} from './preview-mapping.ts';
import {
  type DryRunInProgressError,
  type ReconcileParameters,
  type ReconcileReport,
  reconcile,
} from './reconcile.ts';
import { type ReplaceKeyParameters, replaceKey } from './replace-key.ts';
import {
  type DisplayNameInvalidError,
  Failure,
  type InvalidFieldsError,
  type InvalidQueryFieldError,
  type ManagementResult,
  type ScimConnectionExistsError,
  type SelectionError,
  type TemporaryKeyNotFoundError,
  type TooManyTemporaryKeysError,
  type UnexpectedManagementError,
} from './result.ts';
import {
  getRoleRules,
  type PreviewRoleRulesParameters,
  previewRoleRules,
  type RoleRulesPreview,
  type RoleRulesSaved,
  type ScimRoleRules,
  type SetRoleRulesParameters,
  setRoleRules,
} from './role-rules.ts';
import type { ConnectionSelector } from './selection.ts';
import { getSetupProgress, type ScimSetupProgress } from './setup-progress.ts';
import {
  type CreateTemporaryScimApiKeyParameters,
  createTemporaryKey,
  type RevokeTemporaryScimApiKeyParameters,
  revokeTemporaryKey,
  type TemporaryKeyIssued,
} from './temporary-key.ts';
import {
  type GetTimelineParameters,
  getTimeline,
  type PersonNotFoundError,
  type Timeline,
} from './timeline.ts';
import { type UndoError, type Undone, type UndoParameters, undo } from './undo.ts';
import {
  getVerifiedDomains,
  type SetVerifiedDomainsParameters,
  setVerifiedDomains,
  type VerifiedDomains,
} from './verified-domains.ts';
import {
  admitWaitingUsers,
  getWaitingUsers,
  type WaitingScimUsers,
  type WaitingUsersAdmitted,
} from './waiting-users.ts';

/** 7 days. */
const ROTATION_OVERLAP_SECONDS = 7 * 86_400;

type Result<T, E extends { readonly type: string }> = Promise<
  ManagementResult<T, E | UnexpectedManagementError>
>;

/**
 * Connections and keys, for the host's own backend. Whoever may call it may do everything: authorise before.
 *
 * Every method resolves to `{ ok: true, data }` or `{ ok: false, error: { type } }` and rejects with a
 * `TypeError` only where the calling code is at fault. All times are UNIX seconds.
 */
export interface ScimManagement {
  /** Makes a connection with its first key. The key's text is in this answer and never again. */
  createScimConnection(
    parameters: CreateScimConnectionParameters,
  ): Result<KeyIssued, InvalidFieldsError | ScimConnectionExistsError>;
  fetchScimConnection(selector: ConnectionSelector): Result<ScimConnectionDetails, SelectionError>;
  patchScimConnection(
    parameters: PatchScimConnectionParameters,
  ): Result<Nothing, InvalidFieldsError | DisplayNameInvalidError | SelectionError>;
  /** Makes a new key. The old ones end at once, unless `overlapSeconds` asks otherwise. */
  resetScimApiKey(parameters: ReplaceKeyParameters): Result<KeyIssued, InvalidFieldsError | SelectionError>;
  /** Makes a new key beside the one in use, which ends after 7 days or once the new one is used. */
  rotateScimApiKey(parameters: ReplaceKeyParameters): Result<KeyIssued, InvalidFieldsError | SelectionError>;
  /**
   * Makes a key for requests of your own, such as a test of the connection: a key like any other on the wire that
   * ends after 15 minutes and leaves the customer's keys alone. At most five are live at once.
   */
  createTemporaryScimApiKey(
    parameters: CreateTemporaryScimApiKeyParameters,
  ): Result<TemporaryKeyIssued, InvalidFieldsError | SelectionError | TooManyTemporaryKeysError>;
  /** Ends a temporary key at once. */
  revokeTemporaryScimApiKey(
    parameters: RevokeTemporaryScimApiKeyParameters,
  ): Result<Nothing, SelectionError | TemporaryKeyNotFoundError>;
  /** Refuses all SCIM requests of the connection until it is resumed. Nothing is deleted. */
  pauseScimConnection(parameters: ConnectionActParameters): Result<Nothing, SelectionError>;
  resumeScimConnection(parameters: ConnectionActParameters): Result<Nothing, SelectionError>;
  /** Deletes the connection, its keys and everything received through it. */
  deleteScimConnection(parameters: ConnectionActParameters): Result<Nothing, SelectionError>;
  listScimConnections(
    parameters?: ListScimConnectionsParameters,
  ): Result<ScimConnectionPage, InvalidFieldsError>;
  /** The vendor tolerances the connection's requests have needed, and how often. */
  getScimLeniencies(
    selector: ConnectionSelector,
  ): Result<{ readonly leniencies: readonly ScimLeniency[] }, SelectionError>;
  /**
   * How far the setup is, by what the identity provider has really done, and what is wrong: findings with the requests
   * they come from, which go by themselves once it is mended. Needs the activity, which `createScim` keeps by default.
   */
  getSetupProgress(selector: ConnectionSelector): Result<ScimSetupProgress, SelectionError>;
  /**
   * What the identity provider asked and what came of it, the newest first: each request in a sentence, with its body
   * but without anything secret. Kept as long as `createScim`'s option `activity` says.
   */
  getScimActivity(parameters: GetScimActivityParameters): Result<ScimActivityPage, SelectionError>;
  /**
   * The changes the guard holds back from the app: who, what, since when; and how many wait, are being released, and
   * were rejected.
   */
  getHeldChanges(parameters: GetHeldChangesParameters): Result<HeldScimChangePage, SelectionError>;
  /**
   * Tells the app of held changes, those of `ids` or all that wait: hooks and events, as the difference between what
   * it was last told and what is stored now. Each is a transaction of its own; one whose hook fails waits again.
   * Rejected ones can be released by their ids as well. A call that is cut off is finished by the next one, or by
   * {@link ScimManagement.resumeReleases}.
   */
  releaseHeldChanges(parameters: ReleaseHeldChangesParameters): Result<HeldChangesReleased, SelectionError>;
  /** Has the app keep what it has: held changes, those of `ids` or all that wait, are not told. */
  rejectHeldChanges(parameters: ReviewHeldChangesParameters): Result<HeldChangesRejected, SelectionError>;
  /**
   * Tells the app of changes of any connection that were let go and not told yet: by the command, which has no
   * hooks, or by a process that has died since. Call it at the start and every few seconds; without any, it costs
   * one look-up.
   */
  resumeReleases(): Result<ReleasesResumed, never>;
  /** One user with its groups, by the account of the app it is linked to or by its SCIM id. */
  getScimUser(
    parameters: GetScimUserParameters,
  ): Result<ScimUserWithGroups, SelectionError | UserNotFoundError>;
  /** What a connection on a dry run (`policy: { effects: 'dryRun' }`) would have done in the app, and how much of it. */
  getDryRunEffects(parameters: GetDryRunEffectsParameters): Result<DryRunReport, SelectionError>;
  /** Ends a dry run: the app is told what it has not heard, resource by resource, or it is left as it is. */
  endDryRun(parameters: EndDryRunParameters): Result<DryRunEnded, SelectionError | NoDryRunError>;
  /**
   * Keeps which e-mail domains a customer has shown to be his, by a DNS record or as you verify it. They alone make an
   * address mean something when accounts are matched and linked.
   */
  setVerifiedDomains(parameters: SetVerifiedDomainsParameters): Result<VerifiedDomains, InvalidFieldsError>;
  getVerifiedDomains(parameters: { readonly customerId: string }): Result<VerifiedDomains, never>;
  /**
   * For a customer who has people in the app already: says which user of the directory is which account, and why.
   * Changes nothing; connect on a dry run, so that no second accounts are made meanwhile.
   */
  matchExistingUsers(parameters: MatchExistingUsersParameters): Result<MatchReport, SelectionError>;
  /**
   * Links accounts as a person has confirmed it. The app keeps e-mail address and userName of them as they are until
   * the person has signed in with the directory's id (`checkSignIn` by `OidcSubToScimExternalId`).
   */
  confirmLinks(parameters: ConfirmLinksParameters): Result<LinksConfirmed, SelectionError>;
  /** Users the app has not been told of, since no seat is free (policy `seats`). */
  getWaitingScimUsers(selector: ConnectionSelector): Result<WaitingScimUsers, SelectionError>;
  /**
   * Tells the app of those who wait, as long as seats are free. It comes about by itself with every change of the
   * connection's users and its policy; call it when a limit that the host counts itself has risen.
   */
  admitWaitingScimUsers(parameters: ConnectionActParameters): Result<WaitingUsersAdmitted, SelectionError>;
  /** Row F9: what happened to one person, in order, with before and after; also of those who are deleted. */
  getTimeline(parameters: GetTimelineParameters): Result<Timeline, SelectionError | PersonNotFoundError>;
  /** Row F9: tells the app the inverse of what an event said, and leaves the directory as it is. */
  undo(parameters: UndoParameters): Result<Undone, SelectionError | UndoError>;
  /**
   * To be called once an older backup was restored, before requests are let in: versions and cursors of before are
   * refused from then on. What the app has otherwise is a matter for `reconcile`.
   */
  noteRestore(parameters?: NoteRestoreParameters): Result<RestoreNoted, never>;
  /**
   * Row F8: compares the accounts of the app with what is stored, and with `apply` tells the app, by the same hooks
   * and events as a change, whatever it has otherwise.
   */
  reconcile(parameters: ReconcileParameters): Result<ReconcileReport, SelectionError | DryRunInProgressError>;
  getScimUsers(
    parameters: GetScimUsersParameters,
  ): Result<ScimUserPage, SelectionError | InvalidQueryFieldError>;
  getScimGroups(
    parameters: GetScimGroupsParameters,
  ): Result<ScimGroupPage, SelectionError | InvalidQueryFieldError>;
  /** One group with a page of its members, which can be searched. */
  getScimGroup(
    parameters: GetScimGroupParameters,
  ): Result<ScimGroupWithMembers, SelectionError | GroupNotFoundError>;
  /**
   * What another mapping would do to the users there are: by field how many change, with examples, and how many are
   * warned of. Changes nothing; `patchScimConnection({ customMapping })` saves it, and the app is told in parts.
   */
  previewMapping(
    parameters: PreviewMappingParameters,
  ): Result<MappingPreview, InvalidFieldsError | SelectionError>;
  /**
   * Does at once what a new mapping or new role rules have left to do, and resolves all roles anew: after the roles
   * given to `createScim` have changed, or a process ended early.
   */
  resolveScimUsers(selector: ConnectionSelector): Result<UsersResolved, SelectionError>;
  /**
   * The rules by which a connection's users come by roles of the app.
   *
   * @throws TypeError where `createScim` was given no `roles`, like the two below.
   */
  getRoleRules(selector: ConnectionSelector): Result<ScimRoleRules, SelectionError>;
  /**
   * Saves role rules, then resolves all users by them and tells the app: hook `userRoleChanged`, event
   * `user.role_changed`. It is done in parts, each a transaction of its own, and gone on with where it ended early.
   */
  setRoleRules(
    parameters: SetRoleRulesParameters,
  ): Result<RoleRulesSaved, InvalidFieldsError | SelectionError>;
  /** Who would gain and who would lose, were these rules saved. Changes nothing. */
  previewRoleRules(
    parameters: PreviewRoleRulesParameters,
  ): Result<RoleRulesPreview, InvalidFieldsError | SelectionError>;
}

/** Makes `scim.management`. */
export function createManagement(options: ManagementOptions): ScimManagement {
  const attempt = createAttempt(options);
  return {
    createScimConnection: (parameters) =>
      attempt('createScimConnection', () => createConnection(options, parameters)),
    fetchScimConnection: (selector) =>
      attempt('fetchScimConnection', () => fetchConnection(options, selector)),
    patchScimConnection: (parameters) =>
      attempt('patchScimConnection', () => patchConnection(options, parameters)),
    resetScimApiKey: (parameters) =>
      attempt('resetScimApiKey', () =>
        replaceKey(options, parameters, { action: 'key.reset', overlapSeconds: 0 }),
      ),
    rotateScimApiKey: (parameters) =>
      attempt('rotateScimApiKey', () =>
        replaceKey(options, parameters, { action: 'key.rotated', overlapSeconds: ROTATION_OVERLAP_SECONDS }),
      ),
    createTemporaryScimApiKey: (parameters) =>
      attempt('createTemporaryScimApiKey', () => createTemporaryKey(options, parameters)),
    revokeTemporaryScimApiKey: (parameters) =>
      attempt('revokeTemporaryScimApiKey', () => revokeTemporaryKey(options, parameters)),
    pauseScimConnection: (parameters) =>
      attempt('pauseScimConnection', () => changeStatus(options, parameters, 'paused')),
    resumeScimConnection: (parameters) =>
      attempt('resumeScimConnection', () => changeStatus(options, parameters, 'active')),
    deleteScimConnection: (parameters) =>
      attempt('deleteScimConnection', () => deleteConnection(options, parameters)),
    listScimConnections: (parameters = {}) =>
      attempt('listScimConnections', () => listConnections(options, parameters)),
    getScimLeniencies: (selector) => attempt('getScimLeniencies', () => getScimLeniencies(options, selector)),
    getSetupProgress: (selector) => attempt('getSetupProgress', () => getSetupProgress(options, selector)),
    getScimActivity: (parameters) => attempt('getScimActivity', () => getScimActivity(options, parameters)),
    getHeldChanges: (parameters) => attempt('getHeldChanges', () => getHeldChanges(options, parameters)),
    releaseHeldChanges: (parameters) =>
      attempt('releaseHeldChanges', () => releaseHeldChanges(options, parameters)),
    rejectHeldChanges: (parameters) =>
      attempt('rejectHeldChanges', () => rejectHeldChanges(options, parameters)),
    resumeReleases: () => attempt('resumeReleases', () => resumeReleases(options)),
    getScimUser: (parameters) => attempt('getScimUser', () => getUser(options, parameters)),
    getDryRunEffects: (parameters) =>
      attempt('getDryRunEffects', () => getDryRunEffects(options, parameters)),
    endDryRun: (parameters) => attempt('endDryRun', () => endDryRun(options, parameters)),
    setVerifiedDomains: (parameters) =>
      attempt('setVerifiedDomains', () => setVerifiedDomains(options, parameters)),
    getVerifiedDomains: (parameters) =>
      attempt('getVerifiedDomains', () => getVerifiedDomains(options, parameters)),
    matchExistingUsers: (parameters) =>
      attempt('matchExistingUsers', () => matchExistingUsers(options, parameters)),
    confirmLinks: (parameters) => attempt('confirmLinks', () => confirmLinks(options, parameters)),
    getWaitingScimUsers: (selector) =>
      attempt('getWaitingScimUsers', () => getWaitingUsers(options, selector)),
    admitWaitingScimUsers: (parameters) =>
      attempt('admitWaitingScimUsers', () => admitWaitingUsers(options, parameters)),
    getTimeline: (parameters) => attempt('getTimeline', () => getTimeline(options, parameters)),
    undo: (parameters) => attempt('undo', () => undo(options, parameters)),
    noteRestore: (parameters = {}) => attempt('noteRestore', () => noteRestore(options, parameters)),
    reconcile: (parameters) => attempt('reconcile', () => reconcile(options, parameters)),
    getScimUsers: (parameters) => attempt('getScimUsers', () => getScimUsers(options, parameters)),
    getScimGroups: (parameters) => attempt('getScimGroups', () => getScimGroups(options, parameters)),
    getScimGroup: (parameters) => attempt('getScimGroup', () => getGroup(options, parameters)),
    previewMapping: (parameters) => attempt('previewMapping', () => previewMapping(options, parameters)),
    resolveScimUsers: (selector) => attempt('resolveScimUsers', () => resolveUsers(options, selector)),
    getRoleRules: (selector) => attempt('getRoleRules', () => getRoleRules(options, selector)),
    setRoleRules: (parameters) => attempt('setRoleRules', () => setRoleRules(options, parameters)),
    previewRoleRules: (parameters) =>
      attempt('previewRoleRules', () => previewRoleRules(options, parameters)),
  };
}

/** The one place where a failing database becomes a result; its cause goes to the host's log, whole. */
function createAttempt({ logger }: ManagementOptions) {
  return async <T, E extends { readonly type: string }>(
    method: string,
    work: () => Promise<ManagementResult<T, E>>,
  ): Result<T, E> => {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof MisuseError) throw cause;
      logger.error(`scim.management.${method} failed; nothing was changed.`, { cause });
      return new Failure({
        type: 'UnexpectedError',
        message: 'The directory is temporarily unavailable. Nothing was changed; try again.',
      });
    }
  };
}
