import { expect, test } from 'vitest';
import { findFaults } from '../support/answers.ts';
import { runs, seconds, tryInputsInTurn } from '../support/counts.ts';
import { connect, openScim, patch, send, user } from '../support/scim.ts';
import { assemble, mutateText } from './mutate-text.ts';

const encode = encodeURIComponent;

test(
  'B11: an altered cursor, or one for another query or connection, is 400 invalidCursor',
  async () => {
    const { scim } = openScim({ database: 'sqlite::memory:' });
    const { key } = await connect(scim, 'a');
    const other = await connect(scim, 'b');
    for (const owner of [key, other.key])
      for (let index = 0; index < 6; index += 1)
        await send(scim, '/Users', { key: owner, body: user(`user${index}`, { title: `t${index % 2}` }) });
    const QUERIES = ['count=2', 'count=2&sortBy=title', 'count=2&filter=active+eq+true'];
    const cursors: { readonly query: string; readonly cursor: string }[] = [];
    for (const query of QUERIES) {
      const first = await send(scim, `/Users?${query}&cursor=`, { key });
      cursors.push({ query, cursor: first.body.nextCursor });
    }
    const pieces = ['-', '_', '=', '+', '/', 'A', 'z', '0', '.', ' ', '%', 'AAAA'];
    await tryInputsInTurn('B11 cursors', runs(10_000), async (dice) => {
      const { query, cursor } = dice.pick(cursors);
      const altered = dice.oneIn(10)
        ? assemble(pieces, dice)
        : mutateText(cursor, pieces, dice).toWellFormed();
      const kind = dice.int(4);
      const [asked, text, owner] =
        kind === 0
          ? [dice.pick(QUERIES), cursor, key]
          : kind === 1
            ? [query, cursor, other.key]
            : [query, altered, key];
      // The empty cursor asks for the first page.
      const isRight = owner === key && ((asked === query && text === cursor) || text === '');
      const answer = await send(scim, `/Users?${asked}&cursor=${encode(text)}`, { key: owner });
      if (answer.status !== (isRight ? 200 : 400)) throw new Error(`${text}: ${answer.text}`);
      if (!isRight && answer.body.scimType !== 'invalidCursor') throw new Error(`${text}: ${answer.text}`);
      if (findFaults(answer).length > 0) throw new Error(answer.text);
      return isRight ? 'accepted' : 'refused';
    });
    expect(
      (await send(scim, `/Users?${cursors[0]?.query}&cursor=${cursors[0]?.cursor}`, { key })).status,
    ).toBe(200);
  },
  seconds(60),
);

test(
  'B11: an altered ETag is 412 on a write, and leaves everything; on a read it brings the body',
  async () => {
    const { scim } = openScim({ database: 'sqlite::memory:' });
    const { key } = await connect(scim);
    const made = await send(scim, '/Users', { key, body: user('ada') });
    const path = `/Users/${made.body.id}`;
    const etag = made.headers.get('etag') ?? '';
    const pieces = ['W/', 'w/', '"', '*', ',', ' ', '1', '-', 'x', '\u00e9', '\\', "'"];
    await tryInputsInTurn('B11 entity tags', runs(10_000), async (dice) => {
      const text = (dice.oneIn(6) ? assemble(pieces, dice) : mutateText(etag, pieces, dice))
        .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?')
        .trim();
      // RFC 9110 §13.1: `*` is any version; a list is met by one of its tags, and versions compare weakly.
      const isMet = text === '*' || [...text.matchAll(/"([^"\s]*)"/g)].some(([, tag]) => tag === '1');
      if (dice.oneIn(2)) {
        const answer = await send(scim, path, { key, headers: { 'if-none-match': text } });
        if (answer.status !== (isMet ? 304 : 200)) throw new Error(`If-None-Match ${text}: ${answer.status}`);
        return isMet ? 'refused' : 'accepted';
      }
      const body = patch({ op: 'replace', path: 'userName', value: 'ada' });
      const answer = await send(scim, path, { key, method: 'PATCH', body, headers: { 'if-match': text } });
      if (answer.status !== (isMet ? 200 : 412)) throw new Error(`If-Match ${text}: ${answer.status}`);
      return isMet ? 'accepted' : 'refused';
    });
    expect((await send(scim, path, { key })).text).toBe(made.text);
  },
  seconds(60),
);
