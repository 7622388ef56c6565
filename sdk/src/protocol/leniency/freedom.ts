/**
 * What RFC 7643 and RFC 7644 leave to the client or the server, and the `interop` profile does not. Using one
 * is no deviation, so unlike a leniency it is not counted.
 */
export const FREEDOMS = {
  put: 'RFC 7644 §3.5.1: a resource is replaced with PUT. The interop profile changes it with PATCH alone.',
  'entity-tags': 'RFC 7644 §3.14: ETag and meta.version.',
  'other-value': 'RFC 7643 §7: canonicalValues are suggestions, other values are taken too.',
  'patch-without-path': 'RFC 7644 §3.5.2: an operation without a path, its value naming the attributes.',
  'filter-without-part': 'RFC 7644 §3.5.2: emails[type eq "work"] sets values as a whole.',
  'merge-on-replace': 'RFC 7644 §3.5.2.3: replace of a complex value keeps the parts it does not name.',
} as const;

export type Freedom = keyof typeof FREEDOMS;
