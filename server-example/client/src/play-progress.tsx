import {
  CircleCheckIcon,
  CircleSlashIcon,
  CircleXIcon,
  Loader2Icon,
  RotateCcwIcon,
  SquareIcon,
} from 'lucide-react';
import { Button } from '@/components/ui/button';
import { SheetFooter } from '@/components/ui/sheet';
import { Link } from './navigation.tsx';
import type { PlayRun } from './play-api.ts';
import { PlaySteps } from './play-steps.tsx';
import type { Play } from './use-play.ts';

/** Fewer requests than this are over before a bar could be read. */
const manyRequests = 20;

/** The run that is going on, or how the last one went. */
export function PlayProgress({
  play,
  run,
  onChooseAnother,
}: {
  play: Play;
  run: PlayRun;
  onChooseAnother(): void;
}) {
  const { persona, scenario, keep, pace, progress } = run;
  const isPlaying = run.state !== 'ended';
  return (
    <div data-play={isPlaying ? 'running' : 'ended'} className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-col gap-3 border-b px-5 py-4">
        <Summary run={run} />
        <Counts run={run} isPaused={play.state?.connection === 'paused'} />
        {progress && progress.total >= manyRequests && <Bar {...progress} />}
      </div>
      <PlaySteps key={`${persona} ${scenario}`} run={run} />
      <SheetFooter className="border-t">
        {play.error && (
          <p role="alert" className="text-destructive">
            {play.error}
          </p>
        )}
        {isPlaying ? (
          <Button
            variant="outline"
            size="lg"
            aria-disabled={run.state === 'stopping'}
            onClick={() => run.state === 'running' && play.stop()}
          >
            <SquareIcon aria-hidden="true" />
            {run.state === 'stopping' ? 'Stopping…' : 'Stop'}
          </Button>
        ) : (
          <div className="grid grid-cols-2 gap-2">
            <Button variant="outline" size="lg" onClick={onChooseAnother}>
              Choose another
            </Button>
            <Button size="lg" onClick={() => play.start({ persona, scenario, keep, pace })}>
              <RotateCcwIcon aria-hidden="true" />
              Play again
            </Button>
          </div>
        )}
      </SheetFooter>
    </div>
  );
}

function Summary({ run }: { run: PlayRun }) {
  const { Icon, words, isBad } = describe(run);
  return (
    <div className="flex gap-3">
      <Icon
        aria-hidden="true"
        className={`mt-0.5 size-4 shrink-0 ${isBad ? 'text-destructive' : ''} ${Icon === Loader2Icon ? 'animate-spin motion-reduce:animate-none' : ''}`}
      />
      <div className="flex min-w-0 flex-col gap-0.5">
        <h3 className="wrap-anywhere font-medium">{words}</h3>
        <p className="text-pretty text-muted-foreground text-xs">
          {run.state === 'running' ? run.title : `${run.personaName}: ${run.title}`}
        </p>
      </div>
      <p role="status" className="sr-only">
        {run.state === 'running' ? announceSteps(run) : words}
      </p>
    </div>
  );
}

function describe(run: PlayRun): { Icon: typeof CircleXIcon; words: string; isBad?: boolean } {
  const { state, outcome, error, personaName, steps } = run;
  if (state === 'stopping') return { Icon: Loader2Icon, words: 'Stopping, and taking away what was made' };
  if (state === 'running') return { Icon: Loader2Icon, words: `Playing ${personaName}` };
  if (!outcome) return { Icon: CircleXIcon, words: error ?? 'The run broke off', isBad: true };
  if (outcome.interrupted)
    return { Icon: CircleSlashIcon, words: `Stopped after ${countOf(steps.length, 'step')}` };
  if (!outcome.ok) {
    const { failed } = outcome.counts;
    return {
      Icon: CircleXIcon,
      words: `${countOf(failed, 'step')} ${failed === 1 ? 'was' : 'were'} not answered as needed`,
      isBad: true,
    };
  }
  return { Icon: CircleCheckIcon, words: `All ${countOf(steps.length, 'step')} were answered as needed` };
}

/** Not each step: a screen reader would still be talking when the run is over. */
function announceSteps({ steps, personaName }: PlayRun): string {
  const announced = Math.floor(steps.length / 10) * 10;
  return announced === 0 ? `Playing ${personaName}` : `${announced} steps answered`;
}

function Counts({ run: { steps, progress, outcome, keep }, isPaused }: { run: PlayRun; isPaused: boolean }) {
  const answered = steps.reduce((total, step) => total + step.requests, progress?.done ?? 0);
  const requests = outcome?.counts.requests ?? answered;
  const facts = [countOf(steps.length, 'step'), countOf(requests, 'request')];
  if (outcome)
    facts.push(`${(outcome.durationMs / 1000).toLocaleString(undefined, { maximumFractionDigits: 1 })} s`);
  const left = outcome?.counts.leftBehind ?? 0;
  return (
    <div className="flex flex-col gap-1 ps-7 text-muted-foreground text-xs">
      <p className="tabular-nums">{facts.join(' · ')}</p>
      {outcome && left === 0 && outcome.counts.created > 0 && (
        <p>Everybody and everything it made was taken away again.</p>
      )}
      {isPaused && outcome && !outcome.ok && (
        <p className="text-foreground">
          Directory sync is paused: Harbor lets nobody in until it is resumed.
        </p>
      )}
      {left > 0 && (
        <p>
          {keep
            ? `${left.toLocaleString()} people and groups were left in place. `
            : `${left.toLocaleString()} could not be taken away. `}
          <Link
            href="/team"
            className="rounded-sm text-foreground underline underline-offset-4 outline-none focus-visible:ring-[3px] focus-visible:ring-ring/50"
          >
            Look at the team
          </Link>
        </p>
      )}
    </div>
  );
}

function Bar({ title, done, total }: { title: string; done: number; total: number }) {
  return (
    <div className="flex flex-col gap-1.5 ps-7">
      <p className="flex justify-between gap-3 text-xs">
        <span className="min-w-0 truncate first-letter:uppercase">{title}</span>
        <span className="shrink-0 text-muted-foreground tabular-nums">
          {done.toLocaleString()} of {total.toLocaleString()}
        </span>
      </p>
      <div
        role="progressbar"
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        className="h-1.5 overflow-hidden rounded-full bg-muted"
      >
        <div
          className="h-full rounded-full bg-primary transition-[width] duration-150 motion-reduce:transition-none"
          style={{ width: `${(done / total) * 100}%` }}
        />
      </div>
    </div>
  );
}

function countOf(count: number, word: string): string {
  return `${count.toLocaleString()} ${count === 1 ? word : `${word}s`}`;
}
