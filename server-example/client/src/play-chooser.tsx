import { CheckIcon, PauseIcon, PlayIcon } from 'lucide-react';
import { useId, useState } from 'react';
import { Button } from '@/components/ui/button';
import { NativeSelect, NativeSelectOption } from '@/components/ui/native-select';
import { SheetFooter } from '@/components/ui/sheet';
import type { Persona, PlayChoice, PlayState } from './play-api.ts';

/** Names the settings page has for identity providers that are played under another one. */
const personaOf: Readonly<Record<string, string>> = { google_workspace: 'google' };

/** Which identity provider, what it does, and how fast. */
export function PlayChooser({
  personas,
  state: { connection, provider, run },
  error,
  onStart,
}: {
  personas: readonly Persona[];
  state: PlayState;
  error: string | null;
  onStart(choice: PlayChoice): Promise<void>;
}) {
  const suggested = run?.persona ?? personaOf[provider ?? ''] ?? provider;
  const scenarioId = useId();
  const [chosen, setChosen] = useState<string | null>(null);
  const [scenarioName, setScenarioName] = useState<string>();
  const [pace, setPace] = useState<PlayChoice['pace']>('watch');
  const [keep, setKeep] = useState(false);
  const [isStarting, setIsStarting] = useState(false);
  const persona = personas.find(({ id }) => id === (chosen ?? suggested)) ?? personas[0];
  const scenario = persona?.scenarios.find(({ name }) => name === scenarioName) ?? persona?.scenarios[0];

  async function start() {
    if (!persona || !scenario || isStarting) return;
    setIsStarting(true);
    await onStart({ persona: persona.id, scenario: scenario.name, keep, pace });
    setIsStarting(false);
  }

  return (
    <form
      data-play="chooser"
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-5 py-4">
        {connection === 'paused' && (
          <p className="flex gap-3 rounded-lg border bg-muted/50 p-3 text-pretty">
            <PauseIcon aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
            <span>
              <strong className="font-medium">Directory sync is paused.</strong> Every request will be
              refused; you see what the administrator over there would see.
            </span>
          </p>
        )}
        <fieldset className="min-w-0">
          <legend className="mb-2 font-medium">Identity provider</legend>
          <div className="-mx-2 flex flex-col">
            {personas.map(({ id, name, scenarios }) => (
              <label
                key={id}
                className="relative flex min-h-11 cursor-pointer items-center gap-3 rounded-md px-2 py-2 hover:bg-accent/60 has-checked:bg-accent has-focus-visible:ring-[3px] has-focus-visible:ring-ring/60"
              >
                <input
                  type="radio"
                  name="persona"
                  className="peer sr-only"
                  value={id}
                  checked={id === persona?.id}
                  onChange={() => setChosen(id)}
                />
                <span className="flex min-w-0 flex-1 flex-col gap-0.5">
                  <span className="wrap-anywhere font-medium">{name}</span>
                  <span className="text-pretty text-muted-foreground text-xs">{scenarios[0]?.title}</span>
                </span>
                <CheckIcon aria-hidden="true" className="invisible size-4 shrink-0 peer-checked:visible" />
              </label>
            ))}
          </div>
        </fieldset>
      </div>
      <SheetFooter className="gap-3 border-t">
        <div className="flex flex-col gap-1.5 *:data-[slot=native-select-wrapper]:w-full">
          <label htmlFor={scenarioId} className="font-medium">
            What happens
          </label>
          <NativeSelect
            id={scenarioId}
            className="truncate"
            value={scenario?.name}
            onChange={(event) => setScenarioName(event.target.value)}
          >
            {persona?.scenarios.map(({ name, title }) => (
              <NativeSelectOption key={name} value={name}>
                {title}
              </NativeSelectOption>
            ))}
          </NativeSelect>
        </div>
        <label className="flex min-h-8 cursor-pointer items-center gap-3">
          <input
            type="checkbox"
            className="size-4 shrink-0 accent-primary"
            checked={pace === 'watch'}
            onChange={(event) => setPace(event.target.checked ? 'watch' : 'full')}
          />
          Slowly enough to watch
        </label>
        <label className="flex min-h-8 cursor-pointer items-center gap-3">
          <input
            type="checkbox"
            className="size-4 shrink-0 accent-primary"
            checked={keep}
            onChange={(event) => setKeep(event.target.checked)}
          />
          Leave the people in place
        </label>
        {error && (
          <p role="alert" className="text-destructive">
            {error}
          </p>
        )}
        <Button type="submit" size="lg" aria-disabled={isStarting}>
          <PlayIcon aria-hidden="true" />
          Start
        </Button>
      </SheetFooter>
    </form>
  );
}
