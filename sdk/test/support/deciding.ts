import { expect } from 'vitest';
import type { CommitResult, Scim, ScimRequestResult } from '../../src/index.ts';
import { isObject } from '../../src/protocol/json.ts';
import { connect, type OpenOptions, openScim, patch } from './scim.ts';

/** A customer's identity provider whose requests come through `scim.scimRequest`. */
export async function openDeciding(options: OpenOptions = {}) {
  const opened = openScim(options);
  const connection = await connect(opened.scim);
  return { ...opened, ...connection, ...createDeciding(opened.scim, connection) };
}

export type Deciding = Awaited<ReturnType<typeof openDeciding>>;

/** Ways to ask and to decide. */
export function createDeciding(scim: Scim, { connectionId, key }: { connectionId: string; key: string }) {
  const ask = (method: string, pathAndQueryParams: string, body?: unknown) =>
    scim.scimRequest({ method, pathAndQueryParams, body, scimApiKey: key });
  const link = (commitId: string, userId: string) => scim.linkScimUser({ connectionId, commitId, userId });
  const commit = (commitId: string) => scim.commitScimUserChange({ connectionId, commitId });
  return {
    ask,
    link,
    commit,
    reject: (commitId: string, status: 400 | 403 | 409 = 403) =>
      scim.rejectScimUserChange({ connectionId, commitId, status, detail: 'All seats are taken.' }),
    patch: (id: string, ...operations: readonly object[]) =>
      ask('PATCH', `/Users/${id}`, patch(...operations)),
    /** Creates a user whom the app links to the account. Answers the resource's id and its entity tag. */
    async make(body: object, userId: string) {
      const { commitId } = asked(await ask('POST', '/Users', body));
      const made = done(await link(commitId, userId));
      return { id: idOf(made), version: String(made.response.headers.ETag) };
    },
  };
}

/** What the app was asked; anything else fails the test. */
export function asked(result: ScimRequestResult) {
  const data = result.getOrThrow();
  if (data.status !== 'ActionRequired') throw new Error(`Nothing was asked: ${JSON.stringify(data)}`);
  return data;
}

/** What was carried out; anything else fails the test. */
export function done(result: ScimRequestResult | CommitResult) {
  const data = result.getOrThrow();
  if (data.status !== 'Completed') throw new Error(`It was not carried out: ${JSON.stringify(data)}`);
  return data;
}

/** The id of the resource that was answered; anything else fails the test. */
export function idOf({ responseData }: ReturnType<typeof done>): string {
  const id = isObject(responseData) ? responseData.id : undefined;
  if (typeof id !== 'string') throw new Error(`No resource was answered: ${JSON.stringify(responseData)}`);
  return id;
}

/** The error; anything else fails the test. */
export function failed(result: ScimRequestResult | CommitResult) {
  expect(result.ok).toBe(false);
  if (result.ok) throw new Error(`It was carried out: ${JSON.stringify(result.data)}`);
  return result.error;
}
