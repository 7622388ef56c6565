import { isObject, type JsonObject } from '../../protocol/json.ts';
import { list, readResources } from '../expect.ts';
import { get } from '../message.ts';
import type { Concern } from '../persona.ts';
import type { Session } from '../session.ts';

export interface PagesOptions {
  readonly path: '/Users' | '/Groups';
  readonly concern: Concern;
  /** undefined = the server decides. */
  readonly count?: number;
}

/** Reads a whole collection page by page, as far as `totalResults` says. */
export async function readAll(
  session: Session,
  { path, concern, count }: PagesOptions,
): Promise<readonly JsonObject[]> {
  const what = path === '/Users' ? 'users' : 'groups';
  const all: JsonObject[] = [];
  for (let page = 1, total = 1; all.length < total; page += 1) {
    const from = all.length + 1;
    const { body } = await session.send({
      id: `read-${what}-${page}`,
      title: `read all ${what}: page ${page}`,
      concern,
      tolerances: ['T24'],
      request: get(`${path}?startIndex=${from}${count === undefined ? '' : `&count=${count}`}`),
      status: 200,
      // A page that is empty before the end would be asked for forever.
      expect: [
        list(),
        (answer) =>
          isObject(answer.body) &&
          Number(answer.body.totalResults) >= from &&
          readResources(answer.body).length === 0
            ? ['Resources: expected more, got none before the end']
            : [],
      ],
    });
    total = isObject(body) ? Number(body.totalResults) : 0;
    all.push(...readResources(body));
  }
  return all;
}
