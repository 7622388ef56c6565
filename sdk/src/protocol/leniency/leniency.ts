import type { Freedom } from './freedom.ts';

/**
 * The vendor tolerances of the `compat` profile. Each has a name, and what is known of who needs it.
 * `T…` are the numbers of the project's list of identity provider dialects.
 */
export const LENIENCIES = {
  'op-case': 'T1: Entra ID sends "Add", "Replace", "Remove" (its documented default).',
  'boolean-as-string':
    'T2: Entra ID sends "True"/"False", OneLogin templates and a Keycloak plugin "true"/"false".',
  'read-only-in-value': 'T4: Okta renames a group with its id in the value; authentik sends the whole group.',
  'remove-with-value': 'T5: Entra ID names the members to remove in `value`, with the plain path `members`.',
  'create-by-filter': 'T10: Entra ID adds emails[type eq "work"].value to a user who has no work e-mail.',
  'value-for-complex': 'T11: Entra ID sets manager to a bare id.',
  'list-for-single': 'T11: Entra ID documents manager as a list of one.',
  'single-for-list': 'Simple clients send one value where the schema has a list.',
  'unknown-attribute': 'T12: Entra ID sends department and other attributes at the root.',
  'unknown-schema': 'T13: Google and OneLogin send SCIM 1.x URNs, Entra ID an ADSCIM URN and a mistyped one.',
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
