import { useRef, useState } from 'react';
import type { ScimApiError, ScimApiResult } from '@/lib/scim/scim-types';

/** A change on its way to the backend: at most one at a time, however often the button is pressed. */
export interface ScimAction<Input = void> {
  isPending: boolean;
  /** Why the last try failed; gone with the next one. */
  error: ScimApiError | null;
  run(input: Input): void;
}

/** Runs `perform` once per press; a second press before the answer does nothing, even in the same tick. */
export function useAction<T, Input = void>(
  perform: (input: Input) => Promise<ScimApiResult<T>>,
  onDone: (data: T) => void,
): ScimAction<Input> {
  const isBusy = useRef(false);
  const [isPending, setIsPending] = useState(false);
  const [error, setError] = useState<ScimApiError | null>(null);

  async function run(input: Input) {
    if (isBusy.current) return;
    isBusy.current = true;
    setIsPending(true);
    setError(null);
    const result = await perform(input);
    isBusy.current = false;
    setIsPending(false);
    if (result.ok) onDone(result.data);
    else setError(result.error);
  }

  return { isPending, error, run: (input) => void run(input) };
}
