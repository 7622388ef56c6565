import { expect, test } from 'vitest';
import { findFaults } from '../support/answers.ts';
import { runs, seconds, tryInputsInTurn } from '../support/counts.ts';
import { BASE, connect, openScim, readAnswer } from '../support/scim.ts';
import { arbitraryRequest, judgeRequest } from './http-requests.ts';

test(
  'B6: a request with several things wrong is answered with the first of them, as a SCIM error',
  async () => {
    const { scim, log } = openScim({ database: 'sqlite::memory:' });
    const { key } = await connect(scim);
    await tryInputsInTurn('B6 requests', runs(16_000), async (dice) => {
      const { request, expected } = arbitraryRequest(dice, { base: BASE, key });
      const response = await scim.fetch(request);
      const fault = judgeRequest(response.status, expected);
      if (fault !== undefined) throw new Error(`${request.method} ${request.url}: ${fault}`);
      const answer = await readAnswer(response);
      const faults = answer.status === 304 ? [] : findFaults(answer);
      if (faults.length > 0) throw new Error(`${request.method} ${request.url}: ${faults} ${answer.text}`);
      if (answer.status === 405 && !answer.headers.has('allow')) throw new Error('405 without Allow');
      if (answer.status === 401 && !answer.headers.has('www-authenticate'))
        throw new Error('401 without scheme');
      return answer.status < 400 ? 'accepted' : 'refused';
    });
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  },
  seconds(60),
);
