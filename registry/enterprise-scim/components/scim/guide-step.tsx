'use client';

import type { ReactNode } from 'react';
import { CopyField } from '@/components/scim/copy-field';
import { useScim } from '@/hooks/scim/use-scim';
import type { ScimGuideStep } from '@/lib/scim/scim-guides';

/** One step of a guide: what to do, with the console's own names, and the values to take there. */
export function GuideStep({ step, isDone }: { step: ScimGuideStep; isDone: boolean }) {
  const { labels, idp, endpointUrl } = useScim();
  const { guide } = labels;
  switch (step.kind) {
    case 'open':
      return <Sentence text={guide.open(idp)} path={step.path} />;
    case 'choose':
      return (
        <Sentence text={guide.choose} path={step.path}>
          <dl className="mt-2 flex flex-col gap-1">
            {step.values.map(([field, value]) => (
              <div key={field} className="flex flex-wrap gap-x-2">
                <dt className="text-muted-foreground" dir="ltr">
                  {field}
                </dt>
                <dd className="font-medium" dir="ltr">
                  {value}
                </dd>
              </div>
            ))}
          </dl>
        </Sentence>
      );
    case 'paste':
      return (
        <Sentence text={guide.paste(step.endpointField, step.keyField)} path={step.path}>
          {isDone ? null : (
            <div className="mt-3 flex flex-col gap-2">
              <CopyField
                data-scim-field="guide-endpoint"
                label={labels.connection.endpoint}
                value={endpointUrl}
                name={guide.endpointFor(step.endpointField)}
              />
              <p className="text-muted-foreground">{guide.keyHint}</p>
            </div>
          )}
        </Sentence>
      );
    case 'test':
      return <Sentence text={guide.test(step.button)} path={[]} />;
    case 'tick':
      return (
        <Sentence text={guide.tick} path={step.path}>
          <Names names={step.boxes} />
        </Sentence>
      );
    case 'map':
      return (
        <Sentence text={guide.map} path={step.path}>
          {isDone ? null : (
            <CopyField
              className="mt-3"
              label={guide.attributes}
              value={step.attributes.join(', ')}
              name={guide.attributesName}
            />
          )}
        </Sentence>
      );
    case 'assign':
      return <Sentence text={guide.assign} path={step.path} />;
    case 'groups':
      return <Sentence text={guide.groups} path={step.path} />;
  }
}

function Sentence({ text, path, children }: { text: string; path: readonly string[]; children?: ReactNode }) {
  return (
    <>
      <p className="text-pretty">{text}</p>
      {path.length === 0 ? null : (
        // The console's own menus, in its own language and direction.
        <p className="mt-0.5 wrap-anywhere text-muted-foreground" dir="ltr">
          {path.join(' › ')}
        </p>
      )}
      {children}
    </>
  );
}

function Names({ names }: { names: readonly string[] }) {
  return (
    <ul className="mt-2 flex flex-col gap-1" dir="ltr">
      {names.map((name) => (
        <li key={name} className="flex gap-2">
          <span aria-hidden="true" className="mt-1 size-3.5 shrink-0 rounded-xs border" />
          {name}
        </li>
      ))}
    </ul>
  );
}
