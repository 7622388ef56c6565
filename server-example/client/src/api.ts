/** A failure in words for people. `status` is 0 when no answer arrived. */
export class ApiError extends Error {
  readonly status: number;
  /** A stable word for the cause, such as `reauthentication_required`. */
  readonly code: string | undefined;

  constructor(status: number, message: string, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The signed-in person. */
export interface Session {
  readonly person: { readonly id: string; readonly name: string; readonly email: string | null };
  readonly customer: { readonly id: string; readonly name: string };
  readonly canManageDirectory: boolean;
  /** Names of some people who can. */
  readonly administrators: readonly string[];
}

/** A customer with the people a visitor can sign in as. */
export interface CandidateCustomer {
  readonly id: string;
  readonly name: string;
  readonly people: readonly Candidate[];
}

export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly managedBy: 'harbor' | 'directory';
}

export interface TeamPage {
  readonly people: readonly TeamMember[];
  readonly totalPeople: number;
  readonly teams: readonly { readonly id: string; readonly name: string; readonly memberCount: number }[];
  readonly totalTeams: number;
}

export interface TeamMember {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly title: string | null;
  readonly role: string;
  readonly active: boolean;
  readonly managedBy: 'harbor' | 'directory';
}

/** The session, or null when nobody is signed in. */
export async function fetchSession(): Promise<Session | null> {
  const { session } = await call<{ session: Session | null }>('GET', '/api/session');
  return session;
}

export async function fetchCandidates(): Promise<readonly CandidateCustomer[]> {
  const { customers } = await call<{ customers: CandidateCustomer[] }>('GET', '/api/sign-in');
  return customers;
}

export async function signIn(userId: string): Promise<void> {
  await call('POST', '/api/sign-in', { userId });
}

export async function signOut(): Promise<void> {
  await call('POST', '/api/sign-out');
}

/** Renews the sign-in, for work on keys. */
export async function confirmSignIn(): Promise<void> {
  await call('POST', '/api/session/confirm');
}

export async function fetchTeam(page: { limit: number; offset: number }): Promise<TeamPage> {
  return call('GET', `/api/team?limit=${page.limit}&offset=${page.offset}`);
}

/** Asks one of Harbor's own routes. Throws an {@link ApiError}. */
export async function call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
  const response = await fetch(path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  }).catch(() => {
    // The browser's own words for it are meant for developers.
    throw new ApiError(0, 'Harbor could not be reached.');
  });
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  const { message = `The server answered ${response.status}.`, code } = answer?.error ?? {};
  throw new ApiError(response.status, message, code);
}
