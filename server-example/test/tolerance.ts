import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { stepSchema } from './exchange.ts';

const toleranceSchema = z.strictObject({
  tolerance: z.string().regex(/^T\d+$/),
  title: z.string(),
  /** Where the forms of the requests are documented or were seen. */
  sources: z.array(z.string()).min(1),
  provider: z.string(),
  /** Sent with every request. */
  headers: z.record(z.string(), z.string()),
  rateLimits: z.enum(['on', 'off']).default('off'),
  /** What comes first, by the letter of the RFCs. */
  given: z.array(stepSchema).default([]),
  /**
   * The exchange. On a strict connection those of its steps are played that say in `strict` what comes of them;
   * without any, a strict connection answers the whole exchange in the same way, since it keeps to the RFCs.
   */
  steps: z.array(stepSchema).min(1),
  /** How many of the requests needed each leniency; all that were needed are named. */
  leniencies: z.record(z.string(), z.int().positive()).default({}),
});

/** A recorded exchange that shows one tolerance of the dialects in every form it has. */
export type Tolerance = z.infer<typeof toleranceSchema>;

const folder = new URL('./exchanges/tolerances/', import.meta.url);

/** All of them, by number. */
export function readTolerances(): readonly Tolerance[] {
  return readdirSync(folder)
    .sort()
    .map((file) => toleranceSchema.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))));
}

/** Whether the `strict` profile refuses what is tolerated. */
export function isRefusedByStrict({ steps }: Tolerance): boolean {
  return steps.some(({ strict }) => strict !== undefined);
}
