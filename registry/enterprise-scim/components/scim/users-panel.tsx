'use client';

import { useState } from 'react';
import { ListCard } from '@/components/scim/list-card';
import { Pager } from '@/components/scim/pager';
import { SearchField } from '@/components/scim/search-field';
import { UserRow } from '@/components/scim/user-row';
import { useListing } from '@/hooks/scim/use-listing';
import { useScim } from '@/hooks/scim/use-scim';
import { useSettled } from '@/hooks/scim/use-settled';
import { unavailable } from '@/lib/scim/scim-errors';
import type { ScimUserList } from '@/lib/scim/scim-types';

/** The users the identity provider has sent. */
export function UsersPanel() {
  const { labels, api, idp } = useScim();
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  const wanted = useSettled(search.trim());
  const request = { page, ...(wanted !== '' && { search: wanted }) };
  const listing = useListing<ScimUserList>(JSON.stringify(request), async () =>
    api.users ? api.users(request) : unavailable,
  );
  return (
    <ListCard
      name="users"
      title={labels.sections.users}
      listing={listing}
      isEmpty={({ total }) => total === 0}
      empty={wanted === '' ? labels.users.empty(idp) : labels.list.nothingFound}
      tools={
        <SearchField
          label={labels.users.search}
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
            {list.users.map((user) => (
              <UserRow key={String(user.scimUser.id)} user={user} />
            ))}
          </ul>
          <Pager page={list} onPageChange={setPage} />
        </div>
      )}
    </ListCard>
  );
}

export default UsersPanel;
