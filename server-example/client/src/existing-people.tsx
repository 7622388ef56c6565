import { useCallback, useEffect, useId, useState } from 'react';
import { Button } from '@/components/ui/button';
import { confirmMatches, fetchMatches, type PersonMatch } from './matches-api.ts';

/** People of a new directory who are in Harbor already, for a person to confirm. Nothing is shown where there are none. */
export function ExistingPeople({ subscribe }: { subscribe(onChange: () => void): () => void }) {
  const titleId = useId();
  const { matches, error, isBusy, outcome, confirm } = useMatches(subscribe);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const proposed = matches.filter(({ proposedUserId }) => proposedUserId !== null);
  const chosen = proposed.filter(({ scimUserId }) => !left.has(scimUserId));
  const status = (
    <p role="status" className="text-muted-foreground text-sm">
      {outcome}
    </p>
  );
  if (matches.length === 0) return error ? <Problem message={error} /> : outcome ? status : null;

  const toggle = (id: string) => {
    const next = new Set(left);
    if (!next.delete(id)) next.add(id);
    setLeft(next);
  };

  return (
    <section
      aria-labelledby={titleId}
      className="flex flex-col gap-4 rounded-xl border bg-card p-6 shadow-xs"
    >
      <header className="flex flex-col gap-1">
        <h2 id={titleId} className="font-semibold">
          People who are in Harbor already
        </h2>
        <p className="text-muted-foreground text-sm">
          Confirm who is the same person. Their accounts stay as they are; from then on they come and go with
          your directory.
        </p>
      </header>
      {error && <Problem message={error} />}
      <ul className="flex flex-col gap-2">
        {matches.map((match) => (
          <li key={match.scimUserId} className="flex items-center gap-3 text-sm">
            <MatchChoice
              match={match}
              isChosen={!left.has(match.scimUserId)}
              isBusy={isBusy}
              onToggle={() => toggle(match.scimUserId)}
            />
          </li>
        ))}
      </ul>
      <div>
        <Button
          disabled={isBusy || chosen.length === 0}
          onClick={() => confirm(chosen.map(({ scimUserId }) => scimUserId))}
        >
          Confirm {chosen.length === 1 ? '1 person' : `${chosen.length} people`}
        </Button>
      </div>
      {status}
    </section>
  );
}

function MatchChoice({
  match,
  isChosen,
  isBusy,
  onToggle,
}: {
  match: PersonMatch;
  isChosen: boolean;
  isBusy: boolean;
  onToggle(): void;
}) {
  const inputId = useId();
  const name = match.userName ?? match.email ?? match.scimUserId;
  if (match.proposedUserId === null)
    return (
      <span>
        <span className="font-medium">{name}</span>{' '}
        <span className="text-muted-foreground">{whyNot(match.outcome)}</span>
      </span>
    );
  return (
    <>
      <input
        id={inputId}
        type="checkbox"
        className="size-4 accent-primary"
        checked={isChosen}
        disabled={isBusy}
        onChange={onToggle}
      />
      <label htmlFor={inputId}>
        <span className="font-medium">{name}</span>{' '}
        <span className="text-muted-foreground">
          is {match.candidates[0]?.name ?? 'an account here'}: {why(match.outcome)}
        </span>
      </label>
    </>
  );
}

function why(outcome: PersonMatch['outcome']): string {
  return outcome === 'externalId'
    ? 'the same id of your directory.'
    : 'the same address, of your own domain.';
}

function whyNot(outcome: PersonMatch['outcome']): string {
  return outcome === 'ambiguous'
    ? 'fits several accounts, so none is proposed.'
    : 'has the address of an account here, but its domain is not verified as yours.';
}

function Problem({ message }: { message: string }) {
  return (
    <p role="alert" className="text-destructive text-sm">
      {message}
    </p>
  );
}

function useMatches(subscribe: (onChange: () => void) => () => void) {
  const [matches, setMatches] = useState<readonly PersonMatch[]>([]);
  const [error, setError] = useState<string>();
  const [outcome, setOutcome] = useState('');
  const [isBusy, setBusy] = useState(false);

  const refresh = useCallback(async () => {
    try {
      setMatches(await fetchMatches());
      setError(undefined);
    } catch (failure) {
      setError(toMessage(failure));
    }
  }, []);

  useEffect(() => {
    void refresh();
    return subscribe(() => void refresh());
  }, [refresh, subscribe]);

  const confirm = async (scimUserIds: readonly string[]) => {
    setBusy(true);
    try {
      const { linked } = await confirmMatches(scimUserIds);
      setOutcome(linked === 1 ? '1 account is linked.' : `${linked} accounts are linked.`);
      await refresh();
    } catch (failure) {
      setError(toMessage(failure));
    } finally {
      setBusy(false);
    }
  };

  return { matches, error, isBusy, outcome, confirm };
}

function toMessage(failure: unknown): string {
  return failure instanceof Error ? failure.message : 'Something went wrong. Reload the page.';
}
