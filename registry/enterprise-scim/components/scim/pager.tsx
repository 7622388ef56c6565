'use client';

import { ChevronLeftIcon, ChevronRightIcon } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { useScim } from '@/hooks/scim/use-scim';
import type { ScimListPage } from '@/lib/scim/scim-types';

/** How many there are and which are shown, with the way to the others, up to the last page. */
export function Pager({ page, onPageChange }: { page: ScimListPage; onPageChange: (page: number) => void }) {
  const { labels, locale } = useScim();
  const { total, size, isCut = false } = page;
  const last = Math.max(0, Math.ceil(total / size) - 1);
  const from = total === 0 ? 0 : page.page * size + 1;
  const to = Math.min(total, (page.page + 1) * size);
  const number = new Intl.NumberFormat(locale);
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p role="status" className="text-muted-foreground" data-scim-total={total}>
        {labels.list.range(number.format(from), number.format(to), number.format(total))}
        {isCut ? ` ${labels.list.cut}` : ''}
      </p>
      {last === 0 ? null : (
        <div className="flex gap-2">
          <Button
            type="button"
            variant="outline"
            className="min-h-10 sm:min-h-9"
            disabled={page.page === 0}
            onClick={() => onPageChange(page.page - 1)}
          >
            <ChevronLeftIcon aria-hidden="true" className="rtl:rotate-180" />
            {labels.list.previous}
          </Button>
          <Button
            type="button"
            variant="outline"
            className="min-h-10 sm:min-h-9"
            disabled={page.page >= last}
            onClick={() => onPageChange(page.page + 1)}
          >
            {labels.list.next}
            <ChevronRightIcon aria-hidden="true" className="rtl:rotate-180" />
          </Button>
        </div>
      )}
    </div>
  );
}
