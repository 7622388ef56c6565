import type { ErrorRequestHandler, RequestHandler } from 'express';
import { z } from 'zod';

/** A failure with a text for the person who sees it. Answered as `{ error: { code, message } }`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Where errors nobody expected are reported. */
export interface ErrorLog {
  error(message: string, details?: object): void;
}

/** Answers paths below `/api` that no route has. */
export const apiNotFound: RequestHandler = () => {
  throw new ApiError(404, 'not_found', 'There is nothing at this address.');
};

/**
 * Turns whatever a route threw into an answer. Only an {@link ApiError} and the body parser's own errors speak to
 * the client; anything else is logged whole and answered by an opaque 500.
 */
export function createErrorHandler(log: ErrorLog): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const known = error instanceof ApiError ? error : fromBodyParser(error);
    if (!known) log.error('A request failed unexpectedly.', { error });
    const { status, code, message } = known ?? unexpected;
    response.status(status).json({ error: { code, message } });
  };
}

const unexpected = new ApiError(
  500,
  'unexpected',
  'Something went wrong on our side. Try again in a moment.',
);

const bodyParserErrorSchema = z.object({ type: z.string(), status: z.number().min(400).max(499) });

const bodyParserMessages: Readonly<Record<string, string>> = {
  'entity.parse.failed': 'The request body is not valid JSON.',
  'entity.too.large': 'The request body is too large.',
};

function fromBodyParser(error: unknown): ApiError | undefined {
  const { success, data } = bodyParserErrorSchema.safeParse(error);
  if (!success) return undefined;
  return new ApiError(
    data.status,
    'invalid_body',
    bodyParserMessages[data.type] ?? 'The request body cannot be read.',
  );
}
