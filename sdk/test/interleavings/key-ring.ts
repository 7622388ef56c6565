/** A key somebody was given, and what is known for certain of its end. Moments are numbers that only grow. */
export interface KnownKey {
  readonly text: string;
  readonly kind: 'standard' | 'temporary';
  readonly keyId: string | undefined;
  /** From this time on it is dead by itself, milliseconds since the epoch. */
  readonly endsAt: number;
  /** From this time on it is dead because it was replaced; a further rotation may put that off. */
  retiresAt: number;
  /** The answer that said that it is dead. */
  deadSince: number;
  /** The first act that may have ended it. */
  mayBeDeadSince: number;
  underWay: number;
}

/** A rotation that was answered. */
interface Rotation {
  readonly replaced: readonly KnownKey[];
  readonly answered: number;
  /** Of the keys there were, those that went on. */
  readonly survivors: Set<KnownKey>;
}

/** A request and its key. */
export interface KeyUse {
  readonly key: KnownKey;
  readonly sent: number;
  readonly sentAt: number;
  /** Whether another request used the key meanwhile. */
  isContested: boolean;
}

/** The keys of one connection, and what the product's documents promise of them (I8). */
export interface KeyRing {
  readonly keys: readonly KnownKey[];
  /** What was found to break the promise. */
  readonly faults: readonly string[];
  add(key: Pick<KnownKey, 'text' | 'kind' | 'keyId'> & { readonly endsAt?: number }): KnownKey;
  /** An act that replaces keys is about to be sent. */
  beginReplacing(): Replacing;
  /** A temporary key is about to be revoked. */
  beginRevoking(key: KnownKey): { readonly revoked: () => void };
  /** The connection is about to be paused, or resumed. */
  beginChangingStatus(kind: 'pause' | 'resume'): { readonly changed: () => void };
  beginUse(key: KnownKey): KeyUse;
  /** A request was answered. */
  endUse(use: KeyUse, outcome: 'let in' | 'refused' | 'unknown'): void;
}

export interface Replacing {
  /** The act was answered: a new key, beside which an old one goes on for so long; 0 = none does. */
  replaced(added: { readonly text: string; readonly endsAt?: number }, overlapSeconds: number): void;
  /** It was not answered, or nothing was changed. */
  over(): void;
}

/** A second is the unit of all ends. */
const SECOND = 1000;

export function createKeyRing(clock: () => number): KeyRing {
  const keys: KnownKey[] = [];
  const faults: string[] = [];
  const rotations: Rotation[] = [];
  const uses = new Set<KeyUse>();
  const status = createStatus();
  let moment = 0;
  let actsSent = 0;
  let actsUnderWay = 0;
  /** What the first use of a key ends, as long as nothing else was asked for. */
  const replacedBy = new Map<KnownKey, { readonly replaced: readonly KnownKey[]; readonly act: number }>();

  const end = (key: KnownKey, since: number) => {
    key.deadSince = Math.min(key.deadSince, since);
  };

  function add({
    text,
    kind,
    keyId,
    endsAt = Number.POSITIVE_INFINITY,
  }: Parameters<KeyRing['add']>[0]): KnownKey {
    const key: KnownKey = {
      text,
      kind,
      keyId,
      endsAt,
      retiresAt: Number.POSITIVE_INFINITY,
      deadSince: Number.POSITIVE_INFINITY,
      mayBeDeadSince: Number.POSITIVE_INFINITY,
      underWay: 0,
    };
    keys.push(key);
    return key;
  }

  function judgeEntry({ key, sent, sentAt, isContested }: KeyUse): void {
    if (sent > key.deadSince) faults.push('I8: let in by a key whose end had been answered before');
    if (sentAt >= Math.min(key.endsAt, key.retiresAt)) faults.push('I8: let in by a key whose time was over');
    if (status.isPausedSince(sent)) faults.push('I8: let in though the connection had been paused before');
    for (const { replaced, answered, survivors } of rotations) {
      if (sent < answered || !replaced.includes(key)) continue;
      survivors.add(key);
      if (survivors.size > 1) faults.push('I8: a rotation left two of the old keys alive');
    }
    const own = replacedBy.get(key);
    if (own !== undefined && !isContested && own.act === actsSent)
      for (const old of own.replaced) end(old, moment);
  }

  return {
    keys,
    faults,
    add,
    beginReplacing() {
      moment += 1;
      actsSent += 1;
      actsUnderWay += 1;
      const act = actsSent;
      const isAlone = actsUnderWay === 1;
      const existing = keys.filter(({ kind }) => kind === 'standard');
      for (const key of existing) {
        key.mayBeDeadSince = Math.min(key.mayBeDeadSince, moment);
        key.retiresAt = Number.POSITIVE_INFINITY;
      }
      return {
        replaced({ text, endsAt }, overlapSeconds) {
          moment += 1;
          const added = add({ text, kind: 'standard', keyId: undefined, ...(endsAt && { endsAt }) });
          // Of acts at once each may have come behind the other, whichever was answered first.
          if (!isAlone || actsSent !== act) added.mayBeDeadSince = 0;
          if (overlapSeconds === 0) {
            for (const key of existing) end(key, moment);
            return;
          }
          rotations.push({ replaced: existing, answered: moment, survivors: new Set() });
          if (!isAlone || actsSent !== act) return;
          for (const key of existing) key.retiresAt = clock() + (overlapSeconds + 1) * SECOND;
          replacedBy.set(added, { replaced: existing, act });
        },
        over() {
          actsUnderWay -= 1;
        },
      };
    },
    beginRevoking(key) {
      moment += 1;
      key.mayBeDeadSince = Math.min(key.mayBeDeadSince, moment);
      return {
        revoked() {
          moment += 1;
          end(key, moment);
        },
      };
    },
    beginChangingStatus(kind) {
      moment += 1;
      const change = status.begin(kind);
      return {
        changed() {
          moment += 1;
          change.changed(moment);
        },
      };
    },
    beginUse(key) {
      moment += 1;
      key.underWay += 1;
      const use = { key, sent: moment, sentAt: clock(), isContested: key.underWay > 1 };
      for (const other of uses) if (other.key === key) other.isContested = true;
      uses.add(use);
      return use;
    },
    endUse(use, outcome) {
      moment += 1;
      use.key.underWay -= 1;
      uses.delete(use);
      // What became of it may still come about.
      if (outcome === 'unknown') use.key.underWay += 1;
      if (outcome === 'let in') judgeEntry(use);
      const mayBeDead =
        status.mayHaveBeenPausedSince(use.sent) ||
        use.key.mayBeDeadSince <= moment ||
        clock() >= use.key.endsAt;
      if (outcome === 'refused' && !mayBeDead) faults.push('a key was refused that nothing had ended');
    },
  };
}

/** Whether a connection is paused, as far as anybody can know who waits for answers. */
function createStatus() {
  let sent = 0;
  let underWay = 0;
  /** Since this answer it is paused, until a resumption is sent. */
  let pausedSince = Number.POSITIVE_INFINITY;
  /** Until this answer it may have been. */
  let mayBePausedUntil = Number.NEGATIVE_INFINITY;
  return {
    begin(kind: 'pause' | 'resume') {
      sent += 1;
      underWay += 1;
      const own = sent;
      const isAlone = underWay === 1;
      if (kind === 'pause') mayBePausedUntil = Number.POSITIVE_INFINITY;
      else pausedSince = Number.POSITIVE_INFINITY;
      return {
        changed(moment: number) {
          underWay -= 1;
          // Of two at once nobody knows which was the last.
          if (!isAlone || own !== sent) return;
          if (kind === 'pause') pausedSince = moment;
          else mayBePausedUntil = moment;
        },
      };
    },
    isPausedSince: (moment: number) => pausedSince < moment,
    mayHaveBeenPausedSince: (moment: number) => mayBePausedUntil > moment,
  };
}
