import { z } from 'zod';
import { renewEpoch } from '../events/epoch.ts';
import { type ManagementResult, Success } from '../result.ts';
import { createAuditRecord } from './audit.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { requireParameters } from './parameters.ts';
import { BASE36, createRandomText } from './random-text.ts';

/** What {@link noteRestore} takes. */
export interface NoteRestoreParameters {
  /** Who asked for it, for the audit. @default null */
  readonly actor?: string | null | undefined;
}

/** What a restored backup changes. */
export interface RestoreNoted {
  /** Connections whose versions and cursors are others now. */
  readonly connections: number;
}

const noteSchema = z.strictObject({ actor: z.string().min(1).max(255).nullable().optional() });

/** Connections read at once. */
const IN_PART = 200;

/**
 * After an older backup was restored, versions and positions are given out a second time, for other states and other
 * events. From here on those of before are known to be none of this data: `If-Match` with one is answered 412, and a
 * cursor with `ResyncRequired`.
 */
export async function noteRestore(
  options: ManagementOptions,
  parameters: NoteRestoreParameters,
): Promise<ManagementResult<RestoreNoted, never>> {
  const { actor = null } = requireParameters(noteSchema, parameters);
  const { store, random } = options;
  await renewEpoch(store);
  const epoch = createRandomText({ alphabet: BASE36, length: 8, random });
  let count = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const from: string = after;
    const found = await store.changeConnections(async (tx) => {
      const part = await tx.list({ after: from, limit: IN_PART });
      for (const connection of part) {
        await tx.setEpoch(connection.connectionId, epoch);
        const subject = { connection, now: readNow(options), random };
        const act = { action: 'store.restored', actor, detail: {} } as const;
        await tx.appendAudit(createAuditRecord(subject, act));
      }
      return part;
    });
    count += found.length;
    after = found.length < IN_PART ? undefined : found.at(-1)?.connectionId;
  }
  return new Success({ connections: count });
}
