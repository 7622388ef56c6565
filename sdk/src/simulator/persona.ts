import type { Request } from './message.ts';
import type { Names, Person } from './names.ts';
import type { Session } from './session.ts';

/** The identity providers that can be simulated. */
export type PersonaId =
  | 'okta'
  | 'okta-wizard'
  | 'entra'
  | 'entra-flag'
  | 'google'
  | 'onelogin'
  | 'jumpcloud'
  | 'rippling'
  | 'pingone'
  | 'cyberark'
  | 'sailpoint'
  | 'authentik'
  | 'keycloak';

/** What a step is about; decides what the administrator would see of its failure. */
export type Concern = 'connect' | 'user' | 'leaver' | 'group' | 'import';

/** One identity provider as a SCIM client. */
export interface Persona {
  readonly id: PersonaId;
  readonly name: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with every body. */
  readonly contentType: string;
  /** The media types of answers it reads. */
  readonly reads: readonly string[];
  /** What it appends to the endpoint URL as a query. */
  readonly flag?: string;
  /** True when a 429 is of no use to it without whole seconds in `Retry-After`. @default false */
  readonly needsRetryAfter?: boolean;
  readonly makeExternalId?: (names: Pick<Names, 'uuid' | 'token'>) => string;
  /** Where and how a failure shows, by what it is about. */
  readonly sees: Readonly<Record<Concern, string>>;
  /** The requests that scenarios common to all identity providers are made of. */
  readonly requests: PersonaRequests;
  /** The first is the default. */
  readonly scenarios: readonly Scenario[];
}

/** The ordinary requests of one identity provider. */
export interface PersonaRequests {
  matchUser(person: Person): Request;
  createUser(person: Person): Request;
  deactivateUser(id: string, person: Person): Request;
  /** Left out by identity providers that send no groups. */
  readonly groups?: GroupRequests;
}

/** The ordinary requests about groups. */
export interface GroupRequests {
  create(displayName: string): Request;
  /** Adds members. `all` is everyone who is in the group then, for identity providers that send the whole list. */
  addMembers(group: { readonly id: string; readonly displayName: string }, members: Addition): Request;
  /** How many members one request adds at most. */
  readonly batch: number;
}

/** Members to add. */
export interface Addition {
  readonly added: readonly string[];
  readonly all: readonly string[];
}

/** A story an identity provider plays. */
export interface Scenario {
  /** As written behind `--scenario`. */
  readonly name: string;
  /** Its sequences, such as `S1`; also accepted behind `--scenario`. */
  readonly sequences: readonly string[];
  readonly title: string;
  run(session: Session): Promise<void>;
}

/** The media types most identity providers read. */
export const SCIM_OR_JSON: readonly string[] = ['application/scim+json', 'application/json'];
