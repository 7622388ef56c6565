import { FREEDOMS, type Freedom } from './freedom.ts';
import { type AllowLeniency, LENIENCIES, type Leniency } from './leniency.ts';

/**
 * How a connection's requests are read: `compat` with every vendor tolerance, `strict` by the letter of
 * RFC 7643 and RFC 7644, `interop` by the narrower rules of the SCIM interoperability profile
 * (draft-zollner-scim-interop-profile).
 */
export type ProfileName = 'compat' | 'strict' | 'interop';

export const PROFILE_NAMES = ['compat', 'strict', 'interop'] as const satisfies readonly ProfileName[];

/** What a profile is made of: the code asks for each leniency and each freedom by its name. */
interface ProfileRules {
  readonly leniencies: ReadonlySet<Leniency | Freedom>;
  readonly freedoms: ReadonlySet<Leniency | Freedom>;
  /** What `/ServiceProviderConfig` says of the server. */
  readonly interopProfileConformant: boolean;
}

// Object.keys forgets the names it was given.
const ALL_LENIENCIES = new Set(Object.keys(LENIENCIES) as Leniency[]);
const ALL_FREEDOMS = new Set(Object.keys(FREEDOMS) as Freedom[]);
const NONE: ReadonlySet<never> = new Set();

/** Each profile takes something from the one above it. */
export const PROFILES: Readonly<Record<ProfileName, ProfileRules>> = Object.freeze({
  compat: Object.freeze({
    leniencies: ALL_LENIENCIES,
    freedoms: ALL_FREEDOMS,
    interopProfileConformant: false,
  }),
  strict: Object.freeze({ leniencies: NONE, freedoms: ALL_FREEDOMS, interopProfileConformant: false }),
  interop: Object.freeze({ leniencies: NONE, freedoms: NONE, interopProfileConformant: true }),
});

/** One request's reading of a profile. */
export interface Profile {
  readonly name: ProfileName;
  readonly interopProfileConformant: boolean;
  readonly allow: AllowLeniency;
  /** The tolerances the request needed. */
  readonly used: ReadonlySet<Leniency>;
}

/** Begins the reading of one request. */
export function createProfile(name: ProfileName): Profile {
  const { leniencies, freedoms, interopProfileConformant } = PROFILES[name];
  const used = new Set<Leniency>();
  return {
    name,
    interopProfileConformant,
    used,
    allow(asked) {
      if (isFreedom(asked)) return freedoms.has(asked);
      if (!leniencies.has(asked)) return false;
      used.add(asked);
      return true;
    },
  };
}

function isFreedom(asked: Leniency | Freedom): asked is Freedom {
  return Object.hasOwn(FREEDOMS, asked);
}
