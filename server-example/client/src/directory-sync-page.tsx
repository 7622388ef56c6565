import { PlayIcon } from 'lucide-react';
import { useMemo } from 'react';
import { ScimSetup } from '@/components/scim/scim-setup';
import { Button } from '@/components/ui/button';
import { createScimApi } from '@/lib/scim/create-scim-api';
import type { Session } from './api.ts';
import { ConfirmSignInDialog, useConfirmedApi } from './confirm-sign-in.tsx';
import { ExistingPeople } from './existing-people.tsx';
import { HeldChanges } from './held-changes.tsx';
import type { Play } from './use-play.ts';

/** Settings, Directory sync: the registry's page over Harbor's own routes. */
export function DirectorySyncPage({
  session,
  play,
  isPlayOpen,
  onPlay,
}: {
  session: Session;
  play: Play;
  isPlayOpen: boolean;
  onPlay(): void;
}) {
  const { subscribe } = play;
  const routes = useMemo(
    () => ({
      ...createScimApi({
        baseUrl: '/api/setup/scim',
        features: ['rotate', 'pause', 'provider', 'progress', 'users', 'groups', 'activity'],
      }),
      subscribe,
    }),
    [subscribe],
  );
  const { api, question } = useConfirmedApi(routes);

  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-6">
      <div className="flex min-h-9 flex-wrap items-center justify-between gap-3">
        <h1 className="text-muted-foreground text-sm">Settings</h1>
        {session.canManageDirectory && (
          <Button variant="outline" size="sm" aria-expanded={isPlayOpen} onClick={onPlay}>
            <PlayIcon aria-hidden="true" />
            Play the identity provider
          </Button>
        )}
      </div>
      {session.canManageDirectory && <HeldChanges subscribe={subscribe} />}
      {session.canManageDirectory && <ExistingPeople subscribe={subscribe} />}
      <ScimSetup
        scimEndpointUrl={`${location.origin}/scim/v2`}
        api={api}
        labels={{ forbidden: { description: whoCan(session.administrators) } }}
      />
      <ConfirmSignInDialog question={question} />
    </div>
  );
}

function whoCan(administrators: readonly string[]): string {
  if (administrators.length === 0) return 'No administrator is active. Ask whoever runs Harbor for you.';
  const names = new Intl.ListFormat('en', { type: 'disjunction' }).format(administrators);
  return `Ask ${names}: administrators can set it up, or give you access.`;
}
