'use client';

import { CloudOffIcon } from 'lucide-react';
import { ConnectionCard } from '@/components/scim/connection-card';
import { DangerZone } from '@/components/scim/danger-zone';
import { ErrorNotice } from '@/components/scim/error-notice';
import { Findings } from '@/components/scim/findings';
import { GuideCard } from '@/components/scim/guide-card';
import { Notice } from '@/components/scim/notice';
import { ScimSections } from '@/components/scim/scim-sections';
import { SetupCard } from '@/components/scim/setup-card';
import { StateNotice } from '@/components/scim/state-notice';
import { useAction } from '@/hooks/scim/use-action';
import { useScim } from '@/hooks/scim/use-scim';
import { type KeyLife, toExpiresAt } from '@/lib/scim/key-life';

/** The page once the configuration is known. */
export function ReadyView() {
  const { labels, now, state, progress, connection, onCreated } = useScim();
  const create = useAction(
    (life: KeyLife) => connection.create({ expiresAt: toExpiresAt(life, now) }),
    ({ scimApiKey }) => onCreated(scimApiKey),
  );
  const { refreshError } = connection;
  return (
    <>
      {refreshError ? (
        <Notice icon={CloudOffIcon} title={labels.stale.title} data-scim-notice="stale">
          <p>{refreshError.status === 401 ? labels.errors.signedOut : labels.stale.description}</p>
        </Notice>
      ) : null}
      {state.name === 'not-configured' ? (
        <SetupCard create={create} />
      ) : (
        <ScimSections>
          {/* A key was made although the answer got lost, or by somebody else in the meantime. */}
          <ErrorNotice error={create.error} title={labels.errors.createFailed} />
          <StateNotice />
          {progress ? <Findings findings={progress.findings} /> : null}
          {progress ? <GuideCard progress={progress} /> : null}
          <ConnectionCard />
          <DangerZone />
        </ScimSections>
      )}
    </>
  );
}
