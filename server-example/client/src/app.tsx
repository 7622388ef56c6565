import { useCallback, useEffect, useState } from 'react';
import { fetchSession, type Session } from './api.ts';
import { LandingPage } from './landing-page.tsx';
import { LoadFailed, Loading } from './loading.tsx';
import { usePath } from './navigation.tsx';
import { SignedIn } from './signed-in.tsx';

/** Harbor: the landing page, and behind the sign-in the team and the settings. */
export function App() {
  const path = usePath();
  const [session, setSession] = useState<Session | null>();
  const [error, setError] = useState<Error>();

  const refresh = useCallback(async () => {
    setError(undefined);
    await fetchSession().then(setSession, setError);
  }, []);
  useEffect(() => void refresh(), [refresh]);

  if (error) return <LoadFailed error={error} onRetry={refresh} />;
  if (session === undefined) return <Loading />;
  if (!session || path === '/') return <LandingPage session={session} onSessionChange={refresh} />;
  return <SignedIn key={session.person.id} session={session} path={path} onSessionChange={refresh} />;
}
