import { expect } from 'vitest';
import { SCIM_TYPES } from '../../src/protocol/errors.ts';
import { type Answer, ERROR_URN } from './scim.ts';

export { runs, seconds } from './counts.ts';

/** Says what is wrong with an answer to a hostile request; nothing = it is as it must be. */
export function findFaults(answer: Answer): readonly string[] {
  const faults: string[] = [];
  if (answer.status >= 500 && answer.status !== 501) faults.push(`status ${answer.status}`);
  if (answer.status === 204) return answer.text === '' ? faults : [...faults, '204 with a body'];
  if (answer.headers.get('content-type') !== 'application/scim+json') faults.push('Content-Type');
  if (answer.status < 400) return faults;
  const { schemas, status, scimType, detail, ...rest } = answer.body;
  if (JSON.stringify(schemas) !== JSON.stringify([ERROR_URN])) faults.push('schemas');
  if (status !== String(answer.status)) faults.push('status');
  if (scimType !== undefined && !SCIM_TYPES.some((keyword) => keyword === scimType))
    faults.push(`scimType ${scimType}`);
  if (typeof detail !== 'string' || detail === '') faults.push('detail');
  if (Object.keys(rest).length > 0) faults.push(`more: ${Object.keys(rest)}`);
  if (/SQL|sqlite|node_modules|\.ts\b|undefined|\[object/i.test(detail)) faults.push(`detail: ${detail}`);
  return faults;
}

/** Expects a proper SCIM error. */
export function expectRefusal(answer: Answer, status: number, scimType?: string): void {
  expect([answer.status, answer.body?.scimType, answer.body?.detail]).toEqual([
    status,
    scimType,
    answer.body?.detail,
  ]);
  expect(findFaults(answer)).toEqual([]);
}
