import type { SeenRequest, SetupFacts } from './facts.ts';
import { fromRequests, type ScimFinding, type ScimFindingId } from './finding.ts';

/** What the identity provider sends and is refused, until the same succeeds. */
export function findRequestFindings(facts: SetupFacts): readonly ScimFinding[] {
  const open = facts.failed.filter(
    (request) => request.data.keyFailure === null && !isMended(request, facts),
  );
  const byKind = Map.groupBy(open, kindOf);
  const found = [...byKind].flatMap(([kind, requests]) =>
    kind === undefined ? [] : describe(kind, requests),
  );
  return [...found, ...findIgnored(facts)].filter((finding) => isLasting(finding, facts.now));
}

/** What is refused once is often part of how an identity provider finds out, and put right by its next request. */
function isLasting({ since, lastAt }: ScimFinding, now: number): boolean {
  const first = since ?? now;
  return now - first >= PASSING_SECONDS || (lastAt ?? first) - first >= REPEATED_SECONDS;
}

const PASSING_SECONDS = 600;

/** Asked for again after this long, it is not on the way to be put right. */
const REPEATED_SECONDS = 60;

type Kind = Extract<
  ScimFindingId,
  'pathWrong' | 'conflict' | 'valueRefused' | 'memberUnknown' | 'tooManyRequests' | 'appFailed'
>;

function kindOf({
  status,
  data: { operation, scimType, detail, resourceType },
}: SeenRequest): Kind | undefined {
  if (status === 404) return operation === 'unknown' ? 'pathWrong' : undefined;
  if (status === 409 && scimType === 'uniqueness') return 'conflict';
  if (status === 400 && resourceType === 'Group' && isAboutMember(detail)) return 'memberUnknown';
  if (status === 400) return 'valueRefused';
  if (status === 429) return 'tooManyRequests';
  // The app's own hooks: it refused, or failed.
  return status === 403 || status === 409 || status === 500 ? 'appFailed' : undefined;
}

function isAboutMember(detail: string | null): boolean {
  return detail?.includes('member does not exist') === true;
}

/** One for each attribute or text, so that each is mended by itself. */
function describe(kind: Kind, requests: readonly SeenRequest[]): readonly ScimFinding[] {
  const severity = kind === 'tooManyRequests' ? 'warning' : 'problem';
  const byText = Map.groupBy(requests, ({ data }) => (kind === 'pathWrong' ? '' : (data.detail ?? '')));
  return [...byText.values()].map((seen) => {
    const [newest] = seen;
    const { detail = null, target = null, scimType = null } = newest?.data ?? {};
    const name = newest?.data.name ?? null;
    return fromRequests({ id: kind, severity }, seen, {
      detail,
      target,
      scimType,
      name,
      status: newest?.status ?? null,
    });
  });
}

/** Whether the same was asked for again later and done, or came to nothing since the resource is gone. */
function isMended({ at, status, data }: SeenRequest, { requests }: SetupFacts): boolean {
  // Who is turned away is not asked what it was about.
  const isAboutNobody = data.operation === 'unknown' || status === 429;
  return requests.some(
    (later) => later.at > at && later.status < 400 && (isAboutNobody || isSame(later, data)),
  );
}

function isSame(
  { data: later }: SeenRequest,
  { resourceId, name, resourceType }: SeenRequest['data'],
): boolean {
  if (later.resourceType !== resourceType) return false;
  if (resourceId !== null) return later.resourceId === resourceId;
  return name !== null && later.name?.toLowerCase() === name.toLowerCase();
}

/** Attributes that were sent, and are of no schema: nothing of them is kept (T32). */
function findIgnored({ requests }: SetupFacts): readonly ScimFinding[] {
  const newest = new Map<string, SeenRequest>();
  for (const request of requests) {
    const { resourceId, operation } = request.data;
    if (resourceId === null || !CHANGING.has(operation) || request.status >= 400) continue;
    if (!newest.has(resourceId)) newest.set(resourceId, request);
  }
  const ignored = [...newest.values()].filter(({ data }) => data.leniencies.includes('unknown-path'));
  return ignored.length === 0 ? [] : [fromRequests({ id: 'attributeIgnored', severity: 'hint' }, ignored)];
}

const CHANGING: ReadonlySet<string> = new Set(['create', 'replace', 'update']);
