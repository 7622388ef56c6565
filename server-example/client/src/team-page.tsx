import { useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Spinner } from '@/components/ui/spinner';
import { ApiError, type Session } from './api.ts';
import { Link } from './navigation.tsx';
import { PeopleTable } from './people-table.tsx';
import { TeamList } from './team-list.tsx';
import { useTeam } from './use-team.ts';

const pageSize = 50;

/** Everybody at the customer, who manages them, and their teams. */
export function TeamPage({
  session,
  subscribe,
  onSignedOut,
}: {
  session: Session;
  /** Tells when somebody may have come or gone. */
  subscribe(onChange: () => void): () => void;
  onSignedOut(): void;
}) {
  const [offset, setOffset] = useState(0);
  const { team, error, refresh } = useTeam({ limit: pageSize, offset }, subscribe);

  const isSignedOut = error instanceof ApiError && error.status === 401;
  useEffect(() => {
    if (isSignedOut) onSignedOut();
  }, [isSignedOut, onSignedOut]);

  return (
    <div className="flex flex-col gap-8">
      <header className="flex flex-col gap-1">
        <h1 className="font-semibold text-xl tracking-tight">Team</h1>
        <p role="status" className="text-muted-foreground">
          {team
            ? `${countOf(team.totalPeople, 'person', 'people')} at ${session.customer.name}`
            : 'Loading the team'}
        </p>
      </header>
      {error && (
        <div role="alert" className="flex flex-wrap items-center gap-3 text-destructive text-sm">
          {error.message} The list may be out of date.
          <Button variant="outline" size="sm" onClick={refresh}>
            Try again
          </Button>
        </div>
      )}
      {!team && !error && <Spinner className="text-muted-foreground" />}
      {team && (
        <>
          <section aria-label="People" className="flex flex-col gap-3">
            <PeopleTable people={team.people} />
            <Pages offset={offset} total={team.totalPeople} onChange={setOffset} />
            <NoDirectoryYet team={team} session={session} />
          </section>
          <TeamList teams={team.teams} total={team.totalTeams} />
        </>
      )}
    </div>
  );
}

/** Where the people will come from, as long as nobody came. */
function NoDirectoryYet({
  team,
  session,
}: {
  team: { people: readonly { managedBy: string }[]; totalPeople: number };
  session: Session;
}) {
  const isEmpty =
    team.totalPeople <= pageSize && team.people.every((person) => person.managedBy === 'harbor');
  if (!isEmpty) return null;
  return (
    <p className="rounded-xl border border-dashed p-5 text-center text-muted-foreground text-sm">
      Nobody came from a directory yet.{' '}
      {session.canManageDirectory ? (
        <Link href="/settings/directory-sync" className="text-foreground underline underline-offset-4">
          Connect your directory
        </Link>
      ) : (
        'When an administrator connects your directory, people arrive here by themselves.'
      )}
    </p>
  );
}

function Pages({
  offset,
  total,
  onChange,
}: {
  offset: number;
  total: number;
  onChange(offset: number): void;
}) {
  if (total <= pageSize) return null;
  return (
    <nav aria-label="Pages of people" className="flex items-center justify-end gap-2">
      <span className="me-auto text-muted-foreground text-sm tabular-nums">
        {(offset + 1).toLocaleString()} to {Math.min(offset + pageSize, total).toLocaleString()} of{' '}
        {total.toLocaleString()}
      </span>
      <Button
        variant="outline"
        size="sm"
        disabled={offset === 0}
        onClick={() => onChange(Math.max(0, offset - pageSize))}
      >
        Previous
      </Button>
      <Button
        variant="outline"
        size="sm"
        disabled={offset + pageSize >= total}
        onClick={() => onChange(offset + pageSize)}
      >
        Next
      </Button>
    </nav>
  );
}

function countOf(count: number, one: string, other: string): string {
  return `${count.toLocaleString()} ${count === 1 ? one : other}`;
}
