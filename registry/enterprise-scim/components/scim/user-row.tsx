'use client';

import { useState } from 'react';
import { ListRow } from '@/components/scim/list-row';
import { RawData } from '@/components/scim/raw-data';
import { Badge } from '@/components/ui/badge';
import { useListing } from '@/hooks/scim/use-listing';
import { useScim } from '@/hooks/scim/use-scim';
import type { ScimUser, ScimUserDetails } from '@/lib/scim/scim-types';

/** One user: name and address, and once it is opened the groups and everything that was sent. */
export function UserRow({ user }: { user: ScimUser }) {
  const { labels } = useScim();
  const [isOpen, setIsOpen] = useState(false);
  const { scimUser, primaryEmail, active, role } = user;
  const userName = text(scimUser.userName);
  const name = text(scimUser.displayName) || userName;
  return (
    <ListRow
      id={text(scimUser.id)}
      title={name}
      subtitle={[...new Set([userName, primaryEmail ?? ''])]
        .filter((part) => part !== '' && part !== name)
        .join(' · ')}
      badge={
        active ? (
          role ? (
            <Badge variant="outline">{role}</Badge>
          ) : null
        ) : (
          <Badge variant="outline">{labels.users.inactive}</Badge>
        )
      }
      isOpen={isOpen}
      onToggle={() => setIsOpen(!isOpen)}
    >
      <UserDetails user={user} />
    </ListRow>
  );
}

function UserDetails({ user }: { user: ScimUser }) {
  const { labels, api } = useScim();
  const id = text(user.scimUser.id);
  const { data } = useListing<ScimUserDetails | null>(id, async () =>
    api.user ? api.user(id) : { ok: true, data: null },
  );
  const groups = data?.groups ?? [];
  return (
    <div className="flex flex-col gap-3">
      {data ? (
        <p className="wrap-anywhere">
          <span className="text-muted-foreground">{labels.users.groups}: </span>
          {groups.length === 0
            ? labels.users.noGroups
            : groups.map(({ groupId, displayName }) => displayName ?? groupId).join(', ')}
        </p>
      ) : null}
      <RawData value={user.scimUser} />
    </div>
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
