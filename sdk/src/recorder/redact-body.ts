import { isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import { NOWHERE, type Place, placeOf, type RedactText } from './place.ts';
import { redactFilter, redactName, redactPath } from './redact-filter.ts';
import { redactTag } from './redact-tag.ts';
import type { RedactTarget } from './redact-target.ts';
import { redactDetail } from './redact-text.ts';
import type { StandIns } from './stand-in.ts';
import {
  DISCOVERY_WORDS,
  ELEMENT_TYPES,
  ERROR_KEYWORDS,
  isSchemaUri,
  type Vocabulary,
} from './vocabulary.ts';

/** What a body is, which decides what its names mean. */
export type BodyKind = 'resource' | 'answer' | 'patch' | 'search' | 'bulk' | 'discovery';

export interface BodyRules {
  readonly standIns: StandIns;
  readonly vocabulary: Vocabulary;
  readonly redactText: RedactText;
  readonly redactTarget: RedactTarget;
}

/** Replaces everything in a body that is not known to be harmless where it stands. */
export type RedactBody = (body: Json, kind: BodyKind) => Json;

/** What kind of body a request or its answer has. @param target below the base URL */
export function kindOfBody(
  { method, target }: { readonly method: string; readonly target: string },
  side: 'request' | 'answer',
): BodyKind {
  const path = (target.split('?')[0] ?? '').replace(/\/+$/, '').toLowerCase();
  if (path.endsWith('/bulk')) return 'bulk';
  if (side === 'answer')
    return /\/(?:schemas|resourcetypes|serviceproviderconfigs?)(?:$|\/)/.test(path) ? 'discovery' : 'answer';
  if (method === 'PATCH') return 'patch';
  return path.endsWith('/.search') ? 'search' : 'resource';
}

const COUNTS = new Set(['totalresults', 'itemsperpage', 'startindex', 'count', 'failonerrors', 'status']);

/** Numbers of `/ServiceProviderConfig` (RFC 7643 §5, RFC 9865 §4) and of every list. */
const LIMITS = new Set([
  ...COUNTS,
  'maxoperations',
  'maxpayloadsize',
  'maxresults',
  'defaultpagesize',
  'maxpagesize',
  'cursortimeout',
]);

export function createBodyRule({ standIns, vocabulary, redactText, redactTarget }: BodyRules): RedactBody {
  const literals = { standIns, redactText };

  /** A value of an attribute, whatever message it came in. */
  const redactValue = (value: Json, place: Place): Json => {
    if (typeof value === 'string') return redactText(value, place);
    if (typeof value === 'number') return standIns.number(value);
    if (isArray(value)) return value.map((item) => redactValue(item, place));
    if (!isObject(value)) return value;
    return mapEntries(value, (name, item) =>
      redactValue(item, { ...placeOf(name), ...parentOf(name, place) }),
    );
  };

  const mapEntries = (object: JsonObject, map: (name: string, value: Json) => Json): Json =>
    Object.fromEntries(
      Object.entries(object).map(([name, value]) => [redactName(name, literals), map(name, value)]),
    );

  const redactEnvelope = (body: Json, rule: (name: string, value: Json) => Json | undefined): Json => {
    if (!isObject(body)) return redactValue(body, NOWHERE);
    return mapEntries(body, (name, value) => {
      const key = name.toLowerCase();
      if (typeof value === 'number' && COUNTS.has(key)) return value;
      return rule(key, value) ?? redactValue(value, placeOf(name));
    });
  };

  const redactSearch = (name: string, value: Json): Json | undefined => {
    if (name === 'filter' && typeof value === 'string') return redactFilter(value, literals);
    if (name === 'sortby' && typeof value === 'string') return redactPath(value, literals);
    if (name === 'sortorder' && /^(?:ascending|descending)$/i.test(String(value))) return value;
    if ((name === 'attributes' || name === 'excludedattributes') && isArray(value)) {
      return value.map((path) =>
        typeof path === 'string' ? redactPath(path, literals) : redactValue(path, NOWHERE),
      );
    }
    return undefined;
  };

  const redactPatch = (name: string, value: Json): Json | undefined =>
    name === 'operations' && isArray(value) ? value.map(redactOperation) : undefined;

  const redactOperation = (operation: Json): Json => {
    if (!isObject(operation)) return redactValue(operation, NOWHERE);
    const path = Object.entries(operation).find(([name]) => name.toLowerCase() === 'path')?.[1];
    const target = typeof path === 'string' ? placeOf(path) : NOWHERE;
    return mapEntries(operation, (name, value) => {
      const key = name.toLowerCase();
      if (key === 'op' && /^(?:add|replace|remove)$/i.test(String(value))) return value;
      if (key === 'path' && typeof value === 'string') return redactPath(value, literals);
      return redactValue(value, key === 'value' ? target : placeOf(name));
    });
  };

  const redactBulk = (name: string, value: Json): Json | undefined =>
    name === 'operations' && isArray(value) ? value.map(redactBulkOperation) : undefined;

  const redactBulkOperation = (operation: Json): Json => {
    if (!isObject(operation)) return redactValue(operation, NOWHERE);
    const isPatch = /^patch$/i.test(String(operation.method));
    return mapEntries(operation, (name, value) => {
      const key = name.toLowerCase();
      if (key === 'method' && /^(?:post|put|patch|delete|get)$/i.test(String(value))) return value;
      if (key === 'path' && typeof value === 'string') return redactTarget(value);
      if (key === 'status') return redactStatus(value);
      if (key === 'version' && typeof value === 'string') return redactTag(value, standIns);
      if (key === 'data') return redactBody(value, isPatch ? 'patch' : 'resource');
      return key === 'response' ? redactBody(value, 'answer') : redactValue(value, placeOf(name));
    });
  };

  const redactStatus = (value: Json): Json => {
    if (isObject(value)) return mapEntries(value, (_name, item) => redactStatus(item));
    return /^\d{3}$/.test(String(value)) ? value : redactValue(value, NOWHERE);
  };

  const redactAnswer = (name: string, value: Json): Json | undefined => {
    if (name === 'status' && /^\d{3}$/.test(String(value))) return value;
    if (name === 'scimtype' && typeof value === 'string' && ERROR_KEYWORDS.has(value)) return value;
    if (name === 'detail' && typeof value === 'string') return redactDetail(value, standIns);
    return undefined;
  };

  /** Resources are known by their message; a user may have an attribute called `detail`. */
  const isError = (body: Json): boolean =>
    isObject(body) &&
    isArray(body.schemas) &&
    body.schemas.some((urn) => /:messages:2\.0:Error$/i.test(String(urn)));

  const redactDiscovery = (value: Json, place: Place): Json => {
    if (typeof value === 'number' && LIMITS.has(place.name)) return value;
    if (isArray(value)) return value.map((item) => redactDiscovery(item, place));
    if (isObject(value)) {
      return mapEntries(value, (name, item) =>
        redactDiscovery(item, { ...placeOf(name), parent: place.name }),
      );
    }
    return typeof value === 'string' && isDiscoveryWord(value, place) ? value : redactValue(value, place);
  };

  const isDiscoveryWord = (text: string, { name }: Place): boolean => {
    if (/^(?:type|mutability|returned|uniqueness|defaultpaginationmethod)$/.test(name)) {
      return DISCOVERY_WORDS.has(text) || vocabulary.isResourceType(text);
    }
    if (name === 'canonicalvalues')
      return ELEMENT_TYPES.has(text.toLowerCase()) || vocabulary.isResourceType(text);
    if (name === 'endpoint') return vocabulary.isEndpoint(text.replace(/^\//, ''));
    // Names of attributes, schemas and resource types are kept wherever they occur, so also where they are declared.
    if (name === 'name' || name === 'referencetypes') return /^[A-Za-z$][A-Za-z0-9_-]{0,63}$/.test(text);
    return /^(?:id|schema|schemas)$/.test(name) && (isSchemaUri(text) || vocabulary.isResourceType(text));
  };

  const redactBody = (body: Json, kind: BodyKind): Json => {
    switch (kind) {
      case 'discovery':
        return isError(body) ? redactEnvelope(body, redactAnswer) : redactDiscovery(body, NOWHERE);
      case 'patch':
        return redactEnvelope(body, redactPatch);
      case 'search':
        return redactEnvelope(body, redactSearch);
      case 'bulk':
        return redactEnvelope(body, isError(body) ? redactAnswer : redactBulk);
      case 'answer':
        return isError(body) || isList(body)
          ? redactEnvelope(body, isError(body) ? redactAnswer : () => undefined)
          : redactValue(body, NOWHERE);
      case 'resource':
        return redactValue(body, NOWHERE);
    }
  };
  return redactBody;
}

function isList(body: Json): boolean {
  return isObject(body) && isArray(body.Resources);
}

/** A dotted name brings its own parent along. */
function parentOf(name: string, { name: around }: Place): Partial<Place> {
  return name.includes('.') && !name.includes(':') ? {} : { parent: around };
}
