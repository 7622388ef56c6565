import type { ScimManagement } from '../connections/management.ts';
import type { SetupAct, SetupActor } from './authorize.ts';
import { toSetupError } from './setup-error.ts';

/** A request whose sender is known. */
export interface SetupContext {
  readonly management: ScimManagement;
  readonly actor: SetupActor;
  /** The actor's connection; nothing of another customer can be selected by it. */
  readonly selector: { readonly customerId: string; readonly scimConnectionId?: string };
  /** What stands in the path for `:id`. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Names of the host's people by their ids; those it does not know are left out. */
  nameOf(ids: readonly string[]): Promise<Readonly<Record<string, string>>>;
}

/** One thing an administrator can ask for. */
export interface SetupRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the mount, such as `/users/:id`; '' is the mount itself. */
  readonly path: string;
  readonly act: SetupAct;
  /** @default 200 */
  readonly status?: number;
  run(context: SetupContext): Promise<object>;
}

type Result<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly error: { readonly type: string } };

/** The data of a result. @throws SetupError for its failure */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.data;
  throw toSetupError(result.error);
}

/** Finds the route of a request, and what stands in its path for `:id`. */
export function findRoute(
  routes: readonly SetupRoute[],
  method: string,
  path: string,
): { readonly route: SetupRoute; readonly id: string } | { readonly allowed: readonly string[] } {
  const segments = path.split('/').filter((segment) => segment !== '');
  const allowed: string[] = [];
  for (const route of routes) {
    const id = matchPath(route.path, segments);
    if (id === undefined) continue;
    if (route.method === method) return { route, id };
    allowed.push(route.method);
  }
  return { allowed };
}

function matchPath(pattern: string, segments: readonly string[]): string | undefined {
  const wanted = pattern.split('/').filter((segment) => segment !== '');
  if (wanted.length !== segments.length) return undefined;
  let id = '';
  for (const [index, segment] of wanted.entries()) {
    const given = segments[index] ?? '';
    if (segment === ':id') id = decode(given);
    else if (segment !== given) return undefined;
  }
  return id;
}

/** What is no encoding of anything names nothing. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
