'use client';

import { SearchIcon } from 'lucide-react';
import { useId } from 'react';
import { Input } from '@/components/ui/input';

/** Looks through everything there is, on the server. */
export function SearchField({
  label,
  value,
  onValueChange,
}: {
  label: string;
  value: string;
  onValueChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div className="relative">
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <SearchIcon
        aria-hidden="true"
        className="pointer-events-none absolute start-3 top-1/2 size-4 -translate-y-1/2 text-muted-foreground"
      />
      <Input
        id={id}
        type="search"
        maxLength={200}
        autoComplete="off"
        placeholder={label}
        className="min-h-10 ps-9"
        value={value}
        onChange={(event) => onValueChange(event.target.value)}
      />
    </div>
  );
}
