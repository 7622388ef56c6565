import { expect } from 'vitest';
import { expectAnswerRules } from './answer-rules.ts';
import type { Exchange, Step } from './exchange.ts';
import type { HarborState } from './harbor-process.ts';
import { createClient } from './send.ts';
import { fill, fillString, type Variables } from './template.ts';

/** Where an exchange is played. */
export interface Stage {
  /** What an administrator would paste: the endpoint URL and the SCIM API key. */
  readonly endpointUrl: string;
  readonly scimApiKey: string;
  /** Reads Harbor's own tables. */
  readonly readApp: () => HarborState;
}

/** Makes a player, which keeps the variables from one part of an exchange to the next. */
export function createPlayer(exchange: Exchange, stage: Stage) {
  const client = createClient();
  const variables: Variables = { base: stage.endpointUrl };

  async function send(step: Step, scope: Variables): Promise<void> {
    const { method, headers, body } = step.request;
    const path = fillString(step.request.path, scope);
    const { 'Content-Type': contentType, ...always } = exchange.headers;
    const answer = await client.send({
      method,
      url: stage.endpointUrl + path,
      headers: {
        ...always,
        Authorization: `Bearer ${stage.scimApiKey}`,
        ...(body !== undefined && contentType !== undefined && { 'Content-Type': contentType }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(fill(body, scope)) }),
    });
    expect(answer.status, `status of ${method} ${path}: ${answer.text}`).toBe(step.expect.status);
    expectAnswerRules(answer, { method, path });
    expectAnswer(step, answer, { ...scope, ...take(step, answer.text) });
  }

  /** Keeps what later steps need of an answer. */
  function take({ capture, collect }: Step, text: string): Variables {
    const body = text === '' ? undefined : JSON.parse(text);
    const captured = Object.fromEntries(
      Object.entries(capture).map(([name, attribute]) => [name, attribute === '.' ? body : body[attribute]]),
    );
    Object.assign(variables, captured);
    for (const [name, attribute] of Object.entries(collect)) {
      variables[name] = [...((variables[name] as unknown[]) ?? []), body[attribute]];
    }
    return captured;
  }

  async function playStep(step: Step): Promise<void> {
    const before = stage.readApp();
    const { times, concurrently } = step.repeat ?? { times: 1, concurrently: 1 };
    const indexes = Array.from({ length: times }, (_, index) => index).values();
    const worker = async () => {
      for (const index of indexes) await send(step, { ...variables, index });
    };
    await Promise.all(Array.from({ length: concurrently }, worker));
    const after = stage.readApp();
    if (step.app === undefined) expect(after, "Harbor's tables stay as they were").toEqual(before);
    else expect(after, "Harbor's tables").toMatchObject(step.app);
  }

  return {
    /** Plays steps in order; a failure names its step. */
    async play(steps: readonly Step[]): Promise<void> {
      for (const step of steps) {
        try {
          await playStep(step);
        } catch (error) {
          if (error instanceof Error) error.message = `${step.step}: ${error.message}`;
          throw error;
        }
      }
    },
    close: client.close,
  };
}

function expectAnswer(
  { expect: expected }: Step,
  answer: { headers: Record<string, unknown>; text: string },
  variables: Variables,
): void {
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
