'use client';

import { createContext, useContext } from 'react';
import type { ScimConnection } from '@/hooks/scim/use-scim-connection';
import type { ScimCounts, ScimLabels } from '@/lib/scim/scim-labels';
import type { ScimState } from '@/lib/scim/scim-state';
import type { ScimApi, ScimApiError, ScimConfiguration, ScimProgress } from '@/lib/scim/scim-types';

/** The dialogs of the page. A new key is held only here, and only until it is acknowledged. */
export type ScimDialogState =
  | { kind: 'key'; scimApiKey: string }
  | { kind: 'rotate' }
  | { kind: 'reset' }
  | { kind: 'pause' }
  | { kind: 'delete' };

/** Which optional controls the adapter supports. */
export interface ScimAbilities {
  rotate: boolean;
  pause: boolean;
  resume: boolean;
  chooseProvider: boolean;
}

/** What every part of the page may need. */
export interface ScimContextValue {
  labels: ScimLabels;
  locale: string;
  endpointUrl: string;
  /** Milliseconds, renewed every second. */
  now: number;
  connection: ScimConnection;
  /** The adapter, for lists that are loaded once they are shown. */
  api: ScimApi;
  configuration: ScimConfiguration;
  /** `null`: the adapter does not say, or it is not known yet. */
  progress: ScimProgress | null;
  state: ScimState;
  abilities: ScimAbilities;
  counts: ScimCounts;
  providerId: string | null;
  /** Why the choice of provider could not be saved. */
  providerError: ScimApiError | null;
  pickProvider(id: string): void;
  /** The provider's name, or "your identity provider". */
  idp: string;
  openDialog(dialog: ScimDialogState): void;
  closeDialog(): void;
  onCreated(scimApiKey: string): void;
  onReset(scimApiKey: string): void;
  onRotated(scimApiKey: string): void;
  onDeleted(): void;
}

const ScimContext = createContext<ScimContextValue | null>(null);

/** Gives the parts of the page what they need. */
export const ScimProvider = ScimContext.Provider;

/** What the page knows; only for components inside `ScimSetup`. */
export function useScim(): ScimContextValue {
  const value = useContext(ScimContext);
  if (!value) throw new TypeError('This component works inside ScimSetup only.');
  return value;
}
