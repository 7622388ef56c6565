'use client';

import { useState } from 'react';
import { ErrorNotice } from '@/components/scim/error-notice';
import { ListRow } from '@/components/scim/list-row';
import { Pager } from '@/components/scim/pager';
import { SearchField } from '@/components/scim/search-field';
import { Badge } from '@/components/ui/badge';
import { useScim } from '@/hooks/scim/use-scim';
import { useSearch } from '@/hooks/scim/use-search';
import { unavailable } from '@/lib/scim/scim-errors';
import type { ScimGroup, ScimGroupDetails, ScimGroupMember } from '@/lib/scim/scim-types';

/** One group, and once it is opened its members, a page at a time however many they are. */
export function GroupRow({ group }: { group: ScimGroup }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <ListRow
      id={group.groupId}
      title={group.displayName ?? group.groupId}
      isOpen={isOpen}
      onToggle={() => setIsOpen(!isOpen)}
    >
      <Members groupId={group.groupId} />
    </ListRow>
  );
}

function Members({ groupId }: { groupId: string }) {
  const { labels, api } = useScim();
  const { listing, text, setText, setPage, isSearching } = useSearch<ScimGroupDetails>(
    groupId,
    async (request) => (api.group ? api.group(groupId, request) : unavailable),
  );
  const { data, error } = listing;
  if (error) return <ErrorNotice error={error} title={labels.list.failed} />;
  if (data === null) return <p role="status">{labels.status.loading}</p>;
  return (
    <div className="flex flex-col gap-3">
      {data.total > data.size || isSearching ? (
        <SearchField label={labels.groups.searchMembers} value={text} onValueChange={setText} />
      ) : null}
      {data.total === 0 ? (
        <p className="text-muted-foreground">
          {isSearching ? labels.list.nothingFound : labels.groups.noMembers}
        </p>
      ) : (
        <>
          <ul className="flex flex-col gap-1">
            {data.members.map((member) => (
              <MemberLine key={member.id} member={member} />
            ))}
          </ul>
          <Pager page={data} onPageChange={setPage} />
        </>
      )}
    </div>
  );
}

function MemberLine({ member }: { member: ScimGroupMember }) {
  const { labels } = useScim();
  const { id, name, displayName, active, resourceType } = member;
  const title = displayName ?? name ?? id;
  return (
    <li className="flex min-h-8 flex-wrap items-center gap-x-2" data-scim-member={id}>
      <span className="wrap-anywhere">{title}</span>
      {name !== null && name !== title ? (
        <span className="wrap-anywhere text-muted-foreground">{name}</span>
      ) : null}
      {resourceType === 'User' ? null : <Badge variant="outline">{labels.groups.isGroup}</Badge>}
      {active ? null : <Badge variant="outline">{labels.users.inactive}</Badge>}
    </li>
  );
}
