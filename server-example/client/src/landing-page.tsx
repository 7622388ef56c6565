import { Button } from '@/components/ui/button';
import { type Session, signOut } from './api.ts';
import { Brand } from './brand.tsx';
import { CommandLine } from './command-line.tsx';
import { Link } from './navigation.tsx';
import { NextSteps } from './next-steps.tsx';
import { SignIn } from './sign-in.tsx';
import { ThemeToggle } from './theme-toggle.tsx';

/** What this is, who to be, and what to do next. */
export function LandingPage({
  session,
  onSessionChange,
}: {
  session: Session | null;
  onSessionChange(): Promise<void>;
}) {
  return (
    <div className="mx-auto flex min-h-dvh w-full max-w-5xl flex-col gap-12 px-4 py-4 md:gap-16 md:px-8 md:py-6">
      <header className="flex items-center justify-between gap-4">
        <Brand />
        <ThemeToggle />
      </header>
      <main className="flex flex-col gap-12 pb-16 md:gap-16">
        <div className="flex max-w-2xl flex-col gap-4">
          <h1 className="text-balance font-semibold text-3xl tracking-tight md:text-4xl">
            Your team, kept by your directory
          </h1>
          <p className="text-pretty text-lg text-muted-foreground">
            Harbor is a small project-planning app, and an example: its customers connect Okta, Entra ID or
            any other SCIM directory, and people and teams arrive by themselves.
          </p>
        </div>
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-10 md:grid-cols-[minmax(0,22rem)_minmax(0,1fr)] md:gap-16">
          {session ? (
            <SignedIn session={session} onSessionChange={onSessionChange} />
          ) : (
            <SignIn onSignedIn={onSessionChange} />
          )}
          <NextSteps isSignedIn={session !== null} />
        </div>
        <section aria-labelledby="own-app" className="flex flex-col gap-3 border-t pt-10">
          <h2 id="own-app" className="font-semibold">
            Have the page in your own app
          </h2>
          <p className="max-w-prose text-muted-foreground text-sm">
            The settings page is a shadcn registry item. In a React app with shadcn set up, this copies its
            source in for you to edit:
          </p>
          <CommandLine
            label="the command that adds the page to your app"
            command={`npx shadcn@latest add ${location.origin}/r/enterprise-scim.json`}
          />
        </section>
      </main>
    </div>
  );
}

function SignedIn({ session, onSessionChange }: { session: Session; onSessionChange(): Promise<void> }) {
  return (
    <section
      aria-labelledby="signed-in"
      className="flex flex-col gap-4 rounded-xl border bg-card p-5 shadow-xs"
    >
      <div className="flex flex-col gap-1">
        <h2 id="signed-in" className="font-semibold">
          Signed in as {session.person.name}
        </h2>
        <p className="text-muted-foreground text-sm">
          {session.customer.name}, {session.canManageDirectory ? 'administrator' : 'member'}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button asChild>
          <Link href={session.canManageDirectory ? '/settings/directory-sync' : '/team'}>
            {session.canManageDirectory ? 'Open directory sync' : 'Open the team page'}
          </Link>
        </Button>
        <Button variant="outline" onClick={() => signOut().then(onSessionChange)}>
          Sign out
        </Button>
      </div>
    </section>
  );
}
