import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { BASE62, createRandomText, type RandomSource } from '../connections/random-text.ts';
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
interface Seal {
  readonly connectionId: string;
  readonly commitId: CommitId;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a request by the secret of its commit id. A request is kept as it was sent, with whatever an identity
 * provider sends: a password never belongs in a database (case S16), and one nobody commits is readable to nobody.
 */
export function sealRequest(request: StagedRequest, seal: Seal & { readonly random: RandomSource }): string {
  const iv = seal.random(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', toKey(seal.commitId), iv);
  cipher.setAAD(toPlace(seal));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(request), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** undefined = the secret is not that of this change. */
export function openRequest(sealed: string, seal: Seal): StagedRequest | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', toKey(seal.commitId), bytes.subarray(0, IV_BYTES));
  decipher.setAAD(toPlace(seal));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8');
  try {
    return JSON.parse(text + decipher.final('utf8')) as StagedRequest;
  } catch {
    return undefined;
  }
}

function toKey({ secret }: CommitId): Uint8Array {
  return createHash('sha256').update(`scimkit staged change ${secret}`).digest();
}

function toPlace({ connectionId, commitId }: Seal): Buffer {
  return Buffer.from(`${connectionId} ${commitId.stagedId}`);
}
