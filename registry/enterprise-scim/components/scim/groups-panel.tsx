'use client';

import { GroupRow } from '@/components/scim/group-row';
import { PeoplePanel } from '@/components/scim/people-panel';
import { useScim } from '@/hooks/scim/use-scim';
import { useSearch } from '@/hooks/scim/use-search';
import { unavailable } from '@/lib/scim/scim-errors';
import type { ScimGroupList } from '@/lib/scim/scim-types';

/** The groups the identity provider has sent. */
export function GroupsPanel() {
  const { labels, api, idp } = useScim();
  const search = useSearch<ScimGroupList>('groups', async (request) =>
    api.groups ? api.groups(request) : unavailable,
  );
  return (
    <PeoplePanel
      name="groups"
      search={search}
      searchLabel={labels.groups.search}
      empty={labels.groups.empty(idp)}
    >
      {({ groups }) => groups.map((group) => <GroupRow key={group.groupId} group={group} />)}
    </PeoplePanel>
  );
}

export default GroupsPanel;
