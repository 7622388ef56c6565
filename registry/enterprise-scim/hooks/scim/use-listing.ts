import { useCallback, useEffect, useRef, useState } from 'react';
import { useLatest } from '@/hooks/scim/use-latest';
import { settleResult } from '@/lib/scim/call-scim-api';
import type { ScimApiError, ScimApiResult } from '@/lib/scim/scim-types';

/** A part of a list on its way to the page. What was there before stays until the next part has arrived. */
export interface ScimListing<T> {
  data: T | null;
  /** Why the last try failed. */
  error: ScimApiError | null;
  isLoading: boolean;
  reload(): void;
}

/** Loads whenever `wanted` changes, which says as text what is asked for. Answers that were overtaken are dropped. */
export function useListing<T>(wanted: string, load: () => Promise<ScimApiResult<T>>): ScimListing<T> {
  const latestLoad = useLatest(load);
  const [known, setKnown] = useState<{ data: T | null; error: ScimApiError | null; of: string | null }>({
    data: null,
    error: null,
    of: null,
  });
  const [tries, setTries] = useState(0);
  const newest = useRef(0);
  const of = `${tries} ${wanted}`;

  useEffect(() => {
    newest.current += 1;
    const mine = newest.current;
    void settleResult(() => latestLoad.current()).then((result) => {
      if (mine !== newest.current) return;
      setKnown((before) =>
        result.ok ? { data: result.data, error: null, of } : { data: before.data, error: result.error, of },
      );
    });
  }, [latestLoad, of]);

  const reload = useCallback(() => setTries((count) => count + 1), []);
  return { data: known.data, error: known.error, isLoading: known.of !== of, reload };
}
