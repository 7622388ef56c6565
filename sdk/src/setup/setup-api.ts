import type { ScimManagement } from '../connections/management.ts';
import { createFetch, type FetchOptions } from '../http/fetch.ts';
import { jsonResponse, type ScimRequest, type ScimResponse } from '../http/message.ts';
import type { Logger } from '../logger.ts';
import { requireActor, type SetupAuthorize } from './authorize.ts';
import { readBody } from './read-body.ts';
import { findRoute, type SetupContext, type SetupRoute } from './route.ts';
import { listRoutes } from './routes.ts';
import { requireOwnOrigin } from './same-origin.ts';
import { SetupError } from './setup-error.ts';

/** How the host lets its administrators in. `Original` is its framework's request. */
export interface SetupApiOptions<Original = Request> {
  /**
   * Says who is asking, by your own session: `{ customerId }` for an administrator, `null` for nobody,
   * `{ refused: 'forbidden' }` for everybody else.
   */
  readonly authorize: SetupAuthorize<Original>;
  /** Names of your people by their ids, for "made by". @default ids are shown */
  readonly names?: (
    ids: readonly string[],
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Further origins whose pages may change something, such as `https://admin.example`. @default none */
  readonly origins?: readonly string[];
}

/** Everything the setup page asks for, behind one path of the app's. */
export interface SetupApi {
  /** For adapters, which give the framework's own request as `original`. Never rejects. */
  handle(request: ScimRequest): Promise<ScimResponse>;
  /** As a function of a `Request`, which `authorize` is given. Never rejects. @default mountPath '/api/setup/scim' */
  fetch(request: Request, options?: FetchOptions): Promise<Response>;
}

export interface SetupApiParts {
  readonly management: ScimManagement;
  readonly logger: Logger;
  /** Whether the app has roles to give. */
  readonly hasRoles: boolean;
}

/**
 * Makes the routes behind `ScimSetup`.
 *
 * @throws TypeError for an option at fault.
 */
export function createSetupApi<Original>(
  { management, logger, hasRoles }: SetupApiParts,
  options: SetupApiOptions<Original>,
): SetupApi {
  const { authorize, names = () => ({}) } = requireOptions(options);
  const origins = new Set(options.origins);
  const routes = listRoutes({ hasRoles });

  async function answer(request: ScimRequest): Promise<ScimResponse> {
    const found = findRoute(routes, request.method, request.path);
    if ('allowed' in found) return refuseRoute(found.allowed);
    const { route, id } = found;
    requireOwnOrigin(request, origins);
    const actor = await requireActor(authorize, request.original as Original, route.act);
    const context: SetupContext = {
      management,
      actor,
      selector: {
        customerId: actor.customerId,
        ...(actor.scimConnectionId !== undefined && { scimConnectionId: actor.scimConnectionId }),
      },
      id,
      query: new URLSearchParams(request.query),
      body: takesBody(route) ? await readBody(request) : {},
      nameOf: async (ids) => names(ids),
    };
    return toAnswer(route.status ?? 200, await route.run(context));
  }

  const handle = async (request: ScimRequest): Promise<ScimResponse> => {
    try {
      return await answer(request);
    } catch (error) {
      if (!(error instanceof SetupError)) logger.error('setupApi: a request failed.', { cause: error });
      return toErrorAnswer(error instanceof SetupError ? error : UNEXPECTED);
    }
  };
  return {
    handle,
    fetch: createFetch({ handler: handle, endpointUrl: undefined, mountPath: '/api/setup/scim' }),
  };
}

function requireOptions<Original>(options: SetupApiOptions<Original>): SetupApiOptions<Original> {
  if (typeof options?.authorize !== 'function')
    throw new TypeError(
      'setupApi: authorize: pass a function that says who is asking; without one, anybody could make keys.',
    );
  for (const origin of options.origins ?? [])
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new TypeError(`setupApi: origins: "${origin}" is no origin, such as https://admin.example.`);
  return options;
}

const UNEXPECTED = new SetupError(
  500,
  'unexpected',
  'Something went wrong on our side. Try again in a moment.',
);

function takesBody({ method }: SetupRoute): boolean {
  return method !== 'GET' && method !== 'DELETE';
}

function refuseRoute(allowed: readonly string[]): ScimResponse {
  if (allowed.length === 0)
    return toErrorAnswer(new SetupError(404, 'not_found', 'There is nothing at this address.'));
  const error = new SetupError(405, 'method_not_allowed', `Only ${allowed.join(', ')} is possible here.`);
  return toErrorAnswer(error, { Allow: allowed.join(', ') });
}

function toErrorAnswer({ status, code, message }: SetupError, headers: Record<string, string> = {}) {
  return toAnswer(status, { error: { code, message } }, headers);
}

/** What an administrator sees is his alone: nothing on the way may keep it (`no-store` is in every answer). */
function toAnswer(status: number, body: object, headers: Record<string, string> = {}): ScimResponse {
  return jsonResponse(status, body, {
    'Content-Type': 'application/json; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    Vary: 'Cookie, Origin, Sec-Fetch-Site',
    ...headers,
  });
}
