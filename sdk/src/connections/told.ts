import { ScimError } from '../protocol/errors.ts';
import type { TellFailure } from '../provisioning/tell-untold.ts';

/** A resource the app could not be told of. Nothing was changed for it. */
export interface NotTold {
  readonly resourceType: string;
  readonly resourceId: string;
  /** What a hook's refusal says; of any other error nothing but that it was one: the log has the whole. */
  readonly message: string;
}

/** What may be said of a failure to whoever reads the report. */
export function toNotTold({ resourceType, resourceId, cause }: TellFailure): NotTold {
  const message = cause instanceof ScimError ? cause.message : 'The app failed. Its log says why.';
  return { resourceType, resourceId, message };
}
