'use client';

import { useScim } from '@/hooks/scim/use-scim';

/** Data as it was sent, as text: nothing in it is markup. */
export function RawData({ value }: { value: unknown }) {
  const { labels } = useScim();
  return (
    <figure className="min-w-0">
      <figcaption className="mb-1 text-muted-foreground">{labels.list.raw}</figcaption>
      <pre
        dir="ltr"
        className="whitespace-pre-wrap wrap-anywhere rounded-md border bg-background p-3 text-start font-mono text-xs leading-5"
      >
        {JSON.stringify(value, null, 2)}
      </pre>
    </figure>
  );
}
