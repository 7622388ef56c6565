import { isObject } from '../../protocol/json.ts';
import { type Expectation, list, readResources } from '../expect.ts';
import { type Answer, get, patch, post, userPath } from '../message.ts';
import type { Scenario } from '../persona.ts';
import type { Session } from '../session.ts';
import { patchOp } from './bodies.ts';
import { oktaUser } from './okta-requests.ts';
import { createMany } from './steps.ts';

const PAGE = 100;

/** An import reads all users page by page; a change in between must neither hide a user nor show one twice. */
export const oktaImport: Scenario = {
  name: 'import',
  sequences: ['S4'],
  title: 'Import of 250 users (--users) in pages of 100, with a change between two pages',
  async run(session) {
    const people = Array.from({ length: session.sizes.users ?? 250 }, () => session.names.person());
    const ids = await createMany(session, {
      id: 'create-users',
      title: `create ${people.length} users`,
      requests: people.map((person) => post('/Users', oktaUser(person))),
    });
    const changed = ids[Math.floor(ids.length / 2)] ?? '';
    const seen = await readAllPages(session, {
      afterFirstPage: async () => {
        await session.send({
          id: 'change-between-pages',
          title: 'one of the users changes between two pages',
          concern: 'user',
          tolerances: ['T3'],
          request: patch(
            userPath(changed),
            patchOp({ op: 'replace', value: { displayName: 'Changed Meanwhile' } }),
          ),
          status: [200, 204],
        });
      },
    });
    await session.check({
      id: 'import-complete',
      title: 'the import has every user once',
      concern: 'import',
      tolerances: ['T24'],
      request: get('/Users?startIndex=1&count=1'),
      status: 200,
      expect: [list(), () => findImportFaults(ids, seen)],
    });
  },
};

/** @returns the ids on all pages, in order. */
async function readAllPages(
  session: Session,
  { afterFirstPage }: { readonly afterFirstPage: () => Promise<void> },
): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let startIndex = 1, total = 1, page = 1; startIndex <= total; page += 1) {
    const answer = await session.send({
      id: `import-page-${page}`,
      title: `import: page ${page}`,
      concern: 'import',
      tolerances: ['T24'],
      request: get(`/Users?startIndex=${startIndex}&count=${PAGE}`),
      status: 200,
      expect: [list(), isPageFrom(startIndex)],
    });
    const resources = readResources(answer.body);
    seen.push(...resources.map(({ id }) => String(id)));
    total = readTotal(answer);
    if (startIndex === 1) await afterFirstPage();
    startIndex += resources.length;
  }
  return seen;
}

/** A page that is empty before the end would be asked for forever. */
function isPageFrom(startIndex: number): Expectation {
  return (answer) => {
    const { body } = answer;
    const count = readResources(body).length;
    if (isObject(body) && body.startIndex !== startIndex) {
      return [`startIndex: expected ${startIndex}, got ${body.startIndex}`];
    }
    if (count === 0 && readTotal(answer) >= startIndex)
      return ['Resources: expected users, got none before the end'];
    return count > PAGE ? [`Resources: expected ${PAGE} at most, got ${count}`] : [];
  };
}

function readTotal({ body }: Answer): number {
  return isObject(body) && typeof body.totalResults === 'number' ? body.totalResults : 0;
}

function findImportFaults(ids: readonly string[], seen: readonly string[]): readonly string[] {
  const all = new Set(seen);
  const missing = ids.filter((id) => !all.has(id)).length;
  const own = new Set(ids);
  const twice = seen.filter((id) => own.has(id)).length - (ids.length - missing);
  if (missing === 0 && twice === 0) return [];
  return [`users: expected each of ${ids.length} once, got ${missing} missing and ${twice} twice`];
}
