import { KeyRoundIcon } from 'lucide-react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { Button } from '@/components/ui/button';
import { Sheet, SheetContent, SheetDescription, SheetHeader, SheetTitle } from '@/components/ui/sheet';
import { Spinner } from '@/components/ui/spinner';
import { ConfirmSignInDialog } from './confirm-sign-in.tsx';
import { PlayChooser } from './play-chooser.tsx';
import { PlayProgress } from './play-progress.tsx';
import type { Play } from './use-play.ts';

// As wide as the page leaves room for beside itself in `app-shell.tsx`.
const wide = '(min-width: 80rem)';

/** Plays an identity provider beside the page, which stays in use meanwhile; on smaller screens above it. */
export function PlayDrawer({
  play,
  isOpen,
  onClose,
  isWhereKeysAreMade,
  onConnect,
}: {
  play: Play;
  isOpen: boolean;
  onClose(): void;
  /** Whether the page beside is the one that makes a connection. */
  isWhereKeysAreMade: boolean;
  /** Leads there. */
  onConnect(): void;
}) {
  const isBeside = useMediaQuery(wide);
  return (
    <Sheet open={isOpen} modal={!isBeside} onOpenChange={(isNowOpen) => isNowOpen || onClose()}>
      <SheetContent
        data-play="drawer"
        className="text-sm xl:max-w-104 xl:shadow-none"
        // Beside the page, pressing something there is not the end of the run's display.
        onInteractOutside={(event) => isBeside && event.preventDefault()}
      >
        <SheetHeader className="border-b">
          <SheetTitle>Play the identity provider</SheetTitle>
          <SheetDescription className="text-pretty">
            Sends Harbor the requests that a real one would, over HTTP, with a key that ends with the run.
          </SheetDescription>
        </SheetHeader>
        <DrawerBody
          play={play}
          onConnect={
            isBeside && isWhereKeysAreMade
              ? null
              : () => {
                  if (!isBeside) onClose();
                  onConnect();
                }
          }
        />
        <ConfirmSignInDialog question={play.question} />
      </SheetContent>
    </Sheet>
  );
}

/** @param onConnect null: the page that makes a connection is in view */
function DrawerBody({ play, onConnect }: { play: Play; onConnect: (() => void) | null }) {
  const { state, personas } = play;
  const [isChoosing, setIsChoosing] = useState(false);
  const run = state?.run ?? null;
  const isPlaying = run !== null && run.state !== 'ended';
  const view = findView();
  const body = useFocusKept(isPlaying ? `${view} now` : view);

  function findView(): 'unknown' | 'missing' | 'progress' | 'chooser' {
    if (!state) return 'unknown';
    if (state.connection === 'missing' && !isPlaying) return 'missing';
    return run && (isPlaying || !isChoosing) ? 'progress' : 'chooser';
  }

  return (
    <div ref={body} tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
      {view === 'unknown' && <NotKnown error={play.error} />}
      {view === 'missing' && <NotConnected onConnect={onConnect} />}
      {view === 'progress' && run && (
        <PlayProgress play={play} run={run} onChooseAnother={() => setIsChoosing(true)} />
      )}
      {view === 'chooser' && state && (
        <PlayChooser
          personas={personas}
          state={state}
          error={play.error}
          onStart={async (choice) => {
            await play.start(choice);
            setIsChoosing(false);
          }}
        />
      )}
    </div>
  );
}

/** Takes the focus when what had it went away with the view before. */
function useFocusKept(view: string) {
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) body.current?.focus();
  }, [view]);
  return body;
}

function NotKnown({ error }: { error: string | null }) {
  if (!error) {
    return (
      <div className="grid flex-1 place-items-center">
        <Spinner className="size-5 text-muted-foreground" />
      </div>
    );
  }
  return (
    <p role="alert" className="p-5 text-destructive">
      {error}
    </p>
  );
}

function NotConnected({ onConnect }: { onConnect: (() => void) | null }) {
  return (
    <div
      data-play="missing"
      className="flex flex-1 flex-col items-center justify-center gap-4 p-8 text-center"
    >
      <span className="grid size-11 place-items-center rounded-full bg-muted">
        <KeyRoundIcon aria-hidden="true" className="size-5" />
      </span>
      <div className="flex max-w-72 flex-col gap-1.5">
        <h3 className="font-medium">Generate a key first</h3>
        <p className="text-pretty text-muted-foreground">
          {onConnect
            ? 'There is no directory connection yet, so there is nothing an identity provider could talk to.'
            : 'There is no directory connection yet. Make one on this page, and go on here.'}
        </p>
      </div>
      {onConnect && <Button onClick={onConnect}>Go to Directory sync</Button>}
    </div>
  );
}

function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const list = matchMedia(query);
      list.addEventListener('change', onChange);
      return () => list.removeEventListener('change', onChange);
    },
    () => matchMedia(query).matches,
  );
}
