'use client';

import { EyeIcon, EyeOffIcon } from 'lucide-react';
import { useState } from 'react';
import { CopyField } from '@/components/scim/copy-field';
import { useScim } from '@/components/scim/scim-context';
import { Button } from '@/components/ui/button';
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
    <div className="relative">
      <CopyField
        data-scim-field="key"
        label={labels.keyDialog.key}
        hint={<FieldHint field="keyField" />}
        value={scimApiKey}
        shownAs={isHidden ? '•'.repeat(24) : undefined}
        name={labels.copy.keyName}
      />
      <Button
        type="button"
        variant="ghost"
        className="mt-1 min-h-10 px-3 text-muted-foreground"
        onClick={() => setIsHidden(!isHidden)}
      >
        <Icon aria-hidden="true" />
        {isHidden ? labels.copy.show : labels.copy.hide}
      </Button>
    </div>
  );
}

function FieldHint({ field }: { field: 'endpointField' | 'keyField' }) {
  const { labels, providerId } = useScim();
  const provider = findScimProvider(providerId);
  const name = provider?.[field];
  if (!provider || !name) return null;
  return <span className="text-muted-foreground">{labels.connection.fieldIn(provider.name, name)}</span>;
}
