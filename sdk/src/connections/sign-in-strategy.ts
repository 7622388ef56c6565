import type { Json, JsonObject } from '../protocol/json.ts';

/**
 * How the person who signs in is found among the users of the directory: which claim of the sign-in is compared with
 * which attribute. Take what the customer's identity provider sends in both; `OidcSubToScimExternalId` where it can
 * be had, since neither is ever given to another person.
 *
 * - `OidcSubToScimUsername`: `sub` with `userName`.
 * - `OidcSubToScimExternalId`: `sub` with `externalId`, compared exactly.
 * - `OidcEmailToScimUsername`: `email` with `userName`.
 * - `OidcEmailUsernameToScimUsername`: what stands before the `@` of `email` with `userName`.
 * - `OidcPreferredUsernameToScimUsername`: `preferred_username` with `userName`.
 */
export type SignInStrategy = (typeof SIGN_IN_STRATEGIES)[number];

export const SIGN_IN_STRATEGIES = [
  'OidcSubToScimUsername',
  'OidcSubToScimExternalId',
  'OidcEmailToScimUsername',
  'OidcEmailUsernameToScimUsername',
  'OidcPreferredUsernameToScimUsername',
] as const;

/** What the identity provider says of the person, verified by whoever asks. Of SAML: `sub` is the NameID. */
export interface SignInClaims {
  readonly sub?: string | undefined;
  readonly email?: string | undefined;
  /** `false`: the address names nobody, and finds nobody. */
  readonly email_verified?: boolean | undefined;
  readonly preferred_username?: string | undefined;
}

/** An attribute of SCIM users and the value it is to have. */
export interface Subject {
  readonly path: 'userName' | 'externalId';
  readonly value: string;
}

/** Why the claims name nobody. */
export type UnusableClaims = 'claimMissing' | 'emailNotVerified';

/** Whom the claims name, by a strategy. */
export function readSubject(strategy: SignInStrategy, claims: SignInClaims): Subject | UnusableClaims {
  switch (strategy) {
    case 'OidcSubToScimUsername':
      return toSubject('userName', claims.sub);
    case 'OidcSubToScimExternalId':
      return toSubject('externalId', claims.sub);
    case 'OidcPreferredUsernameToScimUsername':
      return toSubject('userName', claims.preferred_username);
    case 'OidcEmailToScimUsername':
      return claims.email_verified === false ? 'emailNotVerified' : toSubject('userName', claims.email);
    case 'OidcEmailUsernameToScimUsername':
      return claims.email_verified === false
        ? 'emailNotVerified'
        : toSubject('userName', readLocalPart(claims.email));
  }
}

/** The `sub` that names a SCIM user, by a strategy; null = the strategy does not go by `sub`, or there is none. */
export function findSubject(strategy: SignInStrategy, attributes: JsonObject): string | null {
  const subjects: Partial<Record<SignInStrategy, Json | undefined>> = {
    OidcSubToScimUsername: attributes.userName,
    OidcSubToScimExternalId: attributes.externalId,
  };
  const subject = subjects[strategy];
  return typeof subject === 'string' ? subject : null;
}

function toSubject(path: Subject['path'], value: string | undefined): Subject | UnusableClaims {
  return value === undefined || value === '' ? 'claimMissing' : { path, value };
}

/** What stands before the last `@`. */
function readLocalPart(email: string | undefined): string | undefined {
  const at = email?.lastIndexOf('@') ?? -1;
  return at > 0 ? email?.slice(0, at) : undefined;
}
