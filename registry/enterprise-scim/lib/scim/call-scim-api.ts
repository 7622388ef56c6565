import type {
  ScimApi,
  ScimApiError,
  ScimApiResult,
  ScimConfiguration,
  ScimNewKey,
  ScimProgress,
} from '@/lib/scim/scim-types';

/** Asks for the configuration and checks that the adapter kept its promise. */
export function fetchConfiguration(api: ScimApi): Promise<ScimApiResult<ScimConfiguration>> {
  return callForData('get', 'hasApiKey: boolean', () => api.get(), isConfiguration);
}

/** Asks how far the setup is. */
export function fetchProgress(call: () => Promise<unknown>): Promise<ScimApiResult<ScimProgress>> {
  return callForData('progress', 'steps: […], findings: […]', call, isProgress);
}

/** Runs a call that answers with a new key and checks that the key is there. */
export function fetchNewKey(
  method: 'create' | 'reset' | 'rotate',
  call: () => Promise<unknown>,
): Promise<ScimApiResult<ScimNewKey>> {
  return callForData(method, 'scimApiKey: string', call, isNewKey);
}

/** Runs a call without an answer. Hand-written adapters often resolve to nothing, or to a plain body: both are success. */
export async function sendCommand(call: () => Promise<unknown>): Promise<ScimApiResult<void>> {
  const answer = await settle(call);
  return isFailure(answer)
    ? { ok: false, error: toScimApiError(answer.error) }
    : { ok: true, data: undefined };
}

/** Runs a call that may be thrown out of. The adapter has checked what it answers. */
export async function settleResult<T>(call: () => Promise<ScimApiResult<T>>): Promise<ScimApiResult<T>> {
  const answer = await settle(call);
  if (isRecord(answer) && answer.ok === true) return { ok: true, data: answer.data as T };
  return { ok: false, error: toScimApiError(isRecord(answer) ? answer.error : undefined) };
}

async function callForData<T>(
  method: string,
  promised: string,
  call: () => Promise<unknown>,
  isData: (data: unknown) => data is T,
): Promise<ScimApiResult<T>> {
  const answer = await settle(call);
  if (isFailure(answer)) return { ok: false, error: toScimApiError(answer.error) };
  if (isRecord(answer) && isData(answer.data)) return { ok: true, data: answer.data };
  const message = `For the developer: ScimApi.${method}() must resolve to { ok: true, data: { ${promised} } } or { ok: false, error }.`;
  return { ok: false, error: { status: 0, code: 'invalid_answer', message } };
}

/** A thrown or rejected call becomes a failure like any other. */
async function settle(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return await call();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { ok: false, error: { status: 0, code: 'rejected', message } };
  }
}

function isFailure(answer: unknown): answer is { ok: false; error?: unknown } {
  return isRecord(answer) && answer.ok === false;
}

function toScimApiError(error: unknown): ScimApiError {
  const detail = isRecord(error) ? error : {};
  return {
    status: typeof detail.status === 'number' ? detail.status : 0,
    message: typeof detail.message === 'string' ? detail.message : '',
    ...(typeof detail.code === 'string' && { code: detail.code }),
  };
}

function isConfiguration(data: unknown): data is ScimConfiguration {
  return isRecord(data) && typeof data.hasApiKey === 'boolean';
}

function isProgress(data: unknown): data is ScimProgress {
  return isRecord(data) && Array.isArray(data.steps) && Array.isArray(data.findings);
}

function isNewKey(data: unknown): data is ScimNewKey {
  return isRecord(data) && typeof data.scimApiKey === 'string' && data.scimApiKey !== '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
