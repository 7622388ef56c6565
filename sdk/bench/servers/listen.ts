import { createServer, type RequestListener } from 'node:http';

/**
 * Serves on a free port of this machine and says which on stdout, as whoever started this process waits for. Ends with
 * whoever started it: at the end of stdin.
 */
export function listen(handler: RequestListener): void {
  const server = createServer(handler);
  server.keepAliveTimeout = 600_000;
  process.stdin.resume().on('close', () => process.exit());
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) console.log(`READY ${address.port}`);
  });
}
