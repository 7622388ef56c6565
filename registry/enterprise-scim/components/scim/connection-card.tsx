'use client';

import { useState } from 'react';
import { ActionButton } from '@/components/scim/action-button';
import { EndpointField } from '@/components/scim/credential-fields';
import { KeyRow, UnknownKeyRow } from '@/components/scim/key-row';
import { ProviderPicker } from '@/components/scim/provider-picker';
import { Card, CardContent, CardHeader, CardTitle } from '@/components/ui/card';
import { useScim } from '@/hooks/scim/use-scim';
import { findScimProvider, OTHER_PROVIDER_ID } from '@/lib/scim/scim-providers';

/** What is connected: provider, endpoint, keys, and how much has been synced. */
export function ConnectionCard() {
  const { labels, abilities, providerId } = useScim();
  return (
    <Card>
      <CardHeader>
        <CardTitle>
          <h3>{labels.connection.title}</h3>
        </CardTitle>
      </CardHeader>
      <CardContent className="flex flex-col gap-6 [&>*+*]:border-t [&>*+*]:pt-6">
        {abilities.chooseProvider || providerId ? <ProviderRow /> : null}
        <EndpointField />
        <Keys />
        <Counts />
      </CardContent>
    </Card>
  );
}

function ProviderRow() {
  const { labels, abilities, providerId } = useScim();
  const [isOpen, setIsOpen] = useState(false);
  const other = providerId === OTHER_PROVIDER_ID ? labels.setup.otherProvider : labels.connection.noProvider;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center justify-between gap-4">
        <div className="min-w-0">
          <div className="text-muted-foreground">{labels.connection.provider}</div>
          <div className="wrap-anywhere mt-0.5 font-medium" data-scim-provider={providerId ?? ''}>
            {findScimProvider(providerId)?.name ?? other}
          </div>
        </div>
        {abilities.chooseProvider ? (
          <ActionButton
            variant="outline"
            aria-label={labels.connection.changeName}
            aria-expanded={isOpen}
            onClick={() => setIsOpen(!isOpen)}
          >
            {labels.connection.change}
          </ActionButton>
        ) : null}
      </div>
      {isOpen ? <ProviderPicker /> : null}
    </div>
  );
}

function Keys() {
  const { labels, state, abilities, openDialog } = useScim();
  const { currentKey, retiringKey } = state;
  const canRotate = abilities.rotate && !retiringKey && state.name !== 'expired' && state.name !== 'expiring';
  const rotate = canRotate ? (
    <ActionButton
      variant="outline"
      className="w-full sm:w-auto"
      onClick={() => openDialog({ kind: 'rotate' })}
    >
      {labels.key.rotate}
    </ActionButton>
  ) : null;
  return (
    <section
      aria-label={retiringKey ? labels.key.titleTwo : labels.key.title}
      className="flex flex-col gap-6"
    >
      {currentKey ? (
        <KeyRow summary={currentKey} badge={retiringKey ? labels.key.current : null} action={rotate} />
      ) : (
        <UnknownKeyRow action={rotate} />
      )}
      {retiringKey ? <KeyRow summary={retiringKey} badge={labels.key.retiring} /> : null}
    </section>
  );
}

function Counts() {
  const { labels, counts, locale } = useScim();
  const shown = [
    { name: 'users', amount: counts.users, word: labels.connection.users },
    { name: 'groups', amount: counts.groups, word: labels.connection.groups },
  ];
  if (counts.users === undefined && counts.groups === undefined) return null;
  return (
    <section aria-label={labels.connection.synced} className="flex flex-wrap gap-x-12 gap-y-4">
      {shown.map(({ name, amount, word }) =>
        amount === undefined ? null : (
          <p key={name} data-scim-count={name} className="flex items-baseline gap-2">
            <span className="font-semibold text-xl tabular-nums tracking-tight">
              {new Intl.NumberFormat(locale).format(amount)}
            </span>{' '}
            <span className="text-muted-foreground">{word(amount)}</span>
          </p>
        ),
      )}
    </section>
  );
}
