import { expect, onTestFinished, test } from 'vitest';
import { serve } from '../../test/support/serve.ts';
import { createFetchTransport, createNodeTransport } from './transport.ts';

const never = new AbortController().signal;

test('a request is sent as it is written, with nothing added', async () => {
  const seen: { url: string | undefined; names: string[] }[] = [];
  const port = await serve(({ url, rawHeaders }, response) => {
    seen.push({ url, names: rawHeaders.filter((_, index) => index % 2 === 0) });
    response.setHeader('Set-Cookie', ['a=1', 'b=2']).writeHead(404).end('nobody');
  });
  const transport = createNodeTransport();
  onTestFinished(transport.close);
  const url = `http://127.0.0.1:${port}/scim/v2/Users/1?`;

  const answer = await transport.send({
    method: 'GET',
    url,
    headers: { Authorization: 'Bearer x' },
    signal: never,
  });

  expect(seen).toEqual([{ url: '/scim/v2/Users/1?', names: ['Authorization', 'Host', 'Connection'] }]);
  expect(answer).toMatchObject({ status: 404, text: 'nobody', headers: { 'set-cookie': 'a=1, b=2' } });
});

test('a body has its length in bytes', async () => {
  const port = await serve((request, response) => {
    request.resume().on('end', () => response.end(request.headers['content-length']));
  });
  const transport = createNodeTransport();
  onTestFinished(transport.close);
  const url = `http://127.0.0.1:${port}/`;
  const { text } = await transport.send({ method: 'POST', url, headers: {}, body: '"é"', signal: never });
  expect(text).toBe('4');
});

test('a fetch of the caller gets the same request', async () => {
  const sent: unknown[] = [];
  const transport = createFetchTransport(async (input, init) => {
    sent.push([input, init?.method, init?.body]);
    return new Response('{}', { status: 201, headers: { Location: '/Users/1' } });
  });
  const url = 'http://app.example/Users';
  const answer = await transport.send({ method: 'POST', url, headers: {}, body: '{}', signal: never });
  expect(sent).toEqual([[url, 'POST', '{}']]);
  expect(answer).toMatchObject({ status: 201, text: '{}', headers: { location: '/Users/1' } });
});
