import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Security headers for every answer. Scripts come from our own files only; styles may be inline, because dialogs
 * position themselves with them. Nobody may frame these pages: one of them shows a key.
 *
 * @param https whether the app is reached over https; only then are browsers told to insist on it
 */
export function securityHeaders(https: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: https,
  });
}

/** Answers that depend on who asks, or show a key, are kept by nobody. */
export const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};
