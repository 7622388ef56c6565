import { expectStatus } from '../expect.ts';
import { loop, type Measured, Recorder } from '../measure.ts';
import type { Answer } from '../target.ts';
import type { Directory } from '../workload.ts';

export interface ListGroupsOptions {
  /** Groups that are there. */
  readonly groups: number;
  readonly pageSize: number;
  readonly seconds: number;
}

const WITHOUT_MEMBERS = '&excludedAttributes=members';

/** `GET /Groups?excludedAttributes=members`, page by page, over and over: every group is seen, no member. */
export async function listGroups(
  { target, processes, checks }: Directory,
  { groups, pageSize, seconds }: ListGroupsOptions,
): Promise<Measured> {
  const seen = new Set<string | undefined>();
  const pages = Math.ceil(groups / pageSize);
  const recorder = new Recorder({ processes, checks }).start();
  await loop({ seconds }, async (index) => {
    const startIndex = (index % pages) * pageSize + 1;
    const answer = await recorder.time(
      () => target.listGroups(startIndex, pageSize, WITHOUT_MEMBERS),
      expectNoMembers,
    );
    for (const { id } of answer?.json?.Resources ?? []) seen.add(id);
  });
  recorder.stop();
  checks.ok(
    recorder.count < pages || seen.size === groups,
    `listing showed ${seen.size} groups of ${groups}`,
  );
  return recorder.summary();
}

function expectNoMembers(answer: Answer): string | undefined {
  const problem = expectStatus(answer, 200);
  if (problem) return problem;
  const { Resources = [] } = answer.json ?? {};
  if (Resources.length === 0) return 'no groups returned';
  return Resources.some(({ members }) => members?.length) ? 'members returned although excluded' : undefined;
}
