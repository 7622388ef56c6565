import { FolderSyncIcon, LogOutIcon, UsersIcon } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { Button } from '@/components/ui/button';
import { cn } from '@/lib/utils';
import { type Session, signOut } from './api.ts';
import { Avatar } from './avatar.tsx';
import { Brand } from './brand.tsx';
import { Link, navigate } from './navigation.tsx';
import { ThemeToggle } from './theme-toggle.tsx';

const pages = [
  { href: '/team', label: 'Team', Icon: UsersIcon },
  { href: '/settings/directory-sync', label: 'Directory sync', Icon: FolderSyncIcon },
];

/** What surrounds every page behind the sign-in: a sidebar, on phones a bar on top. */
export function AppShell({
  session,
  path,
  onSessionChange,
  mainRef,
  hasDrawer,
  children,
}: {
  session: Session;
  path: string;
  onSessionChange(): Promise<void>;
  mainRef: RefObject<HTMLElement | null>;
  /** Whether a drawer is open, beside which wide screens have room for the page. */
  hasDrawer: boolean;
  children: ReactNode;
}) {
  async function leave() {
    await signOut();
    navigate('/');
    await onSessionChange();
  }

  return (
    <div className={cn('min-h-dvh md:grid md:grid-cols-[15rem_minmax(0,1fr)]', hasDrawer && 'xl:pe-104')}>
      <header className="flex flex-col gap-3 border-b bg-muted/40 p-3 md:sticky md:top-0 md:h-dvh md:gap-6 md:border-e md:border-b-0 md:p-4">
        <div className="flex items-center justify-between gap-3 md:px-2 md:pt-1">
          <Brand />
          <span className="truncate text-muted-foreground text-sm">{session.customer.name}</span>
        </div>
        <nav aria-label="Main" className="flex gap-1 md:flex-col">
          {pages.map(({ href, label, Icon }) => (
            <Link
              key={href}
              href={href}
              aria-current={path === href ? 'page' : undefined}
              className="flex min-h-10 items-center gap-2 rounded-md px-3 font-medium text-muted-foreground text-sm outline-none hover:text-foreground focus-visible:ring-[3px] focus-visible:ring-ring/50 aria-[current=page]:bg-accent aria-[current=page]:text-foreground md:min-h-9"
            >
              <Icon aria-hidden="true" className="size-4" />
              {label}
            </Link>
          ))}
        </nav>
        <div className="flex items-center justify-between gap-3 md:mt-auto md:flex-col md:items-stretch">
          <ThemeToggle />
          <div className="flex min-w-0 items-center gap-2">
            <span className="hidden md:block">
              <Avatar name={session.person.name} />
            </span>
            <span className="min-w-0 flex-1 truncate text-sm">{session.person.name}</span>
            <Button variant="ghost" size="icon" aria-label="Sign out" title="Sign out" onClick={leave}>
              <LogOutIcon aria-hidden="true" />
            </Button>
          </div>
        </div>
      </header>
      <main
        ref={mainRef}
        tabIndex={-1}
        className="mx-auto w-full max-w-4xl px-4 py-8 outline-none md:px-8 md:py-12"
      >
        {children}
      </main>
    </div>
  );
}
