import { useMemo } from 'react';
import { ScimSetup } from '@/components/scim/scim-setup';
import { createScimApi } from '@/lib/scim/create-scim-api';
import type { Session } from './api.ts';
import { ConfirmSignInDialog, useConfirmedApi } from './confirm-sign-in.tsx';

/** Settings, Directory sync: the registry's page over Harbor's own routes. */
export function DirectorySyncPage({ session }: { session: Session }) {
  const routes = useMemo(
    () => createScimApi({ baseUrl: '/api/setup/scim', features: ['rotate', 'pause', 'provider'] }),
    [],
  );
  const { api, question } = useConfirmedApi(routes);

  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-6">
      <h1 className="text-muted-foreground text-sm">Settings</h1>
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
