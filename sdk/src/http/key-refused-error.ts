import type { NotAuthenticated } from '../connections/authenticate.ts';
import { ScimError } from '../protocol/errors.ts';

/** 401, with what the client is not told: which key it was, and what is wrong with it. */
export class KeyRefusedError extends ScimError {
  readonly outcome: NotAuthenticated;

  constructor(
    outcome: NotAuthenticated,
    detail: string,
    options: { readonly headers: Readonly<Record<string, string>> },
  ) {
    super(401, detail, options);
    this.outcome = outcome;
  }
}
