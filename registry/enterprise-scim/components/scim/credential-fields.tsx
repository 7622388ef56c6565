'use client';

import { EyeIcon, EyeOffIcon } from 'lucide-react';
import { useState } from 'react';
import { CopyField } from '@/components/scim/copy-field';
import { Button } from '@/components/ui/button';
import { useScim } from '@/hooks/scim/use-scim';
import { findScimProvider } from '@/lib/scim/scim-providers';

/** The endpoint URL, and the name of its field in the chosen provider's console. */
export function EndpointField() {
  const { labels, endpointUrl } = useScim();
  return (
    <CopyField
      data-scim-field="endpoint"
      label={labels.connection.endpoint}
      hint={<FieldHint field="endpointField" />}
      value={endpointUrl}
      name={labels.copy.endpointName}
    />
  );
}

/** The text of a new key. It can be hidden while somebody looks over the shoulder. */
export function NewKeyField({ scimApiKey }: { scimApiKey: string }) {
  const { labels } = useScim();
  const [isHidden, setIsHidden] = useState(false);
  const Icon = isHidden ? EyeIcon : EyeOffIcon;
  return (
    <CopyField
      data-scim-field="key"
      label={labels.keyDialog.key}
      hint={<FieldHint field="keyField" />}
      value={scimApiKey}
      shownAs={isHidden ? '•'.repeat(24) : undefined}
      name={labels.copy.keyName}
      tools={
        <Button
          type="button"
          variant="ghost"
          aria-label={isHidden ? labels.copy.show : labels.copy.hide}
          className="h-auto min-h-10 min-w-11 rounded-none border-0 text-muted-foreground focus-visible:ring-inset"
          onClick={() => setIsHidden(!isHidden)}
        >
          <Icon aria-hidden="true" />
        </Button>
      }
    />
  );
}

function FieldHint({ field }: { field: 'endpointField' | 'keyField' }) {
  const { labels, providerId } = useScim();
  const provider = findScimProvider(providerId);
  const name = provider?.[field];
  if (!provider || !name) return null;
  return <span className="text-muted-foreground">{labels.connection.fieldIn(provider.name, name)}</span>;
}
