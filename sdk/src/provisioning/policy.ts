import { z } from 'zod';

/** What a connection's changes do in the app, as its host or an administrator has chosen. */
export interface ConnectionPolicy {
  /**
   * What a DELETE leaves: `soft` keeps what was there for 30 days, so that a return can be told from a newcomer and
   * the deletion undone; `hard` erases it at once. @default 'soft'
   */
  readonly deprovision: 'soft' | 'hard';
  /**
   * `externalId`: a POST with the externalId of a user who is there already is answered with that user, to whom the
   * body is applied as by PUT. null: it makes a user, or is refused for its userName. @default null
   */
  readonly idempotentCreate: 'externalId' | null;
  /**
   * `dryRun`: requests are accepted and stored, and what they would do in the app is written down instead of done.
   * `catchingUp`: the dry run is over, and the app is being told what it has not heard yet; not to be chosen, but
   * what `endDryRun` makes of a dry run until it is done. @default 'apply'
   */
  readonly effects: 'apply' | 'dryRun' | 'catchingUp';
  /**
   * `createOnly`: nothing ever touches an account this connection did not make. `ask`: for a new user the hooks
   * `linkCandidate` and `allowLink` may name an account the app has already. @default 'createOnly'
   */
  readonly link: 'createOnly' | 'ask';
  /** How many active users there may be. @default no limit */
  readonly seats: SeatPolicy;
  /**
   * `ignore`: groups are accepted and stored as ever and give roles by the connection's role rules, but the app hears
   * nothing of them: no hook and no event about a group or its members, and the guard does not count those who leave
   * one. After going back to `sync`, `reconcile` tells what the app has otherwise. @default 'sync'
   */
  readonly groups: 'ignore' | 'sync';
  /**
   * `map`: users come by roles of the app by the connection's role rules. Set by `setRoleRules`, with the rules.
   * @default 'ignore'
   */
  readonly roles: 'ignore' | 'map';
  /** The largest request body in bytes, where that is less than the host's limits; null = those. @default null */
  readonly maxRequestSize: number | null;
  /** Whether the connection is paused because it is still being set up. Set by `configure`. @default false */
  readonly isDraft: boolean;
}

/** Seats of a connection's active users. */
export interface SeatPolicy {
  /** null = none, or what the host's `seatLimit` hook answers. @default null */
  readonly limit: number | null;
  /**
   * What becomes of a user who is created or activated when all seats are taken. `refuse`: the request is answered
   * 403. `waitlist`: it is accepted, and the app is told of the user once a seat is free, in order of arrival.
   * `allow`: the app is told, with an event `seats.exceeded`. @default 'refuse'
   */
  readonly onFull: 'refuse' | 'waitlist' | 'allow';
}

/** What is chosen of a {@link ConnectionPolicy}; the rest keeps its default. */
export type ConnectionPolicyOptions = {
  readonly [K in keyof Omit<ConnectionPolicy, 'roles' | 'isDraft'>]?:
    | Exclude<ConnectionPolicy[K], 'catchingUp'>
    | undefined;
};

/** In bytes. A single user with a photo needs more than the least of it. */
export const maxRequestSize = z.number().int().min(1024).nullable();

/** Checks what is chosen of a policy. */
export const policySchema: z.ZodType<ConnectionPolicyOptions> = z.strictObject({
  deprovision: z.enum(['soft', 'hard']).optional(),
  idempotentCreate: z.literal('externalId').nullable().optional(),
  effects: z.enum(['apply', 'dryRun']).optional(),
  link: z.enum(['createOnly', 'ask']).optional(),
  maxRequestSize: maxRequestSize.optional(),
  seats: z
    .strictObject({
      limit: z.number().int().min(0).max(10_000_000).nullable().default(null),
      onFull: z.enum(['refuse', 'waitlist', 'allow']).default('refuse'),
    })
    .optional(),
  groups: z.enum(['ignore', 'sync']).optional(),
});

export const DEFAULT_POLICY: ConnectionPolicy = Object.freeze({
  deprovision: 'soft',
  idempotentCreate: null,
  effects: 'apply',
  link: 'createOnly',
  seats: Object.freeze({ limit: null, onFull: 'refuse' }),
  groups: 'sync',
  roles: 'ignore',
  maxRequestSize: null,
  isDraft: false,
});

/** How a connection keeps a policy of which nothing was chosen. */
export const NOTHING_CHOSEN = '{}';

/**
 * Whether a connection's writes come one after the other from their start: what they are judged by is in other rows
 * than the one they write. Asked for first of all, or two of them would wait for each other.
 */
export function isInTurn({ idempotentCreate, seats }: ConnectionPolicy): boolean {
  return idempotentCreate !== null || seats.limit !== null || seats.onFull === 'waitlist';
}

/** Adds choices to those a connection keeps. */
export function withChoices(
  text: string,
  choices: { readonly [K in keyof ConnectionPolicy]?: ConnectionPolicy[K] | undefined },
): string {
  return JSON.stringify({ ...JSON.parse(text), ...choices });
}

/** The policy in force, of what a connection keeps. It was checked before it was kept. */
export function parsePolicy(text: string): ConnectionPolicy {
  if (text === NOTHING_CHOSEN) return DEFAULT_POLICY;
  return { ...DEFAULT_POLICY, ...(JSON.parse(text) as ConnectionPolicyOptions) } as ConnectionPolicy;
}
