import { CircleCheckIcon, CircleXIcon, EyeIcon, Loader2Icon } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { PlayRun, PlayStep } from './play-api.ts';

/** Close enough to the end to be taken for reading it. */
const nearEndPixels = 80;

/** The steps so far, the newest in view unless the reader has gone back. */
export function PlaySteps({ run }: { run: PlayRun }) {
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const { steps, state, personaName } = run;

  useEffect(() => {
    const element = list.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [steps.length, state]);

  return (
    <ol
      ref={list}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard.
      tabIndex={0}
      aria-label="Steps"
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < nearEndPixels;
      }}
      className="flex min-h-0 flex-1 flex-col overflow-y-auto py-2 outline-none focus-visible:ring-[3px] focus-visible:ring-ring/50 focus-visible:ring-inset"
    >
      {steps.map((step) => (
        <StepRow key={step.id} step={step} personaName={personaName} />
      ))}
      {state === 'running' && (
        <li aria-hidden="true" className="flex items-center gap-3 px-5 py-1.5 text-muted-foreground">
          <Loader2Icon className="size-4 shrink-0 animate-spin motion-reduce:animate-none" />
          <span className="h-2 w-32 rounded-full bg-muted" />
        </li>
      )}
    </ol>
  );
}

function StepRow({ step, personaName }: { step: PlayStep; personaName: string }) {
  const { ok, title, purpose, method, path, status, requests, note } = step;
  const Icon = !ok ? CircleXIcon : purpose === 'check' ? EyeIcon : CircleCheckIcon;
  return (
    <li
      data-play-step={step.id}
      data-play-ok={ok}
      className="fade-in-0 flex animate-in gap-3 px-5 py-1.5 duration-150 motion-reduce:animate-none"
    >
      <Icon
        aria-hidden="true"
        className={`mt-0.5 size-4 shrink-0 ${ok ? 'text-muted-foreground' : 'text-destructive'}`}
      />
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <div className="flex justify-between gap-3">
          <span className="wrap-anywhere min-w-0 first-letter:uppercase">{title}</span>
          <span className="sr-only">{ok ? 'As needed.' : 'Not as needed.'}</span>
          <span
            className="shrink-0 pt-0.5 font-mono text-muted-foreground text-xs tabular-nums"
            title={`${method} ${path}`}
          >
            {requests > 1 && `${requests.toLocaleString()} × `}
            {method} {status ?? 'no answer'}
          </span>
        </div>
        {note && <p className="wrap-anywhere text-muted-foreground text-xs first-letter:uppercase">{note}</p>}
        {!ok && <Failure step={step} personaName={personaName} />}
      </div>
    </li>
  );
}

/** What went wrong, first as the people over there would notice it. */
function Failure({ step, personaName }: { step: PlayStep; personaName: string }) {
  const { administratorSees, problem, method, path } = step;
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-destructive/40 bg-destructive/5 p-3">
      {administratorSees && (
        <div className="flex flex-col gap-1">
          <h4 className="font-medium text-xs">What the administrator of {personaName} would see</h4>
          <p className="wrap-anywhere text-pretty">{administratorSees}</p>
        </div>
      )}
      <div className="flex flex-col gap-1">
        <h4 className="font-medium text-xs">Why</h4>
        <p className="wrap-anywhere first-letter:uppercase">{problem}</p>
        <p className="wrap-anywhere font-mono text-muted-foreground text-xs">
          {method} {path}
        </p>
      </div>
    </div>
  );
}
