import { z } from 'zod';
import { SetupError } from './setup-error.ts';

/** Reads a query by a schema of texts. @throws SetupError 422 */
export function readQuery<T>(schema: z.ZodType<T>, query: URLSearchParams): T {
  return readFields(schema, Object.fromEntries(query));
}

/** Reads fields by a schema. @throws SetupError 422 */
export function readFields<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new SetupError(422, 'invalid_fields', problems.join(' '));
}

/** `page` counts from 0. */
export const pageQuery = {
  page: z.coerce.number().int().min(0).max(1_000_000).default(0),
  size: z.coerce.number().int().min(1).max(200).default(50),
};

export const searchQuery = z.string().trim().max(200).optional();
