'use client';

import { CheckIcon } from 'lucide-react';
import { useState } from 'react';
import { GuideStep } from '@/components/scim/guide-step';
import { Moment } from '@/components/scim/moment';
import { Button } from '@/components/ui/button';
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/components/ui/card';
import { useScim } from '@/hooks/scim/use-scim';
import { countDone, findScimGuide } from '@/lib/scim/scim-guides';
import { findScimProvider } from '@/lib/scim/scim-providers';
import type { ScimProgress } from '@/lib/scim/scim-types';

/** What to do in the console of the identity provider, one step after the other; steps tick themselves. */
export function GuideCard({ progress }: { progress: ScimProgress }) {
  const { labels, idp, providerId } = useScim();
  const guide = findScimGuide(providerId);
  const done = countDone(guide, (name) => isDone(progress, name));
  const isFinished = done === guide.length;
  const [isOpen, setIsOpen] = useState(false);
  const finishedAt = isFinished ? findLast(progress) : null;
  return (
    <Card data-scim-guide={providerId ?? ''} data-scim-done={done} data-scim-steps={guide.length}>
      <CardHeader>
        <CardTitle>
          <h3>{labels.guide.title(idp)}</h3>
        </CardTitle>
        <CardDescription>
          <span role="status">{labels.guide.progress(done, guide.length)}</span>
          {finishedAt === null ? null : (
            <>
              {' · '}
              <Moment at={finishedAt} as="date" />
            </>
          )}
        </CardDescription>
      </CardHeader>
      <CardContent className="flex flex-col gap-4">
        {findScimProvider(providerId)?.isCatalogueOnly && !isFinished ? (
          <p className="text-muted-foreground">{labels.setup.catalogueOnly(idp)}</p>
        ) : null}
        {isFinished ? (
          <Button
            type="button"
            variant="outline"
            className="self-start"
            aria-expanded={isOpen}
            onClick={() => setIsOpen(!isOpen)}
          >
            {isOpen ? labels.guide.hide : labels.guide.show}
          </Button>
        ) : null}
        {isFinished && !isOpen ? null : (
          <ol className="flex flex-col">
            {guide.map((step, at) => (
              <li
                // A guide does not change while it is shown.
                key={`${step.kind} ${at}`}
                data-scim-step={at < done ? 'done' : at === done ? 'current' : 'ahead'}
                aria-current={at === done ? 'step' : undefined}
                className="relative flex gap-4 pb-6 last:pb-0"
              >
                {at === guide.length - 1 ? null : (
                  <span aria-hidden="true" className="absolute start-3.5 top-8 bottom-1 w-px bg-border" />
                )}
                <Marker number={at + 1} state={at < done ? 'done' : at === done ? 'current' : 'ahead'} />
                <div className="min-w-0 flex-1 pt-0.5">
                  <GuideStep step={step} isDone={at < done} />
                </div>
              </li>
            ))}
          </ol>
        )}
      </CardContent>
    </Card>
  );
}

function Marker({ number, state }: { number: number; state: 'done' | 'current' | 'ahead' }) {
  const { labels } = useScim();
  const looks = {
    done: 'border-primary bg-primary text-primary-foreground',
    current: 'border-primary text-foreground ring-3 ring-ring/20',
    ahead: 'text-muted-foreground',
  };
  return (
    <span
      className={`flex size-7 shrink-0 items-center justify-center rounded-full border bg-background text-xs tabular-nums ${looks[state]}`}
    >
      {state === 'done' ? <CheckIcon aria-hidden="true" className="size-4" /> : number}
      {state === 'done' ? <span className="sr-only">{labels.guide.done}</span> : null}
    </span>
  );
}

function isDone({ steps }: ScimProgress, name: string): boolean {
  return steps.some(({ step, isDone: done }) => step === name && done);
}

/** When the last of the steps came, as far as is known. */
function findLast({ steps }: ScimProgress): number | null {
  const times = steps.flatMap(({ firstAt }) => firstAt ?? []);
  return times.length === 0 ? null : Math.max(...times);
}
