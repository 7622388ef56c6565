'use client';

import { useState } from 'react';
import { GroupRow } from '@/components/scim/group-row';
import { ListCard } from '@/components/scim/list-card';
import { Pager } from '@/components/scim/pager';
import { SearchField } from '@/components/scim/search-field';
import { useListing } from '@/hooks/scim/use-listing';
import { useScim } from '@/hooks/scim/use-scim';
import { useSettled } from '@/hooks/scim/use-settled';
import { unavailable } from '@/lib/scim/scim-errors';
import type { ScimGroupList } from '@/lib/scim/scim-types';

/** The groups the identity provider has sent. */
export function GroupsPanel() {
  const { labels, api, idp } = useScim();
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  const wanted = useSettled(search.trim());
  const request = { page, ...(wanted !== '' && { search: wanted }) };
  const listing = useListing<ScimGroupList>(JSON.stringify(request), async () =>
    api.groups ? api.groups(request) : unavailable,
  );
  return (
    <ListCard
      name="groups"
      title={labels.sections.groups}
      listing={listing}
      isEmpty={({ total }) => total === 0}
      empty={wanted === '' ? labels.groups.empty(idp) : labels.list.nothingFound}
      tools={
        <SearchField
          label={labels.groups.search}
          value={search}
          onValueChange={(text) => {
            setSearch(text);
            setPage(0);
          }}
        />
      }
    >
      {(list) => (
        <div className="flex flex-col gap-4">
          <ul className="flex flex-col divide-y rounded-md border">
            {list.groups.map((group) => (
              <GroupRow key={group.groupId} group={group} />
            ))}
          </ul>
          <Pager page={list} onPageChange={setPage} />
        </div>
      )}
    </ListCard>
  );
}

export default GroupsPanel;
