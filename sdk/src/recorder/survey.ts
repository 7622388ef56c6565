import { fold } from '../protocol/fold.ts';
import { isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import { decodePart, decodeQueryPart } from './percent.ts';
import type { RecordedExchange, Recording } from './recording.ts';
import { readLiterals, visitTexts } from './visit-texts.ts';

/** What a recording as a whole tells. */
export interface Survey {
  /** Texts the client sent, in folded form. */
  readonly sent: ReadonlySet<string>;
  readonly sentNumbers: ReadonlySet<number>;
  /** Ids and cursors in answers. */
  readonly serverMade: ReadonlySet<string>;
  /** Bodies the client sent. */
  readonly bodies: readonly Json[];
  /** Resources that were there before and are needed: asked for by id, found by a filter. */
  readonly foreign: readonly ForeignResource[];
  /** Collections listed without a filter, such as `/Users`. */
  readonly listed: readonly string[];
  /** True when lists show resources that the recording did not make. */
  readonly hasForeign: boolean;
  /** The number of the key that was accepted. */
  readonly credential: number | undefined;
}

/** A resource as it was seen first. */
export interface ForeignResource {
  readonly collection: string;
  readonly id: string;
  readonly resource: JsonObject;
}

export function surveyRecording({ exchanges }: Recording): Survey {
  const sent = new Set<string>();
  const sentNumbers = new Set<number>();
  const serverMade = new Set<string>();
  const bodies: Json[] = [];
  const made = new Set<string>();
  const seen = new Map<string, ForeignResource & { readonly isNeeded: boolean }>();
  for (const exchange of exchanges) {
    const { request, response } = exchange;
    if (request.body !== undefined) bodies.push(request.body);
    for (const [text] of visitTexts(request.body)) sent.add(fold(text));
    for (const number of visitNumbers(request.body)) sentNumbers.add(number);
    for (const text of listTargetTexts(request.path)) sent.add(fold(text));
    for (const [text, { name }] of visitTexts(response?.body)) {
      if (isDiscovery(request.path)) break;
      if (name === 'id' || name === 'nextcursor' || name === 'previouscursor') serverMade.add(text);
    }
    for (const id of listMade(exchange)) {
      made.add(id);
      serverMade.add(id);
    }
    for (const { isNeeded, ...found } of listResources(exchange)) {
      const known = seen.get(found.id);
      if (known === undefined || (isNeeded && !known.isNeeded)) seen.set(found.id, { ...found, isNeeded });
    }
  }
  const foreign = [...seen.values()].filter(({ id }) => !made.has(id));
  return {
    sent,
    sentNumbers,
    serverMade,
    bodies,
    foreign: foreign.filter(({ id, isNeeded }) => isNeeded || sent.has(fold(id))),
    hasForeign: foreign.length > 0,
    listed: [...new Set(exchanges.filter(isWholeList).map(({ request }) => collectionOf(request.path)))],
    credential: exchanges.find(({ response }) => response !== null && ![401, 403].includes(response.status))
      ?.request.credential,
  };
}

/** True for a list of everything. */
export function isWholeList({ request, response }: RecordedExchange): boolean {
  return (
    request.method === 'GET' &&
    isObject(response?.body) &&
    isArray(response.body.Resources) &&
    !isDiscovery(request.path) &&
    !/[?&]filter=/i.test(request.path)
  );
}

/** The part of a path that names a collection. */
export function collectionOf(path: string): string {
  return `/${path.split(/[/?]/).find((segment) => segment !== '') ?? ''}`;
}

/** Ids of what an exchange made. */
function listMade({ request, response }: RecordedExchange): readonly string[] {
  const { body, status = 0 } = response ?? {};
  if (request.method !== 'POST' || status >= 300 || !isObject(body)) return [];
  if (isArray(body.Operations)) {
    return body.Operations.filter(isObject)
      .filter(({ method }) => /^post$/i.test(String(method)))
      .map(({ location }) => decodePart(String(location).split('/').at(-1) ?? ''));
  }
  return typeof body.id === 'string' && !isSearch(request.path) ? [body.id] : [];
}

function* listResources(
  exchange: RecordedExchange,
): Generator<ForeignResource & { readonly isNeeded: boolean }> {
  const { request, response } = exchange;
  const body = response?.body;
  if (response === null || response.status >= 300 || !isObject(body) || isDiscovery(request.path)) return;
  const isList = isArray(body.Resources);
  const collection = collectionOf(request.path);
  for (const resource of isArray(body.Resources) ? body.Resources : [body]) {
    if (!isObject(resource) || typeof resource.id !== 'string' || !isArray(resource.schemas)) continue;
    // A list shows what it was asked for; a whole resource is more to go by.
    yield { collection, id: resource.id, resource, isNeeded: !isList || !isWholeList(exchange) };
  }
}

/** True for a path of `/Schemas`, `/ResourceTypes` or `/ServiceProviderConfig`. */
export function isDiscovery(path: string): boolean {
  return /^\/(?:schemas|resourcetypes|serviceproviderconfigs?)\b/i.test(collectionOf(path));
}

function isSearch(path: string): boolean {
  return /\/\.search(?:$|[/?])/.test(path);
}

function listTargetTexts(target: string): readonly string[] {
  const [path = '', ...query] = target.split('?');
  const values = query
    .join('?')
    .split('&')
    .map((piece) => decodeQueryPart(piece.split('=').slice(1).join('=')));
  return [...path.split('/').map(decodePart), ...values, ...values.flatMap(readLiterals)].filter(
    (text) => text !== '',
  );
}

function* visitNumbers(value: Json | undefined): Generator<number> {
  if (typeof value === 'number') yield value;
  else if (isArray(value)) for (const item of value) yield* visitNumbers(item);
  else if (isObject(value)) for (const item of Object.values(value)) yield* visitNumbers(item);
}
