import { expect } from 'vitest';
import type { Answer, Message } from './send.ts';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const filled = expect.stringMatching(/./);
const entityTag = expect.stringMatching(/^W\/"[^"]+"$/);

/** The rules that hold for every answer, whichever identity provider asked. */
export function expectAnswerRules(answer: Answer, request: Pick<Message, 'method' | 'url'>): void {
  if (answer.status === 204) {
    expect(answer.text, 'a 204 has no body').toBe('');
    // A change that is not sent back still tells the version it made; what is deleted has none.
    expect(answer.headers.etag, 'ETag').toEqual(request.method === 'DELETE' ? undefined : entityTag);
    return;
  }
  expect(answer.headers['content-type']).toBe('application/scim+json');
  const body = JSON.parse(answer.text);
  expect(answer.text, 'no value is null').not.toMatch(/:null\b/);
  if (answer.status >= 400) {
    expect(body).toMatchObject({ schemas: [ERROR], status: String(answer.status), detail: filled });
    return;
  }
  if (body.schemas[0] !== LIST) {
    expectResource(body, request.url);
    if (answer.status === 201) expect(answer.headers.location).toBe(body.meta.location);
    // Whoever asks for some attributes alone may not see the version in the body.
    if (isProvisioned(request.url))
      expect(answer.headers.etag, 'ETag').toEqual(body.meta?.version ?? entityTag);
    return;
  }
  expect(body).toMatchObject({
    totalResults: expect.any(Number),
    startIndex: expect.any(Number),
    itemsPerPage: body.Resources.length,
  });
  for (const resource of body.Resources) expectResource(resource, request.url);
}

/** Users and groups, not what discovery tells. */
function isProvisioned(url: string): boolean {
  return /\/(Users|Groups)\b/i.test(new URL(url).pathname);
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is what is asserted.
function expectResource(resource: any, url: string): void {
  expect(resource).toMatchObject({ schemas: expect.arrayContaining([filled]) });
  if (!isProvisioned(url)) {
    expect(resource).toMatchObject({ meta: { resourceType: filled, location: filled } });
    return;
  }
  expect(resource).toMatchObject({ id: filled });
  const { searchParams } = new URL(url);
  if (searchParams.has('attributes')) return;
  expect(resource).toMatchObject({
    meta: {
      resourceType: filled,
      created: instant,
      lastModified: instant,
      location: filled,
      version: entityTag,
    },
  });
  expect(resource.meta.location).toMatch(new RegExp(`/(Users|Groups)/${resource.id}$`));
  expect(resource, 'a password is never given back').not.toHaveProperty('password');
  if (resource.meta.resourceType === 'User') {
    expect(resource).toMatchObject({ active: expect.any(Boolean), groups: expect.any(Array) });
  } else if (searchParams.get('excludedAttributes')?.toLowerCase() !== 'members') {
    expect(resource).toMatchObject({ members: expect.any(Array) });
  }
}
