import { ACTIVITY_ROUTES } from './activity-routes.ts';
import { CONNECTION_ROUTES } from './connection-routes.ts';
import { HELD_ROUTES } from './held-routes.ts';
import { MAPPING_ROUTES } from './mapping-routes.ts';
import { PEOPLE_ROUTES } from './people-routes.ts';
import { ROLE_ROUTES } from './role-routes.ts';
import type { SetupRoute } from './route.ts';

/** Everything the setup page can ask for of an app, which may have no roles to give. */
export function listRoutes({ hasRoles }: { readonly hasRoles: boolean }): readonly SetupRoute[] {
  return [
    ...CONNECTION_ROUTES,
    ...PEOPLE_ROUTES,
    ...ACTIVITY_ROUTES,
    ...HELD_ROUTES,
    ...(hasRoles ? ROLE_ROUTES : []),
    ...MAPPING_ROUTES,
  ];
}
