import type { Check } from '../check.ts';
import { expectStatus, expectThat } from '../expect.ts';

/** RFC 7644 §3.11. */
export const ME: readonly Check[] = [
  {
    id: 'rfc-156',
    level: 'MUST',
    section: 'RFC 7644 §3.11',
    title: '/Me answers 501 when it is not supported, else the user or a redirect to it',
    async run({ get }) {
      const answer = await get('/Me');
      // 404: the key belongs to no user, or the server has never heard of the endpoint.
      expectStatus(answer, 200, 307, 308, 403, 404, 501);
      if (answer.status > 308) return;
      // The permanent URI of the user: MUST stand in Location, of which Content-Location is today's form for a GET.
      const hasLocation = answer.headers.has('location') || answer.headers.has('content-location');
      expectThat(hasLocation, answer, { expected: 'a Location header', came: 'none' });
    },
  },
];
