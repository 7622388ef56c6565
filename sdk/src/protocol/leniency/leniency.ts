import type { Freedom } from './freedom.ts';

/**
 * The vendor tolerances of the `compat` profile. Each has a name, and what is known of who needs it.
 * `T…` are the numbers of the project's list of identity provider dialects.
 *
 * The other numbers of that list need no leniency: what they ask for keeps to the RFCs, or is left to the server
 * by them, so every profile does it and nothing is counted.
 *
 * - T6, T7, T8, T9: absent members removed, present ones added, all replaced by none, those not mentioned
 *   (RFC 7644 §3.5.2, §3.5.1).
 * - T14, T15: media types and spellings of the URL, which the RFCs leave to HTTP and to RFC 3986.
 * - T16, T17, T18, T19: names and operators without case, `caseExact`, an empty list, 404 (RFC 7644 §3.4).
 * - T20, T21, T27: an inactive user is a user; what PUT leaves out may keep its value; read-only values are
 *   ignored (RFC 7643 §4.1.1, RFC 7644 §3.5.1, §3.3).
 * - T22, T33: externalId is not unique; what else is, is the server's choice (RFC 7643 §3.1, §7).
 * - T23, T24, T25, T28: projection, paging, 429, and whole changes (RFC 7644 §3.9, §3.4.2.4; RFC 6585; RFC 7644 §3.5.2).
 */
export const LENIENCIES = {
  'op-case': 'T1: Entra ID sends "Add", "Replace", "Remove" (its documented default).',
  'boolean-as-string':
    'T2: Entra ID sends "True"/"False", OneLogin templates and a Keycloak plugin "true"/"false".',
  'path-as-key':
    'T3: Entra ID with its flag names name.givenName and urn:…:User:employeeNumber in a value without path.',
  'read-only-in-value': 'T4: Okta renames a group with its id in the value; authentik sends the whole group.',
  'remove-with-value': 'T5: Entra ID names the members to remove in `value`, with the plain path `members`.',
  'create-by-filter': 'T10: Entra ID adds emails[type eq "work"].value to a user who has no work e-mail.',
  'value-for-complex': 'T11, T31: Entra ID sets manager to a bare id, and filters on it as one.',
  'list-for-single': 'T11: Entra ID documents manager as a list of one.',
  'empty-reference': 'T11: Entra ID clears manager with an empty id.',
  'single-for-list': 'Simple clients send one value where the schema has a list.',
  'unknown-attribute':
    'T12: Entra ID sends department and other attributes at the root; T26: Okta sends a password; T30: members with a displayName.',
  'unknown-schema': 'T13: Google and OneLogin send SCIM 1.x URNs, Entra ID an ADSCIM URN and a mistyped one.',
  'schema-unlisted': 'T13: clients send the enterprise extension without naming it in `schemas`.',
  'schemas-missing': 'T13, T29: simple clients leave `schemas` out.',
  'enterprise-at-root': 'T31: Entra ID and OneLogin name manager without its extension.',
  'unknown-in-filter': 'PingOne filters on `email`, which no schema has: nobody matches.',
  'unknown-path': 'T32: Entra ID patches attributes of extensions this server does not have.',
  'reference-dropped':
    'What is no URI is not kept, nor one to another place than https:, which would end up in pages as a link or an image.',
} as const;

export type Leniency = keyof typeof LENIENCIES;

/** Decides whether a tolerance, or a freedom of the RFCs, may be used, and hears that a tolerance was. */
export type AllowLeniency = (asked: Leniency | Freedom) => boolean;

/** Everything, uncounted: for what no client sent. */
export const allowAll: AllowLeniency = () => true;
