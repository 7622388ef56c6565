import type { Verify } from './measure.ts';
import type { Answer, Body } from './target.ts';

/** Checks of answers. Each answers what is wrong, or undefined. */
export function expectStatus(answer: Answer, ...allowed: readonly number[]): string | undefined {
  if (allowed.includes(answer.status)) return undefined;
  return `HTTP ${answer.status} ${String(answer.json?.detail ?? '').slice(0, 120)}`.trim();
}

export function expectCreated(sent: { readonly userName: string }): Verify {
  return (answer) => {
    const problem = expectStatus(answer, 201);
    if (problem) return problem;
    if (typeof answer.json?.id !== 'string' || answer.json.id === '') return 'created user has no id';
    return answer.json.userName === sent.userName ? undefined : 'created user has another userName';
  };
}

/** A filter that names one user finds that user alone. */
export function expectOneUser(userName: string, externalId?: string): Verify {
  return (answer) => {
    const problem = expectStatus(answer, 200);
    if (problem) return problem;
    const { totalResults, Resources = [] } = answer.json ?? {};
    if (totalResults !== 1) return `lookup: totalResults is ${totalResults}, not 1`;
    if (Resources[0]?.userName !== userName) return 'lookup: returned another user';
    const isForeign = externalId !== undefined && Resources[0].externalId !== externalId;
    return isForeign ? "lookup: returned another tenant's user" : undefined;
  };
}

export function expectNoUser(answer: Answer): string | undefined {
  const problem = expectStatus(answer, 200);
  if (problem) return problem;
  const { totalResults, Resources = [] } = answer.json ?? {};
  if (totalResults !== 0) return `lookup of an absent user: totalResults is ${totalResults}`;
  return Resources.length > 0 ? 'lookup of an absent user returned a user' : undefined;
}

/** PATCH and PUT may answer 200 with the resource, PATCH also 204 without. */
export function expectChanged(isRight: (body: Body) => boolean = () => true): Verify {
  return (answer) => {
    const problem = expectStatus(answer, 200, 204);
    if (problem) return problem;
    const isWrong = answer.status === 200 && answer.json !== undefined && !isRight(answer.json);
    return isWrong ? 'response does not show the change' : undefined;
  };
}
