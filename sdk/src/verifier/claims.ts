/** What a server says it can do, read from its discovery endpoints or found out by asking. */
export interface Claims {
  /** False: the server does not answer `/ServiceProviderConfig` properly, so the usual minimum is assumed. */
  readonly serviceProviderConfig: boolean;
  readonly resourceTypes: boolean;
  readonly schemas: boolean;
  readonly users: boolean;
  readonly groups: boolean;
  readonly enterprise: boolean;
  readonly patch: boolean;
  readonly filter: boolean;
  readonly sort: boolean;
  readonly etag: boolean;
  readonly bulk: boolean;
  readonly cursor: boolean;
  readonly me: boolean;
  readonly search: boolean;
  readonly rootSearch: boolean;
  readonly interop: boolean;
  /** False where the interop profile is claimed: there a resource is changed with PATCH alone. */
  readonly put: boolean;
  /** Whether values beside canonicalValues are taken. False where the interop profile is claimed. */
  readonly otherValues: boolean;
  /** The most resources one page has; null = not said. */
  readonly maxResults: number | null;
  readonly maxOperations: number | null;
  readonly maxPayloadSize: number | null;
}

/** Something a check needs the server to have: a feature, an attribute such as `User.title`, a type of attribute. */
export type Need =
  | Exclude<keyof Claims, 'maxResults' | 'maxOperations' | 'maxPayloadSize'>
  | `User.${string}`
  | `Group.${string}`
  /** A writable attribute of a type, in any schema. */
  | 'type.integer'
  | 'type.decimal';
