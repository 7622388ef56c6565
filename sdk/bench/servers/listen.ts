import { createServer, type RequestListener } from 'node:http';

/** Serves on a free port of this machine and says which on stdout, as whoever started this process waits for. */
export function listen(handler: RequestListener): void {
  const server = createServer(handler);
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) console.log(`READY ${address.port}`);
  });
}
