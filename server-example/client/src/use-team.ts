import { useCallback, useEffect, useState } from 'react';
import { fetchTeam, type TeamPage } from './api.ts';

const refreshMilliseconds = 3000;

/** A page of the team, fetched anew every few seconds while somebody is looking, and when something is known to have changed. */
export function useTeam(
  page: { limit: number; offset: number },
  subscribe: (onChange: () => void) => () => void,
): {
  readonly team: TeamPage | undefined;
  readonly error: Error | undefined;
  refresh(): Promise<void>;
} {
  const { limit, offset } = page;
  const [team, setTeam] = useState<TeamPage>();
  const [error, setError] = useState<Error>();

  const refresh = useCallback(async () => {
    try {
      setTeam(await fetchTeam({ limit, offset }));
      setError(undefined);
    } catch (failure) {
      setError(failure as Error);
    }
  }, [limit, offset]);

  useEffect(() => {
    void refresh();
    const timer = setInterval(() => {
      if (!document.hidden) void refresh();
    }, refreshMilliseconds);
    return () => clearInterval(timer);
  }, [refresh]);

  useEffect(() => subscribe(() => void refresh()), [subscribe, refresh]);

  return { team, error, refresh };
}
