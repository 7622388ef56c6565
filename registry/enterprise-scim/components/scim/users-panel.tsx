'use client';

import { PeoplePanel } from '@/components/scim/people-panel';
import { UserRow } from '@/components/scim/user-row';
import { useScim } from '@/hooks/scim/use-scim';
import { useSearch } from '@/hooks/scim/use-search';
import { unavailable } from '@/lib/scim/scim-errors';
import type { ScimUserList } from '@/lib/scim/scim-types';

/** The users the identity provider has sent. */
export function UsersPanel() {
  const { labels, api, idp } = useScim();
  const search = useSearch<ScimUserList>('users', async (request) =>
    api.users ? api.users(request) : unavailable,
  );
  return (
    <PeoplePanel
      name="users"
      search={search}
      searchLabel={labels.users.search}
      empty={labels.users.empty(idp)}
    >
      {({ users }) => users.map((user) => <UserRow key={String(user.scimUser.id)} user={user} />)}
    </PeoplePanel>
  );
}

export default UsersPanel;
