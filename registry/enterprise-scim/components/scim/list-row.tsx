'use client';

import { ChevronDownIcon } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { cn } from '@/lib/utils';

/** A row that can be opened. Its names come from somebody else's directory: shown as text, however long. */
export function ListRow({
  id,
  title,
  subtitle,
  badge,
  isOpen,
  onToggle,
  children,
}: {
  id: string;
  title: ReactNode;
  subtitle?: ReactNode;
  badge?: ReactNode;
  isOpen: boolean;
  onToggle: () => void;
  children: ReactNode;
}) {
  const detailsId = useId();
  return (
    <li data-scim-row={id}>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? detailsId : undefined}
        className="flex min-h-14 w-full items-center gap-3 px-4 py-2 text-start outline-none hover:bg-muted/50 focus-visible:ring-3 focus-visible:ring-ring/50 focus-visible:ring-inset"
        onClick={onToggle}
      >
        <span className="min-w-0 flex-1">
          <span className="line-clamp-2 wrap-anywhere font-medium">{title}</span>
          {subtitle ? (
            <span className="line-clamp-2 wrap-anywhere text-muted-foreground">{subtitle}</span>
          ) : null}
        </span>
        {badge}
        <ChevronDownIcon
          aria-hidden="true"
          className={cn('size-4 shrink-0 text-muted-foreground', isOpen && 'rotate-180')}
        />
      </button>
      {isOpen ? (
        <div id={detailsId} className="border-t bg-muted/30 px-4 py-4">
          {children}
        </div>
      ) : null}
    </li>
  );
}
