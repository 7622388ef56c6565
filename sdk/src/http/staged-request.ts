import { createHash } from 'node:crypto';
import { BASE62, createRandomText, type RandomSource } from '../connections/random-text.ts';
import { openText, sealText } from '../connections/sealed-text.ts';
import type { RequiredAction } from '../provisioning/app-decision.ts';

/** A request that waits for the app's decision, with what the app was asked. */
export interface StagedRequest {
  readonly action: RequiredAction;
  /** The account that was asked about; null = one is to be linked. */
  readonly userId: string | null;
  readonly keyId: string;
  readonly method: string;
  /** Below the endpoint URL. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** null = none was sent. */
  readonly body: string | null;
  readonly baseUrl: string;
}

/** A commit id taken apart. The secret is given to the app and kept nowhere. */
export interface CommitId {
  readonly stagedId: string;
  readonly secret: string;
}

const STAGED_ID_LENGTH = 16;
const SECRET_LENGTH = 43;
const COMMIT_ID = /^(?<stagedId>[0-9A-Za-z]{16})_(?<secret>[0-9A-Za-z]{43})$/;

export function createCommitId(random: RandomSource): CommitId {
  const draw = (length: number) => createRandomText({ alphabet: BASE62, length, random });
  return { stagedId: draw(STAGED_ID_LENGTH), secret: draw(SECRET_LENGTH) };
}

export function formatCommitId({ stagedId, secret }: CommitId): string {
  return `${stagedId}_${secret}`;
}

/** undefined = nothing was ever staged under such a text. */
export function parseCommitId(text: string): CommitId | undefined {
  const { stagedId, secret } = COMMIT_ID.exec(text)?.groups ?? {};
  return stagedId === undefined || secret === undefined ? undefined : { stagedId, secret };
}

/** What binds a sealed request to its place. */
interface StagedPlace {
  readonly connectionId: string;
  readonly commitId: CommitId;
}

/**
 * Seals a request by the secret of its commit id. A request is kept as it was sent, with whatever an identity
 * provider sends: a password never belongs in a database (case S16), and one nobody commits is readable to nobody.
 */
export function sealRequest(
  request: StagedRequest,
  seal: StagedPlace & { readonly random: RandomSource },
): string {
  const { commitId, random } = seal;
  return sealText(JSON.stringify(request), { key: toKey(commitId), place: toPlace(seal), random });
}

/** undefined = the secret is not that of this change. */
export function openRequest(sealed: string, seal: StagedPlace): StagedRequest | undefined {
  const text = openText(sealed, { key: toKey(seal.commitId), place: toPlace(seal) });
  return text === undefined ? undefined : (JSON.parse(text) as StagedRequest);
}

function toKey({ secret }: CommitId): Uint8Array {
  return createHash('sha256').update(`scimkit staged change ${secret}`).digest();
}

function toPlace({ connectionId, commitId }: StagedPlace): string {
  return `${connectionId} ${commitId.stagedId}`;
}
