import type { AskServer } from '../connections/validate-connection.ts';
import type { Json } from '../protocol/json.ts';
import type { Handler } from './handler.ts';

/** Sends requests to the SCIM server as they would come by HTTP, and reads the answers. */
export function createAskServer(handle: Handler): AskServer {
  return async ({ method, path, key, body }) => {
    const [pathname = '', query = ''] = path.split('?', 2);
    const headers = new Map([
      ['authorization', `Bearer ${key}`],
      ['content-type', 'application/scim+json'],
    ]);
    const bytes = Buffer.from(body === undefined ? '' : JSON.stringify(body));
    const answer = await handle({
      method,
      path: pathname,
      query,
      header: (name) => headers.get(name) ?? null,
      headerBytes: 0,
      baseUrl: '',
      address: null,
      readBody: async () => ({ kind: 'bytes', bytes }),
    });
    return { status: answer.status, body: await readBody(answer.body) };
  };
}

async function readBody(body: Awaited<ReturnType<Handler>>['body']): Promise<Json> {
  if (body === null) return null;
  if (typeof body === 'string') return JSON.parse(body) as Json;
  const pieces: Uint8Array[] = [];
  for await (const piece of body.pieces) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString()) as Json;
}
