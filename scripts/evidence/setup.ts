// Counts, for every test, the HTTP answers that were read in it and the inputs that were tried.
import { subscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, expect } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** HTTP answers read, and expectations made, during the test. */
    evidence?: { readonly answers: number; readonly expectations: number };
    /** How many inputs of each kind a random test tried. */
    counts?: Record<string, number>;
  }
}

let answers = 0;
let counts: Record<string, number> = {};

const countAnswer = () => {
  answers += 1;
};
subscribe('http.client.response.finish', countAnswer);
subscribe('undici:request:headers', countAnswer);
// Answers of the server as a function, which no socket carries; sent by the helpers of the tests.
subscribe('scimkit:test:answer', countAnswer);
subscribe('scimkit:test:inputs', (message) => {
  for (const [kind, count] of Object.entries(message as Record<string, number>)) {
    counts[kind] = (counts[kind] ?? 0) + count;
  }
});

beforeEach(() => {
  answers = 0;
  counts = {};
});

afterEach(({ task }) => {
  task.meta.evidence = { answers, expectations: expect.getState().assertionCalls };
  if (Object.keys(counts).length > 0) task.meta.counts = counts;
});
