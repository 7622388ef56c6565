import type { ScimType } from '../protocol/errors.ts';

/** A request as it was answered, before anything is taken out of it. */
export interface AnsweredRequest {
  readonly connectionId: string;
  /** The key it was sent with. */
  readonly keyId: string | undefined;
  /** Why that key was not accepted, such as `expired`; undefined = it was. */
  readonly keyFailure: string | undefined;
  readonly method: string;
  /** Of the path below the base URL, decoded; undefined = the path cannot be read. */
  readonly segments: readonly string[] | undefined;
  /** Without the question mark. */
  readonly query: string;
  /** undefined = there was none, or it is not kept. */
  readonly body: AnsweredBody | undefined;
  readonly status: number;
  readonly scimType: ScimType | undefined;
  /** What the client was told of a failure. */
  readonly detail: string | undefined;
  /** The resource that was made. */
  readonly createdId: string | undefined;
  /** `totalResults` of a list. */
  readonly totalResults: number | undefined;
  /** Tolerances it needed. */
  readonly leniencies: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly durationMs: number;
}

/** A body as it arrived, or why nothing of it is kept. */
export type AnsweredBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'parsed'; readonly value: unknown }
  | { readonly kind: 'large'; readonly length: number };
