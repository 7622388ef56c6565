import { useState } from 'react';
import type { ScimConnection } from '@/hooks/scim/use-scim-connection';
import type { ScimApiError, ScimConfiguration } from '@/lib/scim/scim-types';

/** The chosen provider: at once on the page, and saved as soon as there is a connection to keep it. */
export interface ChosenProvider {
  providerId: string | null;
  /** Why the choice could not be saved. */
  error: ScimApiError | null;
  pick(id: string): void;
  /** Saves a choice that was made before there was a connection. */
  saveAfterCreate(): void;
}

/** Keeps the choice of provider apart from the saved one, so that labels follow it without waiting. */
export function useProvider(
  connection: ScimConnection,
  configuration: ScimConfiguration | null,
): ChosenProvider {
  const savedId = configuration?.provider ?? null;
  const [pickedId, setPickedId] = useState<string | null>(null);
  const [error, setError] = useState<ScimApiError | null>(null);

  async function save(id: string) {
    setError(null);
    const result = await connection.chooseProvider(id);
    if (!result.ok) setError(result.error);
  }

  return {
    providerId: pickedId ?? savedId,
    error,
    pick(id) {
      setPickedId(id);
      if (configuration?.hasApiKey) void save(id);
    },
    saveAfterCreate() {
      if (pickedId !== null && pickedId !== savedId) void save(pickedId);
    },
  };
}
