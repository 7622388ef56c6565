import { redactTag } from './redact-tag.ts';
import type { RedactTarget } from './redact-target.ts';
import { BASE } from './redact-text.ts';
import type { StandIns } from './stand-in.ts';

export interface HeaderRules {
  readonly standIns: StandIns;
  readonly bases: () => readonly string[];
  readonly redactTarget: RedactTarget;
}

/** Header fields by lower-case name. */
export type Headers = Readonly<Record<string, string>>;

type Rule = (value: string, rules: HeaderRules) => string;

/** Only these are written, each in what is known of its form. */
const RULES: Readonly<Record<string, Rule>> = {
  accept: redactMediaTypes,
  'accept-charset': (value, { standIns }) => (/^utf-?8$/i.test(value) ? value : standIns.text(value)),
  'content-type': redactMediaTypes,
  'user-agent': redactUserAgent,
  'if-match': redactTags,
  'if-none-match': redactTags,
  etag: redactTags,
  location: redactLocation,
  'content-location': redactLocation,
  'retry-after': (value) => (/^\d{1,9}$/.test(value) ? value : 'a date'),
  allow: (value, { standIns }) =>
    value.replace(/[^,\s]+/g, (method) => (METHODS.has(method) ? method : standIns.text(method))),
  'www-authenticate': (value) => /^(?:Bearer|Basic|Digest|Negotiate)\b/i.exec(value)?.[0] ?? 'another scheme',
};

/** The headers that matter to the protocol. Keys and cookies are in none of them. */
export function redactHeaders(headers: Headers, rules: HeaderRules): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const rule = RULES[name];
      return rule === undefined ? [] : [[name, rule(value, rules)]];
    }),
  );
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const MEDIA_TYPES = new Set([
  '*/*',
  'application/*',
  'application/json',
  'application/problem+json',
  'application/scim+json',
  'application/x-www-form-urlencoded',
  'application/xml',
  'image/*',
  'text/*',
  'text/html',
  'text/json',
  'text/plain',
  'text/xml',
]);

function redactMediaTypes(value: string, { standIns }: HeaderRules): string {
  return value.replace(/[^,;\s]+/g, (token) => {
    const isKnown =
      MEDIA_TYPES.has(token.toLowerCase()) || /^(?:q=[01](?:\.\d{1,3})?|charset="?utf-?8"?)$/i.test(token);
    return isKnown ? token : token.replace(/[^/=+"]+/g, (part) => standIns.text(part));
  });
}

function redactTags(value: string, { standIns }: HeaderRules): string {
  if (value.trim() === '*') return value;
  return value.replace(/(?:W\/)?"[^"]*"|[^,\s]+/g, (tag) => redactTag(tag, standIns));
}

function redactLocation(value: string, { bases, redactTarget, standIns }: HeaderRules): string {
  const base = [...bases()].sort((a, b) => b.length - a.length).find((text) => value.startsWith(text));
  if (base !== undefined) return BASE + redactTarget(value.slice(base.length));
  return value.includes('://') ? standIns.text(value) : redactTarget(value);
}

/** Names of SCIM clients and HTTP libraries, in lower case. */
const AGENTS = new Set(
  `apache application authentik axios azure azuread azureadscim client compatible curl cyberark entra faraday go
  google google-auto-provisioning go-http-client guzzlehttp http httpclient identity integration java java-http-client
  json jumpcloud keycloak microsoft mozilla node node-fetch okhttp okta onelogin openjdk pingone ping postmanruntime
  provisioning python python-requests reactornetty rest-client rippling ruby sailpoint scim scimkit scimkit-replay
  undici`.split(/\s+/),
);

function redactUserAgent(value: string, { standIns }: HeaderRules): string {
  return value.replace(/[^\s/;()]+/g, (token) =>
    AGENTS.has(token.toLowerCase()) || /^v?\d{1,2}(?:\.\d{1,3}){0,3}$/.test(token)
      ? token
      : standIns.text(token),
  );
}
