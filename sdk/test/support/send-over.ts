import { type Call, readAnswer } from './scim.ts';

/** Sends a SCIM request to a server of this machine. */
export async function sendOver(
  port: number | string,
  path: string,
  { method, key, body, headers }: Call & { readonly key: string },
) {
  const response = await fetch(`http://127.0.0.1:${port}/scim/v2${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return readAnswer(response);
}
