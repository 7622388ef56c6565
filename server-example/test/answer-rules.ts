import { expect } from 'vitest';
import type { Answer } from './send.ts';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const filled = expect.stringMatching(/./);

/** The rules that hold for every answer, whichever identity provider asked. */
export function expectAnswerRules(answer: Answer, request: { method: string; path: string }): void {
  if (answer.status === 204) {
    expect(answer.text, 'a 204 has no body').toBe('');
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
    expectResource(body, request.path);
    if (answer.status === 201) expect(answer.headers.location).toBe(body.meta.location);
    return;
  }
  expect(body).toMatchObject({
    totalResults: expect.any(Number),
    startIndex: expect.any(Number),
    itemsPerPage: body.Resources.length,
  });
  for (const resource of body.Resources) expectResource(resource, request.path);
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is what is asserted.
function expectResource(resource: any, path: string): void {
  expect(resource).toMatchObject({
    id: filled,
    schemas: expect.arrayContaining([filled]),
    meta: { resourceType: filled, created: instant, lastModified: instant, location: filled },
  });
  expect(resource.meta.location).toMatch(new RegExp(`/(Users|Groups)/${resource.id}$`));
  expect(resource, 'a password is never given back').not.toHaveProperty('password');
  if (resource.meta.resourceType === 'User') {
    expect(resource).toMatchObject({ active: expect.any(Boolean), groups: expect.any(Array) });
  } else if (!path.includes('excludedAttributes=members')) {
    expect(resource).toMatchObject({ members: expect.any(Array) });
  }
}
