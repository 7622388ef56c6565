import fc from 'fast-check';

/** A request of an identity provider. */
export interface Deed {
  readonly kind: 'create' | 'patch' | 'deactivate' | 'delete' | 'group' | 'members';
  /** Which process it is sent to. */
  readonly slot: number;
  /** 0 = the newest key that is known, 1 = the one before it. */
  readonly keyAge: number;
  /** Which resource, of those that are known. */
  readonly pick: number;
  readonly afterMs: number;
}

export type KeyActKind =
  | 'reset'
  | 'rotate'
  | 'reset to expire'
  | 'temporary'
  | 'revoke temporary'
  | 'pause'
  | 'resume';

/** An administrator's act about keys. */
export interface KeyAct {
  readonly kind: KeyActKind;
  readonly slot: number;
  readonly customer: number;
  /** Overlap of a rotation, or life of a key that is to expire. */
  readonly seconds: number;
  readonly afterMs: number;
}

/** What happens to a process. */
export interface Mishap {
  readonly kind: 'pause' | 'crash';
  /** What it is about to do then; undefined = whatever it is. */
  readonly at: string | undefined;
  readonly slot: number;
  readonly afterMs: number;
  readonly lastsMs: number;
}

/** What the handler does with an event: in turn, and then only what is right. */
export type Mood = 'deals' | 'fails' | 'is slow' | 'hangs';

export interface Plan {
  /** Each one's requests go one after the other. */
  readonly clients: readonly { readonly customer: number; readonly deeds: readonly Deed[] }[];
  readonly admins: readonly (readonly KeyAct[])[];
  readonly mishaps: readonly Mishap[];
  readonly moods: readonly Mood[];
  /** Of how many connections a process tells a consumer at the same time. */
  readonly maxConnections: number;
}

/** Processes at a time, customers. */
export const SLOTS = 2;
export const CUSTOMERS = 2;
/** How long the right to deliver lasts without news, and how long a handler may take. */
export const LEASE_SECONDS = 1;
export const TIMEOUT_SECONDS = 0.7;

const slot = fc.nat({ max: SLOTS - 1 });
const customer = fc.nat({ max: CUSTOMERS - 1 });
const afterMs = fc.nat({ max: 900 });

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom('create', 'patch', 'patch', 'deactivate', 'delete', 'group', 'members'),
  slot,
  keyAge: fc.constantFrom(0, 0, 0, 1, 1, 2),
  pick: fc.nat({ max: 7 }),
  afterMs,
});

const keyAct: fc.Arbitrary<KeyAct> = fc.record({
  kind: fc.constantFrom<KeyActKind[]>(
    'reset',
    'rotate',
    'rotate',
    'reset to expire',
    'temporary',
    'revoke temporary',
    'pause',
    'resume',
    'resume',
  ),
  slot,
  customer,
  seconds: fc.integer({ min: 1, max: 3 }),
  afterMs,
});

const mishap: fc.Arbitrary<Mishap> = fc.record({
  kind: fc.constantFrom('pause', 'pause', 'crash'),
  at: fc.constantFrom(
    undefined,
    'deliveries.settle',
    'deliveries.settle',
    'deliveries.claim',
    'deliveries.claim answered',
    'handler',
    'connections.findKey answered',
    'changeResources',
    'changeResources answered',
    'changeConnections answered',
  ),
  slot,
  afterMs: fc.nat({ max: 2_500 }),
  lastsMs: fc.integer({ min: 300, max: 3_500 }),
});

const client = fc.record({ customer, deeds: fc.array(deed, { minLength: 1, maxLength: 4 }) });

export const plans: fc.Arbitrary<Plan> = fc.record({
  clients: fc.array(client, { minLength: 1, maxLength: 3 }),
  admins: fc.array(fc.array(keyAct, { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
  mishaps: fc.array(mishap, { maxLength: 2 }),
  moods: fc.array(fc.constantFrom<Mood>('deals', 'deals', 'deals', 'fails', 'is slow', 'hangs'), {
    maxLength: 6,
  }),
  maxConnections: fc.constantFrom(1, 16),
});
