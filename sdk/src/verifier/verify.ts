import { randomBytes } from 'node:crypto';
import type { Check } from './check.ts';
import { CHECKS } from './checks.ts';
import { cleanUp } from './clean-up.ts';
import { createClient, type Fetch, NoAnswerError } from './client.ts';
import { type Context, createContext } from './context.ts';
import { discover, VerificationError } from './discovery.ts';
import { type Exchange, redact, redactExchange } from './exchange.ts';
import { CheckFailure, NotClaimed, SetupFailure } from './expect.ts';
import { createRandom } from './random.ts';
import { countResults, type RequirementResult, type VerificationReport } from './report.ts';

export type { Claims } from './claims.ts';
export type { Fetch } from './client.ts';
export { VerificationError } from './discovery.ts';
export { type Exchange, formatExchange } from './exchange.ts';
export { formatJunit } from './junit.ts';
export type { Level, RequirementResult, Status, VerificationReport } from './report.ts';

export interface VerifyOptions {
  /** The base URL, such as `https://app.example/scim/v2`. */
  readonly url: string;
  readonly key: string;
  /** @default the platform's */
  readonly fetch?: Fetch;
  /** Ids such as `rfc-79`, or sections such as `RFC 7644 §3.3`. @default all */
  readonly only?: readonly string[];
  /** Called after each requirement. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Ends the run; test resources are deleted all the same. */
  readonly signal?: AbortSignal;
  /** Makes the random requests of an earlier run again. @default random */
  readonly seed?: number;
}

export interface VerifyProgress {
  readonly done: number;
  readonly total: number;
  readonly requirement: RequirementResult;
}

/**
 * Checks a SCIM 2.0 server from outside, requirement by requirement: first what it claims, then exactly that.
 * Works with users and groups of its own, which it deletes again, so it is safe on a connection with data.
 *
 * @throws VerificationError when the server cannot be reached, refuses the key, or `only` names nothing.
 * @example
 * const report = await verify({ url: 'https://app.example/scim/v2', key });
 * if (!report.ok) console.log(report.requirements.filter(({ status }) => status === 'failed'));
 */
export async function verify(options: VerifyOptions): Promise<VerificationReport> {
  const { key, onProgress, signal } = options;
  const started = Date.now();
  const url = toBaseUrl(options.url);
  const checks = selectChecks(options.only);
  const send = options.fetch ?? fetch;
  const client = createClient({ url, key, fetch: send, signal });
  const seed = options.seed ?? randomBytes(4).readUInt32BE();
  const prefix = `scimkit-verify-${randomBytes(5).toString('hex')}`;
  const discovery = await discover(client);
  const context = createContext({ discovery, client, url, key, prefix, random: createRandom(seed) });
  const requirements: RequirementResult[] = [];
  let leftovers: readonly string[] = [];
  try {
    for (const check of checks) {
      signal?.throwIfAborted();
      const requirement = await runCheck(check, context);
      requirements.push(requirement);
      onProgress?.({ done: requirements.length, total: checks.length, requirement });
    }
  } finally {
    // An aborted run cleans up too, so that goes without its signal.
    const cleaner = createClient({ url, key, fetch: send, signal: undefined });
    leftovers = await cleanUp(cleaner, { ...discovery, prefix, created: client.created });
  }
  const counts = countResults(requirements);
  return {
    url: redact(url, key),
    ok: counts.failedByLevel.MUST === 0,
    claims: discovery.claims,
    requirements,
    counts,
    seed,
    requests: client.requests,
    durationMs: Date.now() - started,
    leftovers,
  };
}

function toBaseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new VerificationError(
      'The URL must be an http: or https: URL, such as https://app.example/scim/v2.',
    );
  }
  return text.replace(/[?#].*$/, '').replace(/\/+$/, '');
}

function selectChecks(only: readonly string[] | undefined): readonly Check[] {
  if (only === undefined || only.length === 0) return CHECKS;
  const unknown = only.find((term) => !CHECKS.some((check) => isNamed(check, term)));
  if (unknown !== undefined) {
    throw new VerificationError(
      `No requirement is called "${unknown}". Name an id such as rfc-79 or a section such as "RFC 7644 §3.3".`,
    );
  }
  return CHECKS.filter((check) => only.some((term) => isNamed(check, term)));
}

/** An id, or a section with those below it: `RFC 7644 §3.3`, `7644 3.3` and `3.3` are the same. */
function isNamed({ id, section }: Check, term: string): boolean {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replaceAll(/rfc\s*|§/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim();
  if (term.trim().toLowerCase() === id) return true;
  if (/^rfc-/i.test(term.trim())) return false;
  const whole = plain(section);
  const number = whole.split(' ').at(-1) ?? '';
  const wanted = plain(term);
  return [whole, number].some(
    (text) => text === wanted || text.startsWith(`${wanted}.`) || text.startsWith(`${wanted} `),
  );
}

async function runCheck(check: Check, context: Context): Promise<RequirementResult> {
  const { id, level, section, title, needs = [] } = check;
  const requirement = { id, level, section, title };
  const missing = needs.filter((need) => !context.has(need));
  if (missing.length > 0) {
    return {
      ...requirement,
      status: 'not claimed',
      reason: `The server does not claim ${missing.join(', ')}.`,
    };
  }
  const tell = (error: Error & { readonly exchange: Exchange }) => ({
    reason: redact(error.message, context.key),
    exchange: redactExchange(error.exchange, context.key),
  });
  try {
    await check.run(context);
    return { ...requirement, status: 'passed' };
  } catch (error) {
    if (error instanceof CheckFailure) return { ...requirement, status: 'failed', ...tell(error) };
    if (error instanceof SetupFailure) return { ...requirement, status: 'skipped', ...tell(error) };
    if (error instanceof NotClaimed) return { ...requirement, status: 'not claimed', reason: error.message };
    if (error instanceof NoAnswerError) {
      return {
        ...requirement,
        status: 'failed',
        ...tell(error),
        reason: `No answer came: ${tell(error).reason}.`,
      };
    }
    return { ...requirement, status: 'failed', ...describeUnreadable(error, context) };
  }
}

/** A server may answer in ways that no check expects: that is the server's fault, and no reason to stop. */
function describeUnreadable(
  error: unknown,
  { client, key }: Context,
): Pick<RequirementResult, 'reason' | 'exchange'> {
  const reason = redact(
    `An answer could not be understood: ${error instanceof Error ? error.message : error}.`,
    key,
  );
  const { last } = client;
  return last === undefined ? { reason } : { reason, exchange: redactExchange(last, key) };
}
