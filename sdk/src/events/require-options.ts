import type { z } from 'zod';

/**
 * Checks what the calling code gives.
 *
 * @throws TypeError naming the method and the parameter at fault.
 */
export function requireOptions<T>(method: string, schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  const where =
    path === '' ? (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'parameters') : path;
  throw new TypeError(`${method}: ${where}: ${issue?.message ?? 'is not valid'}.`);
}
