import type { AllowLeniency, Leniency } from './leniency.ts';

/**
 * How a connection's requests are read: `compat` with every vendor tolerance, `strict` by the letter of
 * RFC 7643 and RFC 7644.
 */
export type ProfileName = 'compat' | 'strict';

export const PROFILE_NAMES = ['compat', 'strict'] as const satisfies readonly ProfileName[];

/** One request's reading of a profile. */
export interface Profile {
  readonly name: ProfileName;
  readonly allow: AllowLeniency;
  /** The tolerances the request needed. */
  readonly used: ReadonlySet<Leniency>;
}

/** Begins the reading of one request. */
export function createProfile(name: ProfileName): Profile {
  const used = new Set<Leniency>();
  return {
    name,
    used,
    allow(leniency) {
      if (name === 'strict') return false;
      used.add(leniency);
      return true;
    },
  };
}
