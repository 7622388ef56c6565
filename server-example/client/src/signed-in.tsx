import { useRef } from 'react';
import { useDialog } from '@/hooks/scim/use-dialog';
import type { Session } from './api.ts';
import { AppShell } from './app-shell.tsx';
import { DirectorySyncPage } from './directory-sync-page.tsx';
import { navigate } from './navigation.tsx';
import { PlayDrawer } from './play-drawer.tsx';
import { TeamPage } from './team-page.tsx';
import { usePlay } from './use-play.ts';

const directorySync = '/settings/directory-sync';

/** The pages of whoever is signed in, and the drawer beside them, which stays when the page changes. */
export function SignedIn({
  session,
  path,
  onSessionChange,
}: {
  session: Session;
  path: string;
  onSessionChange(): Promise<void>;
}) {
  const main = useRef<HTMLElement>(null);
  const drawer = useDialog<'play'>(main);
  const isOpen = drawer.dialog !== null;
  const play = usePlay({ canPlay: session.canManageDirectory, isOpen });

  return (
    <AppShell
      session={session}
      path={path}
      onSessionChange={onSessionChange}
      mainRef={main}
      hasDrawer={isOpen}
    >
      {path === directorySync ? (
        <DirectorySyncPage
          session={session}
          play={play}
          isPlayOpen={isOpen}
          onPlay={() => drawer.openDialog('play')}
        />
      ) : (
        <TeamPage session={session} subscribe={play.subscribe} onSignedOut={onSessionChange} />
      )}
      <PlayDrawer
        play={play}
        isOpen={isOpen}
        onClose={drawer.closeDialog}
        isWhereKeysAreMade={path === directorySync}
        onConnect={() => navigate(directorySync)}
      />
    </AppShell>
  );
}
