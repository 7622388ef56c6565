import { SCIM_TYPES } from '../protocol/errors.ts';
import { isArray, isObject, type Json } from '../protocol/json.ts';

/**
 * Words of the protocol that may stand in a recording as they are. Everything that is in no list is replaced; what
 * a server shows to be its endpoint or resource type by serving it is learned.
 */
export interface Vocabulary {
  isEndpoint(segment: string): boolean;
  isResourceType(name: string): boolean;
  /** Learns from an answer; `segment` is the first part of the request's path. */
  learn(segment: string, status: number, body: Json | undefined): void;
}

export function createVocabulary(): Vocabulary {
  const endpoints = new Set(ENDPOINTS);
  const resourceTypes = new Set(['user', 'group', 'schema', 'resourcetype', 'serviceproviderconfig']);
  const learnType = (name: Json | undefined) => {
    if (typeof name === 'string' && isName(name)) resourceTypes.add(name.toLowerCase());
  };
  const learnEndpoint = (segment: string) => {
    if (isName(segment)) endpoints.add(segment.toLowerCase());
  };
  return {
    isEndpoint: (segment) => endpoints.has(segment.toLowerCase()),
    isResourceType: (name) => resourceTypes.has(name.toLowerCase()),
    learn(segment, status, body) {
      if (status < 200 || status >= 300) return;
      if (status === 204 || (isObject(body) && isArray(body.schemas))) learnEndpoint(segment);
      if (!isObject(body)) return;
      const resources = isArray(body.Resources) ? body.Resources : [body];
      for (const resource of resources.filter(isObject)) {
        if (isObject(resource.meta)) learnType(resource.meta.resourceType);
        if (segment !== 'ResourceTypes') continue;
        learnType(resource.name);
        if (typeof resource.endpoint === 'string') learnEndpoint(resource.endpoint.replace(/^\//, ''));
      }
    },
  };
}

function isName(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(text);
}

/** True for what can be the URN of a schema or message, and for the one address Entra ID names among them. */
export function isSchemaUri(text: string): boolean {
  return (
    /^urn:[a-z0-9][a-z0-9-]{0,31}:[a-z0-9._:/-]{1,255}$/i.test(text) ||
    text === 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'
  );
}

const ENDPOINTS = [
  'users',
  'groups',
  'me',
  'bulk',
  'schemas',
  'resourcetypes',
  'serviceproviderconfig',
  'serviceproviderconfigs',
  '.search',
];

/** Query parameters, in lower case: RFC 7644 §3.4.2, RFC 9865 and the flags of Entra ID. */
export const PARAMETERS: ReadonlySet<string> = new Set([
  'filter',
  'sortby',
  'sortorder',
  'startindex',
  'count',
  'attributes',
  'excludedattributes',
  'cursor',
  'aadoptscim062020',
  'azureadscimpatch2017',
]);

/** What `type` says of an element or a member, in lower case (RFC 7643 §4.1.2, §4.2). */
export const ELEMENT_TYPES: ReadonlySet<string> = new Set([
  'work',
  'home',
  'other',
  'mobile',
  'fax',
  'pager',
  'photo',
  'thumbnail',
  'direct',
  'indirect',
  'aim',
  'gtalk',
  'icq',
  'xmpp',
  'msn',
  'skype',
  'qq',
  'yahoo',
]);

/** `scimType`, RFC 7644 §3.12 and RFC 9865 §2.1. */
export const ERROR_KEYWORDS: ReadonlySet<string> = new Set(SCIM_TYPES);

/** Values in `/Schemas`, `/ResourceTypes` and `/ServiceProviderConfig`. */
export const DISCOVERY_WORDS: ReadonlySet<string> = new Set([
  'string',
  'boolean',
  'decimal',
  'integer',
  'dateTime',
  'binary',
  'reference',
  'complex',
  'readOnly',
  'readWrite',
  'immutable',
  'writeOnly',
  'always',
  'never',
  'default',
  'request',
  'none',
  'server',
  'global',
  'external',
  'uri',
  'oauth',
  'oauth2',
  'oauthbearertoken',
  'httpbasic',
  'httpdigest',
  'cursor',
  'index',
]);
