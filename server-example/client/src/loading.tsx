import { Button } from '@/components/ui/button';
import { Spinner } from '@/components/ui/spinner';

/** Nothing is known yet. */
export function Loading() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <Spinner className="size-5 text-muted-foreground" />
    </main>
  );
}

/** The server did not answer as it should. */
export function LoadFailed({ error, onRetry }: { error: Error; onRetry(): void }) {
  return (
    <main className="grid min-h-dvh place-items-center p-6">
      <div role="alert" className="flex max-w-sm flex-col items-center gap-4 text-center">
        <h1 className="font-semibold text-lg">Harbor could not be loaded</h1>
        <p className="text-muted-foreground text-sm">{error.message} Nothing was changed.</p>
        <Button onClick={onRetry}>Try again</Button>
      </div>
    </main>
  );
}
