import type { ScimRequest } from '../http/message.ts';
import { SetupError } from './setup-error.ts';

/**
 * Keeps other sites from acting with an administrator's cookies. What may change something must come from the app's
 * own pages, as browsers tell by `Sec-Fetch-Site` and `Origin`, which no page can set. No special header is needed,
 * so a plain `fetch` works.
 *
 * @param origins further origins whose pages may ask, such as that of a front end on another host
 * @throws SetupError 403
 */
export function requireOwnOrigin(
  { method, header, baseUrl }: Pick<ScimRequest, 'method' | 'header' | 'baseUrl'>,
  origins: ReadonlySet<string>,
): void {
  if (method === 'GET' || method === 'HEAD') return;
  if (header('sec-fetch-site') === 'same-origin') return;
  const origin = header('origin');
  if (origin !== null && (origins.has(origin) || origin === new URL(baseUrl).origin)) return;
  throw new SetupError(
    403,
    'cross_site_request',
    "This request did not come from the app's own pages. Where they are on another host, name it in `origins`.",
  );
}
