import type { JsonObject } from '../../protocol/json.ts';
import { encode, get, patch, quote, type Request, userPath } from '../message.ts';
import type { Names, Person } from '../names.ts';
import { SCIM_OR_JSON } from '../persona.ts';
import { USER } from '../vocabulary.ts';
import { patchOp } from './bodies.ts';

/** What custom apps and apps of the Okta Integration Network have in common. */
export const OKTA_CLIENT = {
  headers: { 'User-Agent': 'Okta SCIM Client 1.0.0', Accept: 'application/scim+json' },
  contentType: 'application/scim+json; charset=utf-8',
  reads: SCIM_OR_JSON,
  needsRetryAfter: true,
  makeExternalId: ({ token }: Pick<Names, 'token'>) => `00u${token(17)}`,
  sees: {
    connect:
      'Okta, app > Provisioning > Integration: "Test API Credentials" fails, so provisioning cannot be enabled.',
    user: 'Okta, Dashboard > Tasks: "Automatic provisioning of user … to app … failed", with what the server said. The user stays as they were in the app until somebody retries the task.',
    leaver:
      'Okta, Dashboard > Tasks: the deactivation of the user failed. The person keeps access to the app until somebody retries the task.',
    group:
      'Okta, app > Push Groups: the group shows "Error" instead of "Active", and its members differ from those in Okta.',
    import:
      'Okta, app > Import: "Import Now" fails, or shows users as missing, as new or as changed who are not.',
  },
} as const;

/** The exists check, the one query Okta makes for a user. */
export function oktaFindUser(userName: string): Request {
  return get(`/Users?filter=${encode(`userName eq ${quote(userName)}`)}&startIndex=1&count=100`);
}

/** Looks for a group to link. */
export function oktaFindGroup(displayName: string): Request {
  return get(`/Groups?filter=${encode(`displayName eq ${quote(displayName)}`)}&startIndex=1&count=100`);
}

/** A new user: always with a random password and an empty list of groups. */
export function oktaUser(person: Person): JsonObject {
  const { userName, givenName, familyName, displayName, email, externalId } = person;
  return {
    schemas: [USER],
    userName,
    name: { givenName, familyName },
    emails: [{ primary: true, value: email, type: 'work' }],
    displayName,
    locale: 'en-US',
    externalId,
    groups: [],
    password: `1mz0${externalId.slice(3, 9)}`,
    active: true,
  };
}

/** Assigns and unassigns. */
export function oktaSetActive(id: string, active: boolean): Request {
  return patch(userPath(id), patchOp({ op: 'replace', value: { active } }));
}

/** Members with the names Okta sends along. */
export function oktaMembers(ids: readonly string[]): readonly JsonObject[] {
  return ids.map((value) => ({ value, display: `${value}@example.com` }));
}
