import { CircleCheckIcon, CircleSlashIcon, FolderSyncIcon } from 'lucide-react';
import { Badge } from '@/components/ui/badge';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import type { TeamMember } from './api.ts';
import { Avatar } from './avatar.tsx';

const roleNames: Readonly<Record<string, string>> = {
  owner: 'Owner',
  admin: 'Administrator',
  member: 'Member',
};

/** People, one a row. On phones the address and who manages the person move below the name. */
export function PeopleTable({ people }: { people: readonly TeamMember[] }) {
  return (
    <div className="overflow-hidden rounded-xl border bg-card shadow-xs">
      <Table className="table-fixed">
        <TableHeader>
          <TableRow className="hover:bg-transparent">
            <TableHead className="ps-4 sm:w-[34%]">Name</TableHead>
            <TableHead className="hidden sm:table-cell">E-mail</TableHead>
            <TableHead className="hidden w-32 md:table-cell">Role</TableHead>
            <TableHead className="w-32 pe-4">Status</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {people.map((person) => (
            <PersonRow key={person.id} person={person} />
          ))}
        </TableBody>
      </Table>
    </div>
  );
}

function PersonRow({ person }: { person: TeamMember }) {
  return (
    <TableRow data-person={person.id}>
      <TableCell className="ps-4">
        <div className="flex items-center gap-3">
          <span className="hidden sm:block">
            <Avatar name={person.name} />
          </span>
          <div className="flex min-w-0 flex-col gap-0.5">
            <span className="truncate font-medium" title={person.name}>
              {person.name}
            </span>
            <span
              className="truncate text-muted-foreground text-xs sm:hidden"
              title={person.email ?? undefined}
            >
              {person.email}
            </span>
            {person.title && (
              <span className="hidden truncate text-muted-foreground text-xs sm:block" title={person.title}>
                {person.title}
              </span>
            )}
            {person.managedBy === 'directory' && (
              <Badge variant="outline" className="mt-0.5 font-normal text-muted-foreground">
                <FolderSyncIcon aria-hidden="true" />
                Managed by directory
              </Badge>
            )}
          </div>
        </div>
      </TableCell>
      <TableCell
        className="hidden truncate text-muted-foreground sm:table-cell"
        title={person.email ?? undefined}
      >
        {person.email ?? 'No address'}
      </TableCell>
      <TableCell className="hidden text-muted-foreground md:table-cell">
        {roleNames[person.role] ?? person.role}
      </TableCell>
      <TableCell className="pe-4">
        {person.active ? (
          <span className="inline-flex items-center gap-1.5">
            <CircleCheckIcon aria-hidden="true" className="size-3.5 text-muted-foreground" />
            Active
          </span>
        ) : (
          <span className="inline-flex items-center gap-1.5 text-muted-foreground">
            <CircleSlashIcon aria-hidden="true" className="size-3.5" />
            Deactivated
          </span>
        )}
      </TableCell>
    </TableRow>
  );
}
