import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { expectAnswerRules } from './answer-rules.ts';
import type { Refusal, Step } from './exchange.ts';
import type { Fingerprint, HarborState } from './harbor-state.ts';
import { type Answer, createClient, type Message } from './send.ts';
import { fill, fillString, type Variables } from './template.ts';

/** Where a customer's requests go. */
export interface Stage {
  /** What an administrator would paste: the endpoint URL and the SCIM API key. */
  readonly endpointUrl: string;
  readonly scimApiKey: string;
  /** Reads Harbor's own tables. */
  readonly readApp: () => Promise<HarborState>;
  /** Stands for all there is of the customer. */
  readonly takeFingerprint: () => Promise<Fingerprint>;
}

/** Whose requests are played, and where. */
export interface Cast {
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** The customer of every step that names none. */
  readonly customerId: string;
  /** By customer. */
  readonly stages: ReadonlyMap<string, Stage>;
}

/** Makes a player, which keeps the variables from one part of an exchange to the next. */
export function createPlayer(cast: Cast) {
  const client = createClient();
  const [first] = cast.stages.values();
  const variables: Variables = { base: first?.endpointUrl };

  function findStage({ customerId = cast.customerId }: Step): Stage {
    const stage = cast.stages.get(customerId);
    if (stage === undefined) throw new Error(`The exchange has no customer ${customerId}.`);
    return stage;
  }

  function toMessage(step: Step, scope: Variables): Message {
    const { endpointUrl, scimApiKey } = findStage(step);
    const { method, path, headers, body } = step.request;
    const { 'Content-Type': contentType, ...always } = cast.headers;
    return {
      method,
      url: endpointUrl + fillString(path, scope),
      headers: {
        ...always,
        Authorization: `Bearer ${scimApiKey}`,
        ...(body !== undefined && contentType !== undefined && { 'Content-Type': contentType }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(fill(body, scope)) }),
    };
  }

  /** Sends one request, after each 429 as late as it says. Answers how often that was. */
  async function send(step: Step, scope: Variables): Promise<number> {
    const message = toMessage(step, scope);
    let answer = await client.send(message);
    let refusals = 0;
    while (step.waits && answer.status === 429) {
      refusals += 1;
      expectAnswerRules(answer, message);
      await sleep(readRetryAfter(answer) * 1000);
      answer = await client.send(message);
    }
    expect(answer.status, `status of ${message.method} ${message.url}: ${answer.text}`).toBe(
      step.expect.status,
    );
    expectAnswerRules(answer, message);
    expectAnswer(step, answer, { ...scope, ...take(step, answer.text) });
    return refusals;
  }

  /** Keeps what later steps need of an answer. */
  function take({ capture, collect }: Step, text: string): Variables {
    const body = text === '' ? undefined : JSON.parse(text);
    const captured = Object.fromEntries(
      Object.entries(capture).map(([name, attribute]) => [name, attribute === '.' ? body : body[attribute]]),
    );
    Object.assign(variables, captured);
    for (const [name, attribute] of Object.entries(collect)) {
      variables[name] = [...((variables[name] as unknown[]) ?? []), ...readAll(body, attribute)];
    }
    return captured;
  }

  async function playStep(step: Step): Promise<void> {
    const own = findStage(step);
    const others = [...cast.stages.values()].filter((stage) => stage !== own);
    const before = await own.readApp();
    const othersBefore = await Promise.all(others.map(({ readApp }) => readApp()));
    const { times, concurrently, untilLimited } = step.repeat ?? ONCE;
    const indexes = Array.from({ length: times }, (_, index) => index).values();
    let refusals = 0;
    const worker = async () => {
      for (const index of indexes) {
        refusals += await send(step, { ...variables, index });
        if (untilLimited && refusals > 0) return;
      }
    };
    await Promise.all(Array.from({ length: concurrently }, worker));
    if (untilLimited) expect(refusals, `a 429 within ${times} requests`).toBeGreaterThan(0);
    expectSameValues(step, variables);
    const after = await own.readApp();
    if (step.app === undefined) expect(after, "Harbor's tables stay as they were").toEqual(before);
    else expect(after, "Harbor's tables").toMatchObject(step.app);
    expect(
      await Promise.all(others.map(({ readApp }) => readApp())),
      'other customers stay as they were',
    ).toEqual(othersBefore);
  }

  async function playRefused(step: Step, { status, scimType }: Refusal): Promise<void> {
    const { takeFingerprint } = findStage(step);
    const before = await takeFingerprint();
    const message = toMessage(step, variables);
    const answer = await client.send(message);
    expect(answer.status, `strict: ${answer.text}`).toBe(status);
    expectAnswerRules(answer, message);
    expect(JSON.parse(answer.text)).toMatchObject({ scimType });
    expect(await takeFingerprint(), 'what is refused changes nothing').toEqual(before);
  }

  return {
    /** Plays steps in order; a failure names its step. */
    play: (steps: readonly Step[]): Promise<void> => playEach(steps, playStep),
    /** Plays the steps that tell what the `strict` profile makes of them; what it refuses changes nothing. */
    playStrictly: (steps: readonly Step[]): Promise<void> =>
      playEach(steps, async (step) => {
        if (step.strict === 'same') await playStep(step);
        else if (step.strict !== undefined) await playRefused(step, step.strict);
      }),
    close: client.close,
  };
}

const ONCE = { times: 1, concurrently: 1, untilLimited: false };

async function playEach(steps: readonly Step[], playStep: (step: Step) => Promise<void>): Promise<void> {
  for (const step of steps) {
    try {
      await playStep(step);
    } catch (error) {
      if (error instanceof Error) error.message = `${step.step}: ${error.message}`;
      throw error;
    }
  }
}

/** The one form identity providers read: a whole number of seconds. */
function readRetryAfter({ headers }: Answer): number {
  const text = headers['retry-after'];
  expect(text, 'Retry-After').toMatch(/^[1-9]\d?$/);
  return Number(text);
}

/** The value of an attribute, or of an attribute of each element of a list. */
// biome-ignore lint/suspicious/noExplicitAny: bodies have many shapes.
function readAll(body: any, attribute: string): readonly unknown[] {
  const [list = '', part] = attribute.split('.');
  return part === undefined ? [body[attribute]] : body[list].map((element: never) => element[part]);
}

function expectSameValues({ expect: { sameValues } }: Step, variables: Variables): void {
  for (const [name, other] of Object.entries(sameValues)) {
    const sorted = (list: string) => [...(variables[list] as readonly string[])].sort();
    expect(sorted(name), `${name} are ${other}`).toEqual(sorted(other));
  }
}

function expectAnswer({ expect: expected }: Step, answer: Answer, variables: Variables): void {
  for (const [name, value] of Object.entries(expected.headers)) {
    expect(answer.headers[name.toLowerCase()], name).toBe(fillString(value, variables));
  }
  const body = answer.text === '' ? {} : JSON.parse(answer.text);
  expect(body).toMatchObject(fill(expected.body, variables) as object);
  for (const name of expected.absent) expect(body, `no ${name}`).not.toHaveProperty([name]);
  for (const [name, length] of Object.entries(expected.lengths)) {
    expect(body[name], `${length} ${name}`).toHaveLength(length);
  }
  for (const [name, value] of Object.entries(expected.differs)) {
    expect(body[name], `another ${name}`).not.toBe(fillString(value, variables));
  }
}
