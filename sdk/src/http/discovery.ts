import {
  collectSchemas,
  toResourceTypeResource,
  toSchemaResource,
  toServiceProviderConfig,
} from '../protocol/discovery.ts';
import { notFound } from '../protocol/errors.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Profile } from '../protocol/leniency/profile.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { Limits } from './limits.ts';
import { toListResponse } from './list-response.ts';
import { jsonResponse, type ScimRequest, type ScimResponse } from './message.ts';
import type { Route } from './route.ts';

type DiscoveryRoute = Extract<Route, { kind: 'serviceProviderConfig' | 'resourceTypes' | 'schemas' }>;

interface DiscoveryContext {
  readonly types: readonly ResourceType[];
  readonly limits: Limits;
  readonly profile: Profile;
}

/** RFC 7644 §4. Filter, sort and paging parameters are ignored here. */
export function answerDiscovery(
  route: DiscoveryRoute,
  { baseUrl }: Pick<ScimRequest, 'baseUrl'>,
  { types, limits, profile }: DiscoveryContext,
): ScimResponse {
  switch (route.kind) {
    case 'serviceProviderConfig':
      return jsonResponse(200, toServiceProviderConfig({ baseUrl, types, limits, profile }));
    case 'resourceTypes':
      return answerOneOrAll(
        types.map((type) => toResourceTypeResource(type, baseUrl)),
        route.id,
      );
    case 'schemas':
      return answerOneOrAll(
        collectSchemas(types).map((schema) => toSchemaResource(schema, baseUrl)),
        route.id,
      );
  }
}

function answerOneOrAll(resources: readonly JsonObject[], id: string | undefined): ScimResponse {
  if (id === undefined) {
    return jsonResponse(200, toListResponse({ resources, total: resources.length, startIndex: 1 }));
  }
  const one = resources.find((resource) => String(resource.id).toLowerCase() === id.toLowerCase());
  if (one === undefined) throw notFound();
  return jsonResponse(200, one);
}
