import { ChevronRightIcon } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Spinner } from '@/components/ui/spinner';
import { type Candidate, type CandidateCustomer, fetchCandidates, signIn } from './api.ts';
import { Avatar } from './avatar.tsx';
import { navigate } from './navigation.tsx';

/** A demo's sign-in: the visitor picks who to be. In your app this is your own sign-in. */
export function SignIn({ onSignedIn }: { onSignedIn(): Promise<void> }) {
  const [customers, setCustomers] = useState<readonly CandidateCustomer[]>();
  const [error, setError] = useState<Error>();

  const load = useCallback(() => {
    setError(undefined);
    fetchCandidates().then(setCustomers, setError);
  }, []);
  useEffect(load, [load]);

  async function choose(person: Candidate) {
    try {
      await signIn(person.id);
      if (location.pathname === '/')
        navigate(person.role === 'member' ? '/team' : '/settings/directory-sync');
      await onSignedIn();
    } catch (failure) {
      setError(failure as Error);
    }
  }

  return (
    <section
      aria-labelledby="sign-in"
      className="flex flex-col gap-5 rounded-xl border bg-card p-5 shadow-xs"
    >
      <div className="flex flex-col gap-1">
        <h2 id="sign-in" className="font-semibold">
          Sign in
        </h2>
        <p className="text-muted-foreground text-sm">
          Choose who to be. There are no passwords in this demo; your app has its own sign-in here.
        </p>
      </div>
      {error && (
        <div role="alert" className="flex flex-col items-start gap-2 text-destructive text-sm">
          {error.message}
          <Button variant="outline" size="sm" onClick={load}>
            Try again
          </Button>
        </div>
      )}
      {!customers && !error && <Spinner className="text-muted-foreground" />}
      {customers?.map((customer) => (
        <div key={customer.id} className="flex flex-col gap-1">
          <h3 className="font-medium text-muted-foreground text-xs">{customer.name}</h3>
          <ul className="-mx-2 flex flex-col">
            {customer.people.map((person) => (
              <li key={person.id}>
                <CandidateButton person={person} onChoose={() => choose(person)} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function CandidateButton({ person, onChoose }: { person: Candidate; onChoose(): void }) {
  return (
    <button
      type="button"
      onClick={onChoose}
      className="flex w-full items-center gap-3 rounded-md px-2 py-1.5 text-start text-sm outline-none hover:bg-accent focus-visible:ring-[3px] focus-visible:ring-ring/50"
    >
      <Avatar name={person.name} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{person.name}</span>
        <span className="block text-muted-foreground text-xs">
          {person.role === 'member' ? 'Member' : 'Administrator'}
          {person.managedBy === 'directory' && ', from the directory'}
        </span>
      </span>
      <ChevronRightIcon aria-hidden="true" className="size-4 text-muted-foreground rtl:rotate-180" />
    </button>
  );
}
