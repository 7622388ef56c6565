import { expect, test } from 'vitest';
import { createEndedKeyNotice } from './ended-key-notice.ts';

test('P4: the host hears of a key that has ended at its first use, then at most once an hour', () => {
  const heard: object[] = [];
  const clock = { now: 0 };
  const logger = {
    error() {},
    info() {},
    warn: (_message: string, details?: object) => heard.push(details ?? {}),
  };
  const notice = createEndedKeyNotice(logger, () => clock.now);

  notice.note({ failure: 'expired', connectionId: 'a' });
  notice.note({ failure: 'expired', connectionId: 'a' });
  notice.note({ failure: 'revoked', connectionId: 'b' });
  clock.now += 3_600_000;
  notice.note({ failure: 'expired', connectionId: 'a' });

  expect(heard).toEqual([
    { connectionId: 'a', reason: 'expired' },
    { connectionId: 'b', reason: 'revoked' },
    { connectionId: 'a', reason: 'expired' },
  ]);
});

test('fault-F11: a clock that was set back does not keep the host from hearing', () => {
  const heard: string[] = [];
  const clock = { now: 400 * 86_400_000 };
  const logger = { error() {}, info() {}, warn: (message: string) => heard.push(message) };
  const notice = createEndedKeyNotice(logger, () => clock.now);

  notice.note({ failure: 'expired', connectionId: 'a' });
  clock.now = 0;
  notice.note({ failure: 'expired', connectionId: 'a' });

  expect(heard).toHaveLength(2);
});

test('P9: a wrong key names no connection, so it cannot fill the log', () => {
  const heard: string[] = [];
  const logger = { error() {}, info() {}, warn: (message: string) => heard.push(message) };
  const notice = createEndedKeyNotice(logger, () => 0);

  notice.note({ failure: 'wrong' });
  notice.note({ failure: 'unknown' });
  notice.note({ failure: 'foreign', connectionId: 'a' });

  expect(heard).toEqual([]);
});
