import { useCallback, useMemo, useState } from 'react';
import { Button } from '@/components/ui/button';
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from '@/components/ui/dialog';
import type { ScimApi, ScimApiResult } from '@/lib/scim/scim-types';
import { confirmSignIn } from './api.ts';

/** A question on show; it is answered once, by whether the sign-in was confirmed. */
export interface Question {
  answer(isConfirmed: boolean): void;
}

/** Asks whether the sign-in may be confirmed; `question` is what to show meanwhile. */
export function useQuestion(): { ask(): Promise<boolean>; question: Question | null } {
  const [question, setQuestion] = useState<Question | null>(null);
  const ask = useCallback(
    () =>
      new Promise<boolean>((resolve) => {
        setQuestion({
          answer(isConfirmed) {
            setQuestion(null);
            resolve(isConfirmed);
          },
        });
      }),
    [],
  );
  return { ask, question };
}

/**
 * Work on keys needs a recent sign-in. When the server says that it is too old, this asks the person to confirm
 * it, then repeats what was refused.
 */
export function useConfirmedApi(routes: ScimApi): { api: ScimApi; question: Question | null } {
  const { ask, question } = useQuestion();

  const api = useMemo(() => {
    async function confirmed<T>(call: () => Promise<ScimApiResult<T>>): Promise<ScimApiResult<T>> {
      const result = await call();
      const isTooOld = !result.ok && result.error.code === 'reauthentication_required';
      return isTooOld && (await ask()) ? call() : result;
    }
    const { rotate } = routes;
    return {
      ...routes,
      create: (body: Parameters<ScimApi['create']>[0]) => confirmed(() => routes.create(body)),
      reset: (body: Parameters<ScimApi['reset']>[0]) => confirmed(() => routes.reset(body)),
      remove: () => confirmed(() => routes.remove()),
      ...(rotate && {
        rotate: (body: Parameters<typeof rotate>[0]) => confirmed(() => rotate(body)),
      }),
    };
  }, [routes, ask]);

  return { api, question };
}

/** One click in this demo; your app asks for the password or a passkey here. */
export function ConfirmSignInDialog({ question }: { question: Question | null }) {
  const [error, setError] = useState<string | null>(null);

  async function confirm() {
    try {
      await confirmSignIn();
      setError(null);
      question?.answer(true);
    } catch (failure) {
      setError((failure as Error).message);
    }
  }

  return (
    <Dialog open={question !== null} onOpenChange={(isOpen) => isOpen || question?.answer(false)}>
      <DialogContent>
        <DialogHeader className="text-start">
          <DialogTitle>Confirm that it is you</DialogTitle>
          <DialogDescription>
            You signed in more than 30 minutes ago, and keys may be changed only shortly after. In this demo
            one click is enough; your app asks for the password or a passkey here.
          </DialogDescription>
        </DialogHeader>
        {error && (
          <p role="alert" className="text-destructive text-sm">
            {error}
          </p>
        )}
        <DialogFooter>
          <Button variant="outline" onClick={() => question?.answer(false)}>
            Cancel
          </Button>
          <Button onClick={confirm}>Confirm</Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
