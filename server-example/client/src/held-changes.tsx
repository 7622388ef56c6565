import { useCallback, useEffect, useId, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import {
  fetchHeld,
  type HeldChange,
  type HeldPage,
  rejectHeld,
  releaseHeld,
  type Which,
} from './held-api.ts';

const refreshMilliseconds = 5000;

/** On a phone there is room for who, what and the two answers. */
const wideOnly = 'hidden sm:table-cell';

const momentFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** What waits because too many were to lose access at once. Nothing is shown while nothing waits. */
export function HeldChanges({ subscribe }: { subscribe(onChange: () => void): () => void }) {
  const titleId = useId();
  const { held, page, setPage, error, isBusy, outcome, decide } = useHeld(subscribe);
  const isEmpty = !held || held.waiting + held.releasing + held.rejected === 0;
  const status = (
    <p role="status" className={outcome ? 'text-muted-foreground text-sm' : 'sr-only'}>
      {outcome}
    </p>
  );
  if (isEmpty) return error ? <Problem message={error} /> : status;

  return (
    <section
      aria-labelledby={titleId}
      className="flex flex-col gap-4 rounded-xl border bg-card p-6 shadow-xs"
    >
      <header className="flex flex-col gap-1">
        <h2 id={titleId} className="font-semibold">
          Held changes
        </h2>
        <p className="text-muted-foreground text-sm">
          The directory took access from unusually many people within an hour. {held.waiting.toLocaleString()}{' '}
          of these changes wait for you; nobody they are about has lost anything in Harbor yet.
        </p>
      </header>
      {error && <Problem message={error} />}
      <div className="flex flex-wrap gap-2">
        <Button disabled={isBusy || held.waiting === 0} onClick={() => decide('release', { all: true })}>
          Release all that wait
        </Button>
        <Button
          variant="outline"
          disabled={isBusy || held.waiting === 0}
          onClick={() => decide('reject', { all: true })}
        >
          Reject all that wait
        </Button>
      </div>
      {status}
      <Table>
        <TableHeader>
          <TableRow>
            <TableHead>Who</TableHead>
            <TableHead>What</TableHead>
            <TableHead className={wideOnly}>Since</TableHead>
            <TableHead>
              <span className="sr-only">Decide</span>
            </TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {held.changes.map((change) => (
            <HeldRow key={change.id} change={change} isBusy={isBusy} decide={decide} />
          ))}
        </TableBody>
      </Table>
      <Pages page={page} held={held} onChange={setPage} />
    </section>
  );
}

type Decide = (verb: 'release' | 'reject', which: Which) => void;

function HeldRow({ change, isBusy, decide }: { change: HeldChange; isBusy: boolean; decide: Decide }) {
  const { id, state, heldAt, failure } = change;
  const name = change.name ?? id;
  return (
    <TableRow data-held={id}>
      <TableCell className="wrap-anywhere whitespace-normal font-medium">{name}</TableCell>
      <TableCell className="whitespace-normal">
        {whatOf(change)}
        {state !== 'waiting' && ` (${state === 'rejected' ? 'rejected' : 'being released'})`}
        {failure && <span className="block text-destructive text-xs">{failure}</span>}
      </TableCell>
      <TableCell className={wideOnly}>{momentFormat.format(heldAt * 1000)}</TableCell>
      <TableCell>
        <div className="flex flex-col items-end justify-end gap-2 sm:flex-row">
          <Button
            size="sm"
            variant="outline"
            disabled={isBusy || state === 'releasing'}
            aria-label={`Release ${name}`}
            onClick={() => decide('release', { ids: [id] })}
          >
            Release
          </Button>
          <Button
            size="sm"
            variant="outline"
            disabled={isBusy || state !== 'waiting'}
            aria-label={`Reject ${name}`}
            onClick={() => decide('reject', { ids: [id] })}
          >
            Reject
          </Button>
        </div>
      </TableCell>
    </TableRow>
  );
}

function whatOf({ kind, members }: HeldChange): string {
  switch (kind) {
    case 'deactivated':
      return 'Is deactivated';
    case 'deleted':
      return 'Is deleted';
    case 'membersRemoved':
      return `Loses ${members.toLocaleString()} members`;
  }
}

function Problem({ message }: { message: string }) {
  return (
    <p role="alert" className="text-destructive text-sm">
      {message}
    </p>
  );
}

function Pages({ page, held, onChange }: { page: number; held: HeldPage; onChange(page: number): void }) {
  const total = held.waiting + held.releasing + held.rejected;
  if (total <= held.pageSize && page === 0) return null;
  return (
    <nav aria-label="Pages of held changes" className="flex justify-end gap-2">
      <Button variant="outline" size="sm" disabled={page === 0} onClick={() => onChange(page - 1)}>
        Previous
      </Button>
      <Button
        variant="outline"
        size="sm"
        disabled={(page + 1) * held.pageSize >= total}
        onClick={() => onChange(page + 1)}
      >
        Next
      </Button>
    </nav>
  );
}

/** What is held, fetched anew every few seconds while something is, and somebody is looking. */
function useHeld(subscribe: (onChange: () => void) => () => void) {
  const [page, setPage] = useState(0);
  const [held, setHeld] = useState<HeldPage | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [outcome, setOutcome] = useState('');
  const [isBusy, setBusy] = useState(false);

  const refresh = useCallback(async () => {
    try {
      setHeld(await fetchHeld(page));
      setError(null);
    } catch (failure) {
      setError((failure as Error).message);
    }
  }, [page]);

  useEffect(() => void refresh(), [refresh]);
  // The last of a page may have been decided meanwhile.
  const isPastEnd = page > 0 && held?.changes.length === 0;
  useEffect(() => {
    if (isPastEnd) setPage((last) => Math.max(0, last - 1));
  }, [isPastEnd]);
  const isWaiting = held !== null && held.waiting + held.releasing > 0;
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => {
      if (!document.hidden) void refresh();
    }, refreshMilliseconds);
    return () => clearInterval(timer);
  }, [refresh, isWaiting]);
  useEffect(() => subscribe(() => void refresh()), [subscribe, refresh]);

  async function decide(verb: 'release' | 'reject', which: Which) {
    setBusy(true);
    try {
      if (verb === 'release') {
        const { asked, failed } = await releaseHeld(which);
        const kept = failed.length === 0 ? '' : ` Of these, ${failed.length} could not be carried out.`;
        setOutcome(`${asked} released.${kept}`);
      } else {
        const { rejected } = await rejectHeld(which);
        setOutcome(`${rejected} rejected: Harbor keeps them as they are.`);
      }
      await refresh();
    } catch (failure) {
      setError((failure as Error).message);
    } finally {
      setBusy(false);
    }
  }

  return {
    held,
    page,
    setPage,
    error,
    outcome,
    isBusy,
    decide: (...args: Parameters<Decide>) => void decide(...args),
  };
}
