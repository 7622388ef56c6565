import { useMemo } from 'react';
import { ScimSetup } from '@/components/scim/scim-setup';
import { createScimApi } from '@/lib/scim/create-scim-api';
import { ConfirmSignInDialog, useConfirmedApi } from './confirm-sign-in.tsx';

/** Settings, Directory sync: the registry's page over Harbor's own routes. */
export function DirectorySyncPage() {
  const routes = useMemo(
    () => createScimApi({ baseUrl: '/api/setup/scim', features: ['rotate', 'pause', 'provider'] }),
    [],
  );
  const { api, question } = useConfirmedApi(routes);

  return (
    <div className="flex flex-col gap-6">
      <h1 className="text-muted-foreground text-sm">Settings</h1>
      <ScimSetup scimEndpointUrl={`${location.origin}/scim/v2`} api={api} />
      <ConfirmSignInDialog question={question} />
    </div>
  );
}
