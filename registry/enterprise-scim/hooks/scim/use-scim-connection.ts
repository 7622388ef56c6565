import { useCallback, useEffect, useRef, useState } from 'react';
import { useLatest } from '@/hooks/scim/use-latest';
import { fetchConfiguration, fetchNewKey, sendCommand } from '@/lib/scim/call-scim-api';
import { isForbidden } from '@/lib/scim/scim-errors';
import type {
  ScimApi,
  ScimApiError,
  ScimApiResult,
  ScimConfiguration,
  ScimKeyRequest,
  ScimNewKey,
  ScimRotateRequest,
} from '@/lib/scim/scim-types';

/** What is known of the connection. Once it is `ready` it stays so: a failing refresh throws nothing away. */
export type ScimKnowledge =
  | { kind: 'loading' }
  | { kind: 'failed'; error: ScimApiError }
  | { kind: 'forbidden'; error: ScimApiError }
  | { kind: 'ready'; configuration: ScimConfiguration };

/** The connection as the page sees it, and what can be done with it. */
export interface ScimConnection {
  knowledge: ScimKnowledge;
  /** Why the last refresh failed, while older knowledge is still shown. */
  refreshError: ScimApiError | null;
  refresh(): Promise<void>;
  create(body: ScimKeyRequest): Promise<ScimApiResult<ScimNewKey>>;
  reset(body: ScimKeyRequest): Promise<ScimApiResult<ScimNewKey>>;
  rotate(body: ScimRotateRequest): Promise<ScimApiResult<ScimNewKey>>;
  remove(): Promise<ScimApiResult<void>>;
  pause(): Promise<ScimApiResult<void>>;
  resume(): Promise<ScimApiResult<void>>;
  chooseProvider(provider: string): Promise<ScimApiResult<void>>;
}

/**
 * Loads the connection once and keeps it fresh. A new `api` object is used from the next call on and
 * causes none by itself; to show another customer, give `ScimSetup` another `key`.
 */
export function useScimConnection(api: ScimApi): ScimConnection {
  const latestApi = useLatest(api);
  const [knowledge, setKnowledge] = useState<ScimKnowledge>({ kind: 'loading' });
  const [refreshError, setRefreshError] = useState<ScimApiError | null>(null);
  const inFlight = useRef<Promise<void> | null>(null);

  const refresh = useCallback(() => {
    if (inFlight.current) return inFlight.current;
    const request = fetchConfiguration(latestApi.current).then((result) => {
      // A change was made meanwhile: this answer may be older than it.
      if (inFlight.current !== request) return;
      inFlight.current = null;
      setRefreshError(result.ok ? null : result.error);
      setKnowledge((known) => learn(known, result));
    });
    inFlight.current = request;
    return request;
  }, [latestApi]);

  useEffect(() => {
    void refresh();
    return latestApi.current.subscribe?.(() => {
      // An answer under way may be older than the change, so one more follows it.
      void Promise.resolve(inFlight.current).then(refresh);
    });
  }, [refresh, latestApi]);

  /** Shows a change at once, then asks the backend for the truth; after a failure too, as it may have happened. */
  async function change<T>(
    call: Promise<ScimApiResult<T>>,
    known: (configuration: ScimConfiguration) => ScimConfiguration,
  ): Promise<ScimApiResult<T>> {
    const result = await call;
    inFlight.current = null;
    if (result.ok) setKnowledge((previous) => adjust(previous, known));
    void refresh();
    return result;
  }

  const withKey = (body: ScimKeyRequest) => (configuration: ScimConfiguration) => ({
    ...configuration,
    hasApiKey: true,
    ...(body.expiresAt !== undefined && { expiresAt: body.expiresAt }),
  });

  return {
    knowledge,
    refreshError: knowledge.kind === 'ready' ? refreshError : null,
    refresh,
    create: (body) =>
      change(
        fetchNewKey('create', () => latestApi.current.create(body)),
        withKey(body),
      ),
    reset: (body) =>
      change(
        fetchNewKey('reset', () => latestApi.current.reset(body)),
        (configuration) => ({
          ...withKey(body)(configuration),
          keys: [],
        }),
      ),
    rotate: (body) =>
      change(
        fetchNewKey('rotate', async () => latestApi.current.rotate?.(body)),
        withKey(body),
      ),
    remove: () =>
      change(
        sendCommand(() => latestApi.current.remove()),
        () => ({ hasApiKey: false }),
      ),
    pause: () =>
      change(
        sendCommand(async () => latestApi.current.pause?.()),
        withStatus('paused'),
      ),
    resume: () =>
      change(
        sendCommand(async () => latestApi.current.resume?.()),
        withStatus('active'),
      ),
    chooseProvider: (provider) =>
      change(
        sendCommand(async () => latestApi.current.chooseProvider?.({ provider })),
        (configuration) => ({
          ...configuration,
          provider,
        }),
      ),
  };
}

const withStatus = (status: 'active' | 'paused') => (configuration: ScimConfiguration) => ({
  ...configuration,
  status,
});

function learn(known: ScimKnowledge, result: ScimApiResult<ScimConfiguration>): ScimKnowledge {
  if (result.ok) return { kind: 'ready', configuration: result.data };
  if (known.kind === 'ready') return known;
  return { kind: isForbidden(result.error) ? 'forbidden' : 'failed', error: result.error };
}

function adjust(
  known: ScimKnowledge,
  change: (configuration: ScimConfiguration) => ScimConfiguration,
): ScimKnowledge {
  return known.kind === 'ready' ? { kind: 'ready', configuration: change(known.configuration) } : known;
}
