import { useEffect, useRef, useState } from 'react';
import { useLatest } from '@/hooks/scim/use-latest';
import { fetchProgress } from '@/lib/scim/call-scim-api';
import type { ScimApi, ScimConfiguration, ScimProgress } from '@/lib/scim/scim-types';

/**
 * How far the setup is; asked for again whenever the configuration was read anew. Known progress stays while a later
 * request fails: the page says elsewhere that it could not be refreshed.
 */
export function useProgress(api: ScimApi, configuration: ScimConfiguration | null): ScimProgress | null {
  const latestApi = useLatest(api);
  const [progress, setProgress] = useState<ScimProgress | null>(null);
  const newest = useRef(0);
  const hasApiKey = configuration?.hasApiKey ?? false;
  const [hadApiKey, setHadApiKey] = useState(hasApiKey);
  if (hadApiKey !== hasApiKey) {
    // What is known is of a connection that is gone.
    setHadApiKey(hasApiKey);
    setProgress(null);
  }

  useEffect(() => {
    newest.current += 1;
    const mine = newest.current;
    const ask = latestApi.current.progress;
    if (!ask || !configuration?.hasApiKey) return;
    void fetchProgress(() => ask.call(latestApi.current)).then((result) => {
      if (result.ok && mine === newest.current) setProgress(result.data);
    });
  }, [latestApi, configuration]);

  return progress;
}
