import { isArray, isObject, type Json } from '../protocol/json.ts';
import type { LeftBehind, StepReport } from './report.ts';

/** Takes keys out of what is told of a run: it is shown to people and kept in logs. */
export interface Redactor {
  step(step: StepReport): StepReport;
  leftBehind(leftBehind: LeftBehind): LeftBehind;
}

/** Replaces the keys wherever a server may have put them. */
export function createRedactor(keys: readonly string[]): Redactor {
  const secrets = keys.filter((key) => key !== '');
  const redactText = (text: string) => secrets.reduce((result, key) => result.replaceAll(key, '[key]'), text);
  const redact = (value: Json): Json => {
    if (typeof value === 'string') return redactText(value);
    if (isArray(value)) return value.map(redact);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [redactText(name), redact(item)]));
  };
  return {
    step: (step) => ({
      ...step,
      ...(step.problem === undefined ? {} : { problem: redactText(step.problem) }),
      request: {
        ...step.request,
        ...(step.request.body === undefined ? {} : { body: redact(step.request.body) }),
      },
      response: {
        ...step.response,
        ...(step.response.body === undefined ? {} : { body: redact(step.response.body) }),
      },
    }),
    leftBehind: ({ path, problem }) => ({ path, problem: redactText(problem) }),
  };
}
