import type { ActivityLog } from '../activity/activity-log.ts';
import type { Logger } from '../logger.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ReleaseProgress, Releasing } from '../provisioning/release-held.ts';
import type { SettleRolesOptions } from '../provisioning/settle-roles.ts';
import type { TellOptions } from '../provisioning/tell-untold.ts';
import type { ConnectionScope, Store, StoredResource } from '../store/port.ts';
import type { KeyHasher } from './key-digest.ts';
import type { LeniencyLedger } from './leniency-ledger.ts';
import type { RandomSource } from './random-text.ts';

/** What `scim.management` is made from. */
export interface ManagementOptions {
  readonly store: Store;
  readonly hasher: KeyHasher;
  readonly keyPrefix: string;
  /** Life of a key whose end is left out, in seconds; null = such keys never end. */
  readonly keyLifeSeconds: number | null;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random: RandomSource;
  readonly leniencies: LeniencyLedger;
  /** Left out where no requests are served. */
  readonly activity?: Pick<ActivityLog, 'flush'>;
  readonly logger: Logger;
  /** The host's roles, and what resolves users anew; left out where no requests are served. */
  readonly appRoles?: SettleRolesOptions | undefined;
  /** Tells the app of changes a person has let go; left out where its hooks are not at hand, as in the command. */
  readonly releaseHeld?: (releasing: Releasing) => Promise<ReleaseProgress>;
  readonly userType: ResourceType;
  readonly groupType: ResourceType;
  /** How the app is told of what is stored. */
  readonly telling: TellOptions;
  /** SCIM representations in the order given, without the members of groups. */
  readonly represent: (
    scope: ConnectionScope,
    resources: readonly StoredResource[],
  ) => Promise<readonly JsonObject[]>;
}

/** UNIX seconds. */
export function readNow({ clock }: Pick<ManagementOptions, 'clock'>): number {
  return Math.floor(clock() / 1000);
}

/** When a key ends: as asked for, never for null, after the host's default life when left out. */
export function toExpiresAt(
  options: Pick<ManagementOptions, 'keyLifeSeconds'>,
  asked: { readonly scimApiKeyExpiration?: number | null | undefined; readonly now: number },
): number | null {
  if (asked.scimApiKeyExpiration !== undefined) return asked.scimApiKeyExpiration;
  return options.keyLifeSeconds === null ? null : asked.now + options.keyLifeSeconds;
}
