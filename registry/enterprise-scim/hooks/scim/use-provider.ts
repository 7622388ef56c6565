import { useState } from 'react';
import type { ScimConnection } from '@/hooks/scim/use-scim-connection';
import type { ScimApiError } from '@/lib/scim/scim-types';

/** The chosen provider: at once on the page, and saved as soon as the backend can. */
export interface ChosenProvider {
  providerId: string | null;
  /** Why the choice could not be saved. */
  error: ScimApiError | null;
  pick(id: string): void;
  /** Saves a choice that was made before there was a connection to keep it. */
  saveAfterCreate(): void;
}

/** Keeps the choice of provider apart from the saved one, so that labels follow it without waiting. */
export function useProvider(connection: ScimConnection, savedId: string | null): ChosenProvider {
  const [pickedId, setPickedId] = useState<string | null>(null);
  const [error, setError] = useState<ScimApiError | null>(null);

  async function save(id: string) {
    setError(null);
    const result = await connection.chooseProvider(id);
    // 404: there is no connection yet. The choice is kept here until there is one.
    if (!result.ok && result.error.status !== 404) setError(result.error);
  }

  return {
    providerId: pickedId ?? savedId,
    error,
    pick(id) {
      setPickedId(id);
      void save(id);
    },
    saveAfterCreate() {
      if (pickedId !== null && pickedId !== savedId) void save(pickedId);
    },
  };
}
