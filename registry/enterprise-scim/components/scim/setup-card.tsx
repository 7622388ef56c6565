'use client';

import { useState } from 'react';
import { ActionButton } from '@/components/scim/action-button';
import { ErrorNotice } from '@/components/scim/error-notice';
import { KeyLifePicker } from '@/components/scim/key-life-picker';
import { ProviderPicker } from '@/components/scim/provider-picker';
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/components/ui/card';
import type { ScimAction } from '@/hooks/scim/use-action';
import { useScim } from '@/hooks/scim/use-scim';
import { type KeyLife, PRESET_KEY_LIFE } from '@/lib/scim/key-life';

/** Nothing is connected yet: choose the provider and the life of the key, then generate it. */
export function SetupCard({ create }: { create: ScimAction<KeyLife> }) {
  const { labels, abilities } = useScim();
  const [life, setLife] = useState<KeyLife>(PRESET_KEY_LIFE);
  return (
    <Card>
      <CardHeader>
        <CardTitle>
          <h3>{labels.setup.title}</h3>
        </CardTitle>
        <CardDescription>{labels.setup.description}</CardDescription>
      </CardHeader>
      <CardContent className="flex flex-col gap-8">
        {abilities.chooseProvider ? <ProviderPicker /> : null}
        <KeyLifePicker legend={labels.life.legend} life={life} onLifeChange={setLife} />
        <ErrorNotice error={create.error} title={labels.errors.createFailed} />
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 border-t pt-6">
          <p className="text-muted-foreground">{labels.setup.shownOnce}</p>
          <ActionButton
            className="w-full sm:w-auto"
            isPending={create.isPending}
            onClick={() => create.run(life)}
          >
            {labels.setup.generate}
          </ActionButton>
        </div>
      </CardContent>
    </Card>
  );
}
