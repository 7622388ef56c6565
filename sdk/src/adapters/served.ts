import type { ScimRequest, ScimResponse } from '../http/message.ts';

/** What adapters serve: the object of `createScim`, or of its `setupApi`. */
export interface Served {
  /** The public base URL, where it does not follow from the request. */
  readonly endpointUrl?: string | undefined;
  /** Never rejects. */
  handle(request: ScimRequest): Promise<ScimResponse>;
}
