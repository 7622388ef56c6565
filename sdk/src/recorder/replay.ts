import { randomBytes } from 'node:crypto';
import { isArray, isObject, type Json } from '../protocol/json.ts';
import { type Bindings, createBindings } from './bindings.ts';
import { type CompareOptions, compareBodies, compareTargets, type Difference, differ } from './compare.ts';
import { createFreshNames, type FreshNames } from './fresh-names.ts';
import { decodePart, decodeQueryPart } from './percent.ts';
import { NOWHERE } from './place.ts';
import { type RecordedExchange, readRecording } from './recording.ts';
import { RecordingError } from './recording-error.ts';
import { BASE } from './redact-text.ts';
import { createReplayClient, type ReplayAnswer, type ReplayClient } from './replay-client.ts';
import {
  type ReplayedExchange,
  type ReplayReport,
  type SkippedExchange,
  withoutKey,
} from './replay-report.ts';
import { type ForeignResource, isDiscovery, type Survey, surveyRecording } from './survey.ts';
import { readLiterals } from './visit-texts.ts';

export type { Difference } from './compare.ts';
export { RecordingError } from './recording-error.ts';
export type { ReplayedExchange, ReplayReport, SkippedExchange } from './replay-report.ts';

/** What {@link replay} takes. */
export interface ReplayOptions {
  /** The recording's file. */
  readonly file: string;
  /** The endpoint URL of the server to play it against. */
  readonly url: string;
  /** The SCIM API key. */
  readonly key: string;
  /** False sends the names of the recording as they are. @default true: a suffix of this run's own */
  readonly freshNames?: boolean;
  /** Leaves what was made, for a look at it. @default false */
  readonly keep?: boolean;
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Gives the replay up; what it made is deleted all the same. */
  readonly signal?: AbortSignal;
}

/** Told after each exchange. */
export interface ReplayProgress {
  readonly done: number;
  readonly total: number;
  /** Such as `PATCH /Users/2819c223`. */
  readonly request: string;
  readonly outcome: 'same' | 'different' | 'skipped';
}

/**
 * Plays a recording against a server, in its order, and compares every answer with the recorded one. Ids,
 * versions and cursors are taken from the answers; names get a suffix of this run's own, so that it can be played
 * on a connection that has data; what was there before the recording is made first; everything made is deleted at
 * the end.
 *
 * @throws RecordingError for options at fault, a file that is no recording, and when nobody answers at the URL.
 * @example
 * const { ok, different } = await replay({ file: 'okta.jsonl', url: 'http://localhost:3000/scim/v2', key });
 */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { key, signal, keep = false } = options;
  const base = parseBase(options.url);
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new RecordingError('The key must be text without spaces, as the server gave it out.');
  }
  const begin = performance.now();
  const { exchanges } = readRecording(options.file);
  const survey = surveyRecording({ exchanges });
  const run = options.freshNames === false ? '' : `r${randomBytes(4).toString('hex')}`;
  const names = createFreshNames([...survey.bodies, ...survey.foreign.map(({ resource }) => resource)], run);
  const client = createReplayClient(base);
  const stage: Stage = {
    survey,
    names,
    client,
    key,
    base,
    bindings: createBindings(names, base),
    lists: 'whole',
  };
  const played: Played[] = [];
  let prepared = 0;
  let leftBehind: readonly string[] = [];
  try {
    const lists = survey.hasForeign || !(await areEmpty(stage)) ? 'shared' : 'whole';
    prepared = await prepare(stage);
    for (const exchange of exchanges) {
      if (signal?.aborted) break;
      const outcome = await play(exchange, { ...stage, lists });
      played.push(outcome);
      const kind = 'reason' in outcome ? 'skipped' : outcome.differences.length > 0 ? 'different' : 'same';
      options.onProgress?.({
        done: played.length,
        total: exchanges.length,
        request: outcome.request,
        outcome: kind,
      });
    }
  } finally {
    leftBehind = keep ? client.made() : await cleanUp(stage);
    client.close();
  }
  const skipped = played.filter((outcome) => 'reason' in outcome);
  const answered = played.filter((outcome) => 'differences' in outcome);
  const different = answered.filter(({ differences }) => differences.length > 0);
  const interrupted = played.length < exchanges.length;
  const report: ReplayReport = {
    ok: different.length === 0 && answered.length > 0 && !interrupted,
    run,
    interrupted,
    counts: {
      exchanges: exchanges.length,
      played: answered.length,
      different: different.length,
      skipped: skipped.length,
      prepared,
      created: client.madeCount(),
      leftBehind: leftBehind.length,
    },
    different,
    skipped,
    leftBehind,
    durationMs: Math.round(performance.now() - begin),
  };
  return withoutKey(report, key);
}

type Played = ReplayedExchange | SkippedExchange;

interface Stage {
  readonly survey: Survey;
  readonly names: FreshNames;
  readonly client: ReplayClient;
  readonly bindings: Bindings;
  readonly key: string;
  readonly base: string;
  readonly lists: CompareOptions['lists'];
}

const SCIM_HEADERS = { accept: 'application/scim+json', 'content-type': 'application/scim+json' };

/** Whether the collections that the recording lists hold nothing, so that lists can be compared whole. */
async function areEmpty({ survey, client, key }: Stage): Promise<boolean> {
  for (const collection of survey.listed.length === 0 ? ['/Users'] : survey.listed) {
    const path = `${collection}?startIndex=1&count=1`;
    const answer = await client.send({ method: 'GET', path, headers: { accept: SCIM_HEADERS.accept }, key });
    if ('problem' in answer || !isObject(answer.body) || answer.body.totalResults !== 0) return false;
  }
  return true;
}

/** Makes what was there before the recording. @returns how many */
async function prepare({ survey, client, bindings, key }: Stage): Promise<number> {
  // Users before the groups they are members of.
  const order = [...survey.foreign].sort((a, b) => Number(isGroup(a)) - Number(isGroup(b)));
  let count = 0;
  for (const { collection, id, resource } of order) {
    const { id: _id, meta: _meta, groups: _groups, ...rest } = resource;
    const body = bindings.toActualBody(
      isArray(rest.members) ? { ...rest, members: onlyBound(rest.members, bindings) } : rest,
    );
    const request = {
      method: 'POST',
      path: collection,
      headers: SCIM_HEADERS,
      key,
      body: JSON.stringify(body),
    };
    const answer = await client.send(request);
    if ('problem' in answer || answer.status !== 201 || !isObject(answer.body)) continue;
    if (typeof answer.body.id !== 'string') continue;
    bindings.bind(id, answer.body.id);
    count += 1;
  }
  return count;
}

function isGroup({ collection }: ForeignResource): boolean {
  return /^\/groups$/i.test(collection);
}

function onlyBound(members: readonly Json[], bindings: Bindings): readonly Json[] {
  return members
    .filter(
      (member) =>
        isObject(member) && typeof member.value === 'string' && bindings.get(member.value) !== undefined,
    )
    .map((member) => ({ value: isObject(member) ? (member.value ?? null) : null }));
}

async function play(exchange: RecordedExchange, stage: Stage): Promise<Played> {
  const { number, request, response } = exchange;
  const { bindings, client } = stage;
  const path = bindings.toActualTarget(request.path);
  const named = { number, request: `${request.method} ${path}` };
  const reason = findReasonToSkip(exchange, stage);
  if (reason !== undefined || response === null) return { ...named, reason: reason ?? 'it was not answered' };
  const body = toBody(exchange, bindings);
  const answer = await client.send({
    method: request.method,
    path,
    headers: toHeaders(exchange, bindings),
    key: toKey(exchange, stage),
    ...(body === undefined ? {} : { body }),
  });
  if ('problem' in answer) {
    return {
      ...named,
      differences: [{ where: 'answer', expected: `status ${response.status}`, got: answer.problem }],
    };
  }
  return { ...named, differences: compareAnswers(exchange, answer, stage) };
}

function findReasonToSkip(
  { request, response, problem }: RecordedExchange,
  { survey, bindings }: Stage,
): string | undefined {
  if (response === null) return `the server had not answered it: ${problem ?? 'no reason is known'}`;
  if (response.status === 429) return 'it met a limit on rates, which is of its own time and server';
  if (request.method === 'OTHER') return 'its method is not one of SCIM';
  const missing = (request.path.split('?')[0] ?? '')
    .split('/')
    .map(decodePart)
    .find((segment) => survey.serverMade.has(segment) && bindings.get(segment) === undefined);
  if (missing !== undefined && response.status !== 404)
    return 'it is about a resource that could not be made here';
  const cursor = decodeQueryPart(/[?&]cursor=(?<value>[^&]*)/i.exec(request.path)?.groups?.value ?? '');
  const isUnknown = survey.serverMade.has(cursor) && bindings.get(cursor) === undefined;
  return isUnknown ? 'it goes on with a list that has no further page here' : undefined;
}

function toBody({ request }: RecordedExchange, bindings: Bindings): string | undefined {
  if (request.body !== undefined) return JSON.stringify(bindings.toActualBody(request.body));
  // Nothing is known of such a body but that it was no JSON.
  return request.unreadableBytes === undefined ? undefined : '{'.repeat(request.unreadableBytes);
}

function toHeaders(exchange: RecordedExchange, bindings: Bindings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(exchange.request.headers).map(([name, value]) => [
      name,
      name.startsWith('if-') ? bindings.toActualTags(value, idOf(exchange)) : value,
    ]),
  );
}

/** A key that was refused is not the one given here. */
function toKey({ request, response }: RecordedExchange, { key, survey }: Stage): string | undefined {
  if (request.credential === undefined) return undefined;
  const isRefused = response?.status === 401 && request.credential !== survey.credential;
  return isRefused ? `not-a-key-${randomBytes(12).toString('hex')}` : key;
}

function compareAnswers(
  exchange: RecordedExchange,
  answer: ReplayAnswer,
  stage: Stage,
): readonly Difference[] {
  const { response } = exchange;
  if (response === null) return [];
  if (response.status !== answer.status) {
    return [
      { where: 'status', expected: String(response.status), got: `${answer.status}${explain(answer.body)}` },
    ];
  }
  const { survey, bindings } = stage;
  const { sent, sentNumbers, serverMade } = survey;
  const lists = findScope(exchange, stage);
  const options = {
    bindings,
    sent,
    sentNumbers,
    serverMade,
    lists,
    isDiscovery: isDiscovery(exchange.request.path),
  } as const;
  const bodies =
    response.unreadableBytes === undefined ? compareBodies(response.body, answer.body, options) : [];
  const { etag } = response.headers;
  if (etag !== undefined && answer.headers.etag !== undefined) {
    bindings.bindTag(idOf(exchange), etag, answer.headers.etag);
  }
  return [...compareHeaders(response.headers, answer.headers, options), ...bodies];
}

/** The recorded id of the resource an exchange is about. */
function idOf({ request, response }: RecordedExchange): string {
  const body = response?.body;
  if (isObject(body) && typeof body.id === 'string') return body.id;
  return decodePart((request.path.split('?')[0] ?? '').split('/').at(-1) ?? '');
}

/** Stand-ins are not in the order of the values, nor are parts of them parts of the stand-ins. */
const PARTIAL = /\s(?:co|sw|ew|gt|ge|lt|le)\s/i;

/**
 * Which resources a list has can be compared unless others' can be in it, which a filter by a name of this run
 * excludes, or unless order or parts of values decide.
 */
function findScope(exchange: RecordedExchange, { names, bindings, lists }: Stage): CompareOptions['lists'] {
  const { path, body } = exchange.request;
  const search = isObject(body) ? body : {};
  const query = /[?&]filter=(?<value>[^&]*)/i.exec(path)?.groups?.value;
  const filter = query === undefined ? search.filter : decodeQueryPart(query);
  if (/[?&]sortBy=/i.test(path) || search.sortBy !== undefined) return 'shared';
  if (typeof filter === 'string' && PARTIAL.test(filter)) return 'shared';
  if (lists === 'whole') return 'whole';
  const literals = typeof filter === 'string' ? readLiterals(filter) : [];
  return literals.some((text) => names.isName(text) || bindings.get(text) !== undefined) ? 'whole' : 'shared';
}

function compareHeaders(
  expected: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>>,
  options: CompareOptions,
): readonly Difference[] {
  return Object.entries(expected).flatMap(([name, before]) => {
    const now = actual[name];
    const where = `header ${name}`;
    if (now === undefined) return [differ(where, before, undefined)];
    if (name === 'content-type' && mediaType(before) !== mediaType(now)) return [differ(where, before, now)];
    if (!/location$/.test(name) || !before.startsWith(BASE)) return [];
    return compareTargets(before.slice(BASE.length), now, options)
      ? []
      : [differ(where, options.bindings.toActual(before, NOWHERE), now)];
  });
}

function mediaType(text: string): string {
  return text.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** What a server says of an error, for whoever reads that the status is another. */
function explain(body: Json | undefined): string {
  if (!isObject(body)) return '';
  const parts = [body.scimType, body.detail].filter((part) => typeof part === 'string');
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`.slice(0, 300);
}

/** Groups before their members; what was made last goes first. @returns paths of what is left */
async function cleanUp({ client, key }: Stage): Promise<readonly string[]> {
  const order = [...client.made()].reverse().sort((a, b) => Number(isGroupPath(b)) - Number(isGroupPath(a)));
  for (const path of order) {
    await client
      .send({ method: 'DELETE', path, headers: { accept: SCIM_HEADERS.accept }, key })
      .catch(() => undefined);
  }
  return client.made();
}

function isGroupPath(path: string): boolean {
  return /^\/groups\//i.test(path);
}

function parseBase(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new RecordingError('The URL must be an http: or https: URL, such as https://app.example/scim/v2.');
  }
  const { origin, pathname } = new URL(text);
  return origin + pathname.replace(/\/+$/, '');
}
