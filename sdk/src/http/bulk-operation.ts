import { type BulkOperation, parseBulkOperation, readLabels, splitData } from '../protocol/bulk.ts';
import type { BulkDependencies } from '../protocol/bulk-order.ts';
import { findReferences, toReferredBulkId } from '../protocol/bulk-reference.ts';
import { badRequest, type ScimError } from '../protocol/errors.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { findRoute, parsePath, type Route, type RouteContext } from './route.ts';

/** What the result of an operation repeats of it. */
export type Labels = Partial<Pick<BulkOperation, 'method' | 'bulkId'>>;

type OperationRoute = Extract<Route, { kind: 'collection' | 'resource' }>;

/** An operation, read: fit to be carried out, or at fault by itself. */
export type PreparedOperation = FitOperation | FaultyOperation;

export interface FitOperation {
  readonly kind: 'fit';
  readonly labels: Labels;
  readonly operation: BulkOperation;
  readonly route: OperationRoute;
  /** Data of a POST that can be written afterwards: see `splitData`. */
  readonly first: Json | undefined;
  readonly later: JsonObject | undefined;
}

export interface FaultyOperation {
  readonly kind: 'faulty';
  readonly labels: Labels;
  readonly error: unknown;
}

/** Reads the operations of a request, each by itself. */
export function prepareOperations(
  context: RouteContext,
  operations: readonly Json[],
): readonly PreparedOperation[] {
  const seen = new Set<string>();
  return operations.map((given) => {
    const prepared = prepare(context, given);
    const bulkId = findCreated(prepared);
    if (bulkId === undefined) return prepared;
    if (seen.has(bulkId)) return { kind: 'faulty', labels: prepared.labels, error: repeated() };
    seen.add(bulkId);
    return prepared;
  });
}

function prepare(context: RouteContext, given: Json): PreparedOperation {
  const labels = readLabels(given);
  try {
    const operation = parseBulkOperation(given);
    const route = toRoute(context, operation);
    const { method, data } = operation;
    const parts =
      method === 'POST' && data !== undefined
        ? splitData(route.type, data)
        : { first: data, later: undefined };
    return { kind: 'fit', labels, operation, route, ...parts };
  } catch (error) {
    return { kind: 'faulty', labels, error };
  }
}

/** Only resources of this connection: no other endpoint, no other connection, no other server. */
export function toRoute(
  context: RouteContext,
  { method, path }: Pick<BulkOperation, 'method' | 'path'>,
): OperationRoute {
  const { types } = context;
  if (!/^\/[^/?#][^?#]*$/.test(path)) throw badPath();
  const { connectionId, segments } = parsePath(types, path);
  const isKnown = segments !== undefined && types.some(({ endpoint }) => endpoint === `/${segments[0]}`);
  if (connectionId !== undefined || !isKnown) throw badPath();
  const route = findRoute(context, { method, segments });
  if (route.kind !== 'collection' && route.kind !== 'resource') throw badPath();
  return route;
}

function badPath(): ScimError {
  return badRequest(
    'invalidValue',
    'path must name resources of this connection, such as /Users or /Users/bulkId:1.',
    'path',
  );
}

/** RFC 7644 §3.7: a bulkId is unique within its request, or nobody could say what a reference stands for. */
function repeated(): ScimError {
  return badRequest('invalidValue', 'An earlier operation has the same bulkId.', 'bulkId');
}

/** What an operation waits for, and what waits for it. */
export function toDependencies(prepared: PreparedOperation): BulkDependencies {
  const creates = findCreated(prepared);
  if (prepared.kind === 'faulty') return { creates, needs: new Set(), wants: new Set(), changes: undefined };
  const { route, first, later } = prepared;
  const { method } = prepared.operation;
  const needs = findReferences({ method, data: first });
  const wants = findReferences({ method, data: later });
  if (route.kind === 'collection') return { creates, needs, wants, changes: undefined };
  const target = toReferredBulkId(route.id);
  return {
    creates,
    needs: target === undefined ? needs : new Set([...needs, target]),
    wants,
    changes: `${route.type.endpoint}/${route.id}`,
  };
}

/** The bulkId others know what the operation creates by. */
export function findCreated(prepared: PreparedOperation): string | undefined {
  if (prepared.kind === 'faulty') return undefined;
  const { method, bulkId } = prepared.operation;
  return method === 'POST' ? bulkId : undefined;
}
