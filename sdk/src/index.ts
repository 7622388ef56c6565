export type { ActivityOptions } from './activity/activity-options.ts';
export type { ActivityOperation } from './activity/operation.ts';
export type { SetupStep } from './activity/setup-step.ts';
export { AGENT_RESOURCE_TYPE } from './agent-resource-type.ts';
export type { AccountField, AppAccount, AppAccounts } from './connections/app-accounts.ts';
export type {
  ConnectionActParameters,
  PatchScimConnectionParameters,
} from './connections/change-connection.ts';
export type {
  CheckSignInParameters,
  ScimUserNotActiveError,
  ScimUserNotFoundWhereExpectedError,
  SignInAllowed,
  SignInError,
} from './connections/check-sign-in.ts';
export type {
  Configuration,
  ConfigurationState,
  ConfigurationStatus,
  Configured,
  ConfigureParameters,
  ProfileMapping,
  ScimConfiguration,
} from './connections/configuration.ts';
export type {
  ConfirmedLink,
  ConfirmLinksParameters,
  LinksConfirmed,
  RefusedLink,
} from './connections/confirm-links.ts';
export type { CreateScimConnectionParameters, KeyIssued } from './connections/create-connection.ts';
export type {
  ListScimConnectionsParameters,
  ScimApiKeyDetails,
  ScimConnectionDetails,
  ScimConnectionPage,
} from './connections/describe-connection.ts';
export type {
  DryRunEffect,
  DryRunEnded,
  DryRunReport,
  EndDryRunParameters,
  GetDryRunEffectsParameters,
  NoDryRunError,
} from './connections/dry-run.ts';
export type { ScimFinding, ScimFindingId } from './connections/findings/finding.ts';
export type {
  GetScimActivityParameters,
  ScimActivity,
  ScimActivityPage,
} from './connections/get-activity.ts';
export type {
  GetScimGroupParameters,
  GroupNotFoundError,
  ScimGroupMember,
  ScimGroupWithMembers,
} from './connections/get-group.ts';
export type {
  GetScimUserParameters,
  ScimUserGroup,
  ScimUserWithGroups,
  UserNotFoundError,
} from './connections/get-user.ts';
export type {
  GetHeldChangesParameters,
  HeldChangesRejected,
  HeldChangesReleased,
  HeldScimChange,
  HeldScimChangePage,
  ReleaseHeldChangesParameters,
  ReleasesResumed,
  ReviewHeldChangesParameters,
} from './connections/held-changes.ts';
export type { PepperOption } from './connections/key-digest.ts';
export { KEY_PATTERN } from './connections/key-format.ts';
export type { ScimLeniency } from './connections/list-leniencies.ts';
export type {
  GetScimGroupsParameters,
  GetScimUsersParameters,
  ManagedScimGroup,
  ManagedScimUser,
  ScimGroupPage,
  ScimUserFilter,
  ScimUserPage,
} from './connections/list-resources.ts';
export type { ScimManagement } from './connections/management.ts';
export type {
  ExistingAccount,
  MatchExistingUsersParameters,
  MatchOutcome,
  MatchReport,
  UserMatch,
} from './connections/match-existing-users.ts';
export type { NoteRestoreParameters, RestoreNoted } from './connections/note-restore.ts';
export { findPepper } from './connections/pepper.ts';
export type {
  MappingExample,
  MappingFieldPreview,
  MappingPreview,
  PreviewMappingParameters,
  UsersResolved,
} from './connections/preview-mapping.ts';
export type {
  AccountDifference,
  DifferenceKind,
  DryRunInProgressError,
  ReconcileParameters,
  ReconcileProgress,
  ReconcileReport,
} from './connections/reconcile.ts';
export type {
  AppGroup,
  AppGroups,
  GroupDifference,
  GroupDifferenceKind,
  GroupsReport,
} from './connections/reconcile-groups.ts';
export type { ReplaceKeyParameters } from './connections/replace-key.ts';
export {
  type AmbiguousConnectionError,
  type DisplayNameInvalidError,
  type InvalidField,
  type InvalidFieldsError,
  type InvalidQueryFieldError,
  ManagementError,
  type ManagementResult,
  type ScimConnectionExistsError,
  type ScimConnectionNotFoundError,
  type TemporaryKeyNotFoundError,
  type TooManyTemporaryKeysError,
  type UnexpectedManagementError,
} from './connections/result.ts';
export type {
  PreviewRoleRulesParameters,
  RolePreview,
  RoleRulesParameters,
  RoleRulesPreview,
  RoleRulesSaved,
  ScimRoleRule,
  ScimRoleRules,
  SetRoleRulesParameters,
} from './connections/role-rules.ts';
export type { ConnectionSelector } from './connections/selection.ts';
export type { ScimSetupProgress, ScimSetupStep } from './connections/setup-progress.ts';
export type { SignInClaims, SignInStrategy } from './connections/sign-in-strategy.ts';
export type {
  CreateTemporaryScimApiKeyParameters,
  RevokeTemporaryScimApiKeyParameters,
  TemporaryKeyIssued,
} from './connections/temporary-key.ts';
export type {
  GetTimelineParameters,
  PersonNotFoundError,
  PersonSelector,
  Timeline,
  TimelineEntry,
} from './connections/timeline.ts';
export type { NotTold } from './connections/told.ts';
export type {
  AlreadyUndoneError,
  ChangedSinceError,
  EventNotFoundError,
  NotUndoableError,
  UndoError,
  Undone,
  UndoParameters,
} from './connections/undo.ts';
export type {
  ConfigurationCheck,
  ServedCapabilities,
  Validation,
} from './connections/validate-connection.ts';
export type { SetVerifiedDomainsParameters, VerifiedDomains } from './connections/verified-domains.ts';
export type {
  WaitingScimUser,
  WaitingScimUsers,
  WaitingUsersAdmitted,
} from './connections/waiting-users.ts';
export { createScim, type Scim } from './create-scim.ts';
export type { EventDelivery } from './events/consumer.ts';
export type {
  DeadLetter,
  DeadLetterPage,
  DeadLetterSelection,
  DeadLetters,
  ListDeadLettersParameters,
} from './events/dead-letters.ts';
export type { DispatchOptions } from './events/dispatcher.ts';
export type { ScimEvent } from './events/event.ts';
export type { ScimDispatcher, ScimEvents } from './events/events.ts';
export type { EventPage, ListEventsError, ListEventsParameters } from './events/list-events.ts';
export type { SubscribeParameters, Subscription } from './events/subscribe.ts';
export type { FetchOptions } from './http/fetch.ts';
export type { Handler } from './http/handler.ts';
export type { Limits, RateLimit } from './http/limits.ts';
export type { FindMe, MeRequest } from './http/me.ts';
export type { BodyAllowance, RequestBody, ScimRequest, ScimResponse } from './http/message.ts';
export type {
  AnswerToReturn,
  ReadyResponse,
  UnderlyingError,
  UnderlyingErrorType,
} from './http/request-error.ts';
export type {
  ActionRequiredScimRequest,
  CompletedScimRequest,
  LinkUserRequired,
  ScimRequestError,
  ScimRequestParameters,
  ScimRequestResult,
  UserActionRequired,
} from './http/scim-request.ts';
export type {
  CommitParameters,
  CommitResult,
  DecisionError,
  LinkScimUserParameters,
  RejectedScimRequest,
  RejectResult,
  RejectScimUserChangeParameters,
} from './http/staged-decisions.ts';
export type { Logger } from './logger.ts';
export type { ExtensionOption, LimitOptions, ScimOptions } from './options.ts';
export type { Json, JsonObject } from './protocol/json.ts';
export type { ProfileName } from './protocol/leniency/profile.ts';
export type {
  AttributeDefinition,
  AttributeType,
  ResourceTypeDefinition,
  SchemaDefinition,
  SchemaExtensionDefinition,
} from './protocol/schema/definition.ts';
export {
  type CreatedChange,
  type DeletedChange,
  type EmailChange,
  type HookContext,
  type HookDatabase,
  type HookMember,
  type HookProfile,
  HookRefusal,
  type HookResource,
  type LinkCandidate,
  type LinkFacts,
  type LinkQuestion,
  type LinkResult,
  type MembersChange,
  type ProvisionChange,
  type ResolvedProfile,
  refuse,
  type ScimHooks,
  type ShownOnce,
  type UpdatedChange,
  type UserProfileChange,
  type UserRoleChange,
} from './provisioning/hooks.ts';
export type { MappingField, PropertyType, ScimUserMapping } from './provisioning/mapping.ts';
export type { ConnectionPolicy, ConnectionPolicyOptions, SeatPolicy } from './provisioning/policy.ts';
export type { FailedRelease, ReleaseProgress } from './provisioning/release-held.ts';
export type { RoleDefinition, RoleRule } from './provisioning/role-rules.ts';
export type { SetupAct, SetupActor, SetupAuthorize, SetupRefusal } from './setup/authorize.ts';
export type { SetupApi, SetupApiOptions } from './setup/setup-api.ts';
export type { MigrateOptions } from './store/port.ts';
export type { PostgresClient, PostgresOptions, PostgresPool } from './store/sql/postgres-database.ts';
export type { SqliteHandle } from './store/sql/sqlite-database.ts';
export type { WebhookStatus } from './store/webhooks.ts';
export type { WebhookRules } from './webhooks/webhook-url.ts';
export type {
  CreateWebhookParameters,
  ListWebhookDeliveriesParameters,
  RotateWebhookSecretParameters,
  ScimWebhook,
  ScimWebhooks,
  UpdateWebhookParameters,
  WebhookNotFoundError,
  WebhookReplayParameters,
  WebhookSecretShown,
  WebhookSelector,
} from './webhooks/webhooks.ts';
