'use client';

import { ChoiceTiles } from '@/components/scim/choice-tiles';
import { ErrorNotice } from '@/components/scim/error-notice';
import { useScim } from '@/hooks/scim/use-scim';
import { findScimProvider, OTHER_PROVIDER_ID, scimProviders } from '@/lib/scim/scim-providers';

/** The identity providers as tiles. The labels of every field follow the choice. */
export function ProviderPicker({ className }: { className?: string }) {
  const { labels, providerId, pickProvider, providerError, idp } = useScim();
  const choices = [
    ...scimProviders.map(({ id, name }) => ({ value: id, label: name })),
    { value: OTHER_PROVIDER_ID, label: labels.setup.otherProvider },
  ];
  return (
    <div className={className}>
      <ChoiceTiles
        legend={labels.setup.providerLegend}
        choices={choices}
        value={providerId}
        onValueChange={pickProvider}
      />
      {findScimProvider(providerId)?.isCatalogueOnly ? (
        <p role="status" className="mt-3 text-muted-foreground">
          {labels.setup.catalogueOnly(idp)}
        </p>
      ) : null}
      <ErrorNotice className="mt-3" error={providerError} title={labels.setup.providerNotSaved} />
    </div>
  );
}
