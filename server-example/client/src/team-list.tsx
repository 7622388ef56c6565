import { UsersIcon } from 'lucide-react';
import type { TeamPage } from './api.ts';

/** Teams, mirrored from the groups of the directory. */
export function TeamList({ teams, total }: { teams: TeamPage['teams']; total: number }) {
  return (
    <section aria-labelledby="teams" className="flex flex-col gap-3">
      <h2 id="teams" className="font-semibold tracking-tight">
        Teams
      </h2>
      {total === 0 && (
        <p className="rounded-xl border border-dashed p-5 text-center text-muted-foreground text-sm">
          No teams yet. Groups that your directory pushes appear here.
        </p>
      )}
      <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {teams.map((team) => (
          <li
            key={team.id}
            data-team={team.id}
            className="flex min-w-0 items-center gap-3 rounded-xl border bg-card px-4 py-3 shadow-xs"
          >
            <UsersIcon aria-hidden="true" className="size-4 shrink-0 text-muted-foreground" />
            <span className="min-w-0 flex-1 truncate font-medium text-sm" title={team.name}>
              {team.name}
            </span>
            <span className="text-muted-foreground text-sm tabular-nums">
              {team.memberCount.toLocaleString()} {team.memberCount === 1 ? 'member' : 'members'}
            </span>
          </li>
        ))}
      </ul>
      {total > teams.length && (
        <p className="text-muted-foreground text-sm">
          The first {teams.length} of {total.toLocaleString()} teams.
        </p>
      )}
    </section>
  );
}
