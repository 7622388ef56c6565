import { call } from './api.ts';

/** Somebody of the directory who may be in Harbor already. */
export interface PersonMatch {
  readonly scimUserId: string;
  readonly userName: string | null;
  readonly email: string | null;
  readonly outcome: 'externalId' | 'verifiedEmail' | 'unverifiedEmail' | 'ambiguous';
  readonly candidates: readonly { readonly userId: string; readonly name?: string | null }[];
  readonly proposedUserId: string | null;
}

/** Who may be in Harbor already; none where there is no directory. */
export async function fetchMatches(): Promise<readonly PersonMatch[]> {
  const { matches } = await call<{ matches: readonly PersonMatch[] }>('GET', '/api/setup/matches');
  return matches;
}

export function confirmMatches(scimUserIds: readonly string[]): Promise<{ linked: number }> {
  return call('POST', '/api/setup/matches/confirm', { scimUserIds });
}
