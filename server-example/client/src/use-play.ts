import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError } from './api.ts';
import { type Question, useQuestion } from './confirm-sign-in.tsx';
import {
  fetchPlay,
  type Persona,
  type PlayChoice,
  type PlayState,
  playEventsPath,
  startPlay,
  stopPlay,
} from './play-api.ts';

const retryMilliseconds = 3000;
const gatherMilliseconds = 500;

/** The player of identity providers, for whoever may manage the directory. */
export interface Play {
  readonly personas: readonly Persona[];
  /** undefined: not known yet. */
  readonly state: PlayState | undefined;
  /** Why the last thing asked for was not done. */
  readonly error: string | null;
  /** Shown while the person is asked to confirm the sign-in. */
  readonly question: Question | null;
  start(choice: PlayChoice): Promise<void>;
  stop(): Promise<void>;
  /** Calls `onChange` soon after each change, so that pages show what arrived. Answers how to end that. */
  subscribe(onChange: () => void): () => void;
}

/**
 * Follows the customer's run while somebody looks, and until it ends.
 *
 * @param options.isOpen whether the drawer shows it
 */
export function usePlay(options: { readonly canPlay: boolean; readonly isOpen: boolean }): Play {
  const { canPlay, isOpen } = options;
  const [personas, setPersonas] = useState<readonly Persona[]>([]);
  const [state, setState] = useState<PlayState>();
  const [error, setError] = useState<string | null>(null);
  const { ask, question } = useQuestion();
  const { subscribe, notify } = useListeners();

  const learn = useCallback(
    (learned: PlayState) => {
      setState(learned);
      notify();
    },
    [notify],
  );
  const load = useCallback(async () => {
    try {
      const { personas: known, ...loaded } = await fetchPlay();
      setPersonas(known);
      setState(loaded);
      setError(null);
    } catch (failure) {
      setError((failure as Error).message);
    }
  }, []);

  useEffect(() => {
    if (canPlay) void load();
  }, [canPlay, load]);

  const isPlaying = state?.run != null && state.run.state !== 'ended';
  const isFollowing = canPlay && (isOpen || isPlaying);
  useEffect(() => (isFollowing ? followPlay(learn, load) : undefined), [isFollowing, learn, load]);

  async function attempt(work: () => Promise<PlayState['run']>) {
    try {
      setError(null);
      const run = await work();
      setState((known) => known && { ...known, run: laterOf(known.run, run) });
    } catch (failure) {
      setError((failure as Error).message);
    }
  }

  return {
    personas,
    state,
    error,
    question,
    subscribe,
    start: (choice) =>
      attempt(async () => {
        try {
          return await startPlay(choice);
        } catch (failure) {
          const isTooOld = failure instanceof ApiError && failure.code === 'reauthentication_required';
          if (isTooOld && (await ask())) return startPlay(choice);
          throw failure;
        }
      }),
    stop: () => attempt(stopPlay),
  };
}

/** An answer may arrive after the event that tells of what came later. */
function laterOf(known: PlayState['run'], answered: PlayState['run']): PlayState['run'] {
  return known && answered && known.revision > answered.revision ? known : answered;
}

/** The browser connects again by itself after a break; where the server refuses, it is asked now and then. */
function followPlay(learn: (state: PlayState) => void, load: () => Promise<void>): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  function connect() {
    source = new EventSource(playEventsPath);
    source.onmessage = (message) => learn(JSON.parse(message.data));
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      void load();
      timer = setTimeout(connect, retryMilliseconds);
    };
  }
  connect();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

/** Many changes within half a second are told at once. */
function useListeners() {
  const listeners = useRef(new Set<() => void>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const notify = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      for (const listener of listeners.current) listener();
    }, gatherMilliseconds);
  }, []);
  const subscribe = useCallback((listener: () => void) => {
    listeners.current.add(listener);
    return () => void listeners.current.delete(listener);
  }, []);
  return { notify, subscribe };
}
