import type { RequestListener } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type SecureVersion } from 'node:tls';
import { onTestFinished } from 'vitest';
import { type Answer, type Call, readAnswer } from './scim.ts';

/** A shared secret in place of certificates, which would have to be made anew or kept in the repository. */
const PSK = Buffer.alloc(32, 7);
const CIPHERS = 'PSK+HIGH:TLS_AES_128_GCM_SHA256';

/** A TLS server on a port of its own, gone with the test. */
export async function serveTls(listener: RequestListener): Promise<number> {
  const server = createServer({ ciphers: CIPHERS, pskCallback: () => PSK }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return (server.address() as AddressInfo).port;
}

/** Sends one request by one version of TLS. */
export function sendTls(port: number, version: SecureVersion, path: string, call: Call): Promise<Answer> {
  const { key, body } = call;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          host: 'app.example',
          authorization: `Bearer ${key}`,
          'content-type': 'application/scim+json',
        },
        createConnection: () =>
          connect({
            port,
            host: '127.0.0.1',
            ciphers: CIPHERS,
            minVersion: version,
            maxVersion: version,
            pskCallback: () => ({ psk: PSK, identity: 'client' }),
            checkServerIdentity: () => undefined,
          }),
      },
      async (incoming) => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk);
        const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]);
        resolve(
          readAnswer(new Response(Buffer.concat(chunks), { status: incoming.statusCode ?? 0, headers })),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
