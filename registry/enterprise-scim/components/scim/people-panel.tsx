'use client';

import type { ReactNode } from 'react';
import { ListCard } from '@/components/scim/list-card';
import { Pager } from '@/components/scim/pager';
import { SearchField } from '@/components/scim/search-field';
import { useScim } from '@/hooks/scim/use-scim';
import type { ScimSearch } from '@/hooks/scim/use-search';
import type { ScimListPage } from '@/lib/scim/scim-types';

/** A list of users or groups with its search and its pages. */
export function PeoplePanel<T extends ScimListPage>({
  name,
  search,
  searchLabel,
  empty,
  children,
}: {
  name: 'users' | 'groups';
  search: ScimSearch<T>;
  searchLabel: string;
  empty: string;
  children: (list: T) => ReactNode;
}) {
  const { labels } = useScim();
  return (
    <ListCard
      name={name}
      title={labels.sections[name]}
      listing={search.listing}
      isEmpty={({ total }) => total === 0}
      empty={search.isSearching ? labels.list.nothingFound : empty}
      tools={<SearchField label={searchLabel} value={search.text} onValueChange={search.setText} />}
    >
      {(list) => (
        <div className="flex flex-col gap-4">
          <ul className="flex flex-col divide-y rounded-md border">{children(list)}</ul>
          <Pager page={list} onPageChange={search.setPage} />
        </div>
      )}
    </ListCard>
  );
}
