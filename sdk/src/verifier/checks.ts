import type { Check } from './check.ts';
import { BULK } from './checks/bulk.ts';
import { CHARACTERISTICS } from './checks/characteristics.ts';
import { CONCURRENCY } from './checks/concurrency.ts';
import { CORE_SCHEMAS } from './checks/core-schemas.ts';
import { CREATE } from './checks/create.ts';
import { CURSOR } from './checks/cursor.ts';
import { DELETE } from './checks/delete.ts';
import { DISCOVERY } from './checks/discovery.ts';
import { ERRORS } from './checks/errors.ts';
import { ETAG } from './checks/etag.ts';
import { FILTER } from './checks/filter.ts';
import { HTTP } from './checks/http.ts';
import { INTEROP } from './checks/interop.ts';
import { ME } from './checks/me.ts';
import { PAGING } from './checks/paging.ts';
import { PATCH } from './checks/patch.ts';
import { PROJECTION } from './checks/projection.ts';
import { PUT } from './checks/put.ts';
import { QUERY } from './checks/query.ts';
import { RESOURCE_MODEL } from './checks/resource-model.ts';
import { ROBUSTNESS } from './checks/robustness.ts';
import { SCHEMA_DRIVEN } from './checks/schema-driven.ts';
import { SEARCH } from './checks/search.ts';

/** Every check, in the order they are made. */
export const CHECKS: readonly Check[] = Object.freeze([
  ...DISCOVERY,
  ...HTTP,
  ...CREATE,
  ...RESOURCE_MODEL,
  ...CORE_SCHEMAS,
  ...CHARACTERISTICS,
  ...SCHEMA_DRIVEN,
  ...QUERY,
  ...FILTER,
  ...PAGING,
  ...CURSOR,
  ...PROJECTION,
  ...SEARCH,
  ...PUT,
  ...PATCH,
  ...DELETE,
  ...BULK,
  ...ETAG,
  ...ME,
  ...ERRORS,
  ...CONCURRENCY,
  ...ROBUSTNESS,
  ...INTEROP,
]);
