'use client';

import { type ComponentProps, useId, useMemo, useRef } from 'react';
import { LoadingView } from '@/components/scim/loading-view';
import { ReadyView } from '@/components/scim/ready-view';
import { ScimDialogs } from '@/components/scim/scim-dialogs';
import { ScimHeader } from '@/components/scim/scim-header';
import { FailedView, ForbiddenView } from '@/components/scim/unavailable-view';
import { useDialog } from '@/hooks/scim/use-dialog';
import { useLatest } from '@/hooks/scim/use-latest';
import { useNow } from '@/hooks/scim/use-now';
import { type PollingPace, usePolling } from '@/hooks/scim/use-polling';
import { useProgress } from '@/hooks/scim/use-progress';
import { useProvider } from '@/hooks/scim/use-provider';
import { type ScimContextValue, type ScimDialogState, ScimProvider } from '@/hooks/scim/use-scim';
import { useScimConnection } from '@/hooks/scim/use-scim-connection';
import { mergeScimLabels, type ScimLabelOverrides } from '@/lib/scim/scim-labels';
import { findScimProvider } from '@/lib/scim/scim-providers';
import { type ScimState, toScimState } from '@/lib/scim/scim-state';
import { toScimStatus, toUnknownStatus } from '@/lib/scim/scim-status';
import { resolveScimLocale } from '@/lib/scim/scim-time';
import type { ScimApi } from '@/lib/scim/scim-types';
import { cn } from '@/lib/utils';

/** What the page needs from your app. */
export interface ScimSetupProps extends Omit<ComponentProps<'section'>, 'children' | 'onReset'> {
  /** What the administrator pastes into the identity provider, for example `https://app.example.com/scim/v2`. */
  scimEndpointUrl: string;
  /** The way to your backend. A new object is used from the next call on and causes no reload. */
  api: ScimApi;
  /** After the first key was made. The key is given so that you can hand it on; do not log it. */
  onGenerate?: ((apiKey: string) => void) | undefined;
  /** After the key was reset. */
  onReset?: ((apiKey: string) => void) | undefined;
  /** After a second key was added. */
  onRotate?: ((apiKey: string) => void) | undefined;
  /** After the connection was deleted. */
  onDelete?: (() => void) | undefined;
  /** Texts to replace, or a whole language. */
  labels?: ScimLabelOverrides | undefined;
  /** The clock, in milliseconds. @default Date.now */
  now?: (() => number) | undefined;
}

/**
 * The page on which a customer's administrator connects their identity provider. One instance shows
 * one customer: give it another `key` to show another one.
 *
 * @example
 * <ScimSetup scimEndpointUrl="https://app.example.com/scim/v2" api={createScimApi({ baseUrl: '/api/setup/scim' })} />
 */
export function ScimSetup({
  scimEndpointUrl,
  api,
  onGenerate,
  onReset,
  onRotate,
  onDelete,
  labels: overrides,
  now: clock = Date.now,
  className,
  ...props
}: ScimSetupProps) {
  const labels = useMemo(() => mergeScimLabels(overrides), [overrides]);
  const locale = useMemo(() => resolveScimLocale(labels.language), [labels.language]);
  const now = useNow(clock);
  const titleId = useId();
  const titleRef = useRef<HTMLHeadingElement>(null);
  const callbacks = useLatest({ onGenerate, onReset, onRotate, onDelete });

  const connection = useScimConnection(api);
  const { knowledge } = connection;
  const configuration = knowledge.kind === 'ready' ? knowledge.configuration : null;
  const progress = useProgress(api, configuration);
  const state = configuration ? toScimState(configuration, now) : null;
  usePolling(toPace(state), connection.refresh);

  const provider = useProvider(connection, configuration);
  const idp = findScimProvider(provider.providerId)?.name ?? labels.yourProvider;
  const { dialog, openDialog, closeDialog } = useDialog<ScimDialogState>(titleRef);
  const showKey = (scimApiKey: string) => openDialog({ kind: 'key', scimApiKey });

  const context: ScimContextValue | null = state &&
    configuration && {
      labels,
      locale,
      endpointUrl: scimEndpointUrl,
      now,
      connection,
      api,
      configuration,
      progress,
      state,
      abilities: {
        rotate: api.rotate !== undefined,
        pause: api.pause !== undefined,
        resume: api.resume !== undefined,
        chooseProvider: api.chooseProvider !== undefined,
      },
      counts: { users: configuration.users, groups: configuration.groups },
      providerId: provider.providerId,
      providerError: provider.error,
      pickProvider: provider.pick,
      idp,
      openDialog,
      closeDialog,
      onCreated(scimApiKey) {
        showKey(scimApiKey);
        provider.saveAfterCreate();
        notify(() => callbacks.current.onGenerate?.(scimApiKey));
      },
      onReset(scimApiKey) {
        showKey(scimApiKey);
        notify(() => callbacks.current.onReset?.(scimApiKey));
      },
      onRotated(scimApiKey) {
        showKey(scimApiKey);
        notify(() => callbacks.current.onRotate?.(scimApiKey));
      },
      onDeleted() {
        closeDialog();
        notify(() => callbacks.current.onDelete?.());
      },
    };

  return (
    <section
      data-slot="scim-setup"
      aria-labelledby={titleId}
      aria-busy={knowledge.kind === 'loading'}
      {...props}
      data-scim-state={state?.name ?? knowledge.kind}
      data-scim-usage={state?.usage}
      className={cn('mx-auto flex w-full min-w-0 max-w-3xl flex-col gap-6 text-sm', className)}
    >
      <ScimHeader
        labels={labels}
        titleId={titleId}
        titleRef={titleRef}
        status={
          state
            ? toScimStatus(state, { labels, locale, now, idp })
            : knowledge.kind === 'failed' || knowledge.kind === 'forbidden'
              ? toUnknownStatus(knowledge.kind, labels)
              : null
        }
      />
      {knowledge.kind === 'loading' ? <LoadingView /> : null}
      {knowledge.kind === 'failed' ? (
        <FailedView labels={labels} error={knowledge.error} refresh={connection.refresh} />
      ) : null}
      {knowledge.kind === 'forbidden' ? <ForbiddenView labels={labels} /> : null}
      {context ? (
        <ScimProvider value={context}>
          <ReadyView />
          <ScimDialogs dialog={dialog} />
        </ScimProvider>
      ) : null}
    </section>
  );
}

export default ScimSetup;

function toPace(state: ScimState | null): PollingPace {
  if (!state || state.name === 'not-configured') return 'idle';
  return state.usage === 'waiting' || state.name === 'rotating' ? 'waiting' : 'steady';
}

/** A fault in the host's callback is the host's: it is reported, and the page goes on. */
function notify(callback: () => void): void {
  try {
    callback();
  } catch (cause) {
    reportError(cause);
  }
}
