import { isArray, type Json } from '../protocol/json.ts';
import type { Answer } from './client.ts';
import type { Exchange } from './exchange.ts';

/** The server does not meet the requirement. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
  readonly exchange: Exchange;

  constructor(message: string, exchange: Exchange) {
    super(message);
    this.exchange = exchange;
  }
}

/** What a check needs first did not work, so that it says nothing about its requirement. */
export class SetupFailure extends Error {
  override readonly name = 'SetupFailure';
  readonly exchange: Exchange;

  constructor(message: string, exchange: Exchange) {
    super(message);
    this.exchange = exchange;
  }
}

/** The requirement is about something this server does not have. */
export class NotClaimed extends Error {
  override readonly name = 'NotClaimed';
}

/** Fails with one sentence: what was expected and what came. */
export function fail(answer: Pick<Answer, 'exchange'>, expected: string, came: string): never {
  throw new CheckFailure(`Expected ${expected}, but got ${came}.`, answer.exchange);
}

/** Fails unless the condition holds. */
export function expectThat(
  isMet: boolean,
  answer: Pick<Answer, 'exchange'>,
  { expected, came }: { readonly expected: string; readonly came: string },
): void {
  if (!isMet) fail(answer, expected, came);
}

/** @param expected one status or several of which any will do */
export function expectStatus(answer: Answer, ...expected: readonly number[]): void {
  if (!expected.includes(answer.status)) fail(answer, expected.join(' or '), describeAnswer(answer));
}

/** 2xx. */
export function expectSuccess(answer: Answer): void {
  if (answer.status < 200 || answer.status > 299) fail(answer, 'success', describeAnswer(answer));
}

/** A refusal with one of the keywords; without keywords any will do. */
export function expectError(answer: Answer, status: number, ...scimTypes: readonly string[]): void {
  expectStatus(answer, status);
  const { scimType } = answer.body;
  if (scimTypes.length === 0 || scimTypes.includes(String(scimType))) return;
  fail(answer, `scimType ${scimTypes.join(' or ')}`, scimType === undefined ? 'none' : show(scimType));
}

/** 4xx, whichever. */
export function expectRefusal(answer: Answer): void {
  if (answer.status < 400 || answer.status > 499) fail(answer, 'a refusal (4xx)', describeAnswer(answer));
}

/** Anything a server says on purpose: not 5xx, 501 apart. */
export function expectNoCrash(answer: Answer): void {
  if (answer.status >= 500 && answer.status !== 501) fail(answer, 'no server error', describeAnswer(answer));
}

/** The value is there and is the same JSON. */
export function expectValue(
  answer: Answer,
  {
    name,
    value,
    expected,
  }: { readonly name: string; readonly value: Json | undefined; readonly expected: Json },
): void {
  if (JSON.stringify(value) !== JSON.stringify(expected))
    fail(answer, `${name} to be ${show(expected)}`, show(value));
}

/** RFC 7643 §2.5: missing, null and [] all say that there is no value. */
export function isUnassigned(value: Json | undefined): boolean {
  return value === undefined || value === null || (isArray(value) && value.length === 0);
}

export function describeAnswer({ status, body }: Answer): string {
  return typeof body.scimType === 'string' ? `${status} ${body.scimType}` : String(status);
}

/** A value in a sentence. */
export function show(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}
