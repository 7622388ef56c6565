'use client';

import { cva, type VariantProps } from 'class-variance-authority';
import { CheckIcon } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { cn } from '@/lib/utils';

/** One of the things to choose from. */
export interface Choice<Value extends string> {
  value: Value;
  label: ReactNode;
}

const tilesVariants = cva('grid grid-cols-2 gap-2', {
  variants: { columns: { three: 'sm:grid-cols-3', four: 'sm:grid-cols-4' } },
  defaultVariants: { columns: 'three' },
});

/** A radio group drawn as tiles: arrow keys move, the chosen tile has a tick as well as a frame. */
export function ChoiceTiles<Value extends string>({
  className,
  legend,
  choices,
  value,
  onValueChange,
  columns,
  ...props
}: Omit<ComponentProps<'fieldset'>, 'children' | 'onChange'> &
  VariantProps<typeof tilesVariants> & {
    legend: ReactNode;
    choices: readonly Choice<Value>[];
    value: Value | null;
    onValueChange(value: Value): void;
  }) {
  const group = useId();
  return (
    <fieldset {...props} className={cn('min-w-0', className)}>
      <legend className="mb-3 font-medium">{legend}</legend>
      <div className={tilesVariants({ columns })}>
        {choices.map((choice) => (
          <label
            key={choice.value}
            className="relative flex min-h-11 cursor-pointer items-center justify-between gap-2 rounded-md border border-input px-3 py-2 leading-5 max-sm:last:odd:col-span-2 transition-colors duration-150 hover:bg-accent has-checked:border-primary has-checked:bg-accent has-checked:ring-1 has-checked:ring-primary has-focus-visible:ring-[3px] has-focus-visible:ring-ring/60 motion-reduce:transition-none"
          >
            <input
              type="radio"
              className="peer sr-only"
              name={group}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => onValueChange(choice.value)}
            />
            <span className="min-w-0 wrap-anywhere">{choice.label}</span>
            <CheckIcon aria-hidden="true" className="invisible size-4 shrink-0 peer-checked:visible" />
          </label>
        ))}
      </div>
    </fieldset>
  );
}
