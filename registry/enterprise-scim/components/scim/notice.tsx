'use client';

import { cva, type VariantProps } from 'class-variance-authority';
import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { Alert, AlertDescription, AlertTitle } from '@/components/ui/alert';
import { cn } from '@/lib/utils';

const noticeVariants = cva('px-4 py-4', {
  variants: {
    tone: {
      calm: 'bg-muted/50',
      warning: 'border-foreground/30 bg-muted/50',
      critical: 'border-destructive/40 bg-destructive/5 text-foreground [&>svg]:text-destructive',
    },
  },
  defaultVariants: { tone: 'calm' },
});

/** A fact above the cards, with what to do about it. Announced politely; pass `role="alert"` for failures. */
export function Notice({
  className,
  tone,
  icon: Icon,
  title,
  action,
  children,
  ...props
}: Omit<ComponentProps<'div'>, 'title'> &
  VariantProps<typeof noticeVariants> & { icon: LucideIcon; title: ReactNode; action?: ReactNode }) {
  return (
    <Alert role="status" {...props} className={cn(noticeVariants({ tone }), className)}>
      <Icon aria-hidden="true" />
      <AlertTitle className="line-clamp-none">{title}</AlertTitle>
      <AlertDescription className="grid gap-1 text-pretty text-muted-foreground [&_p:not(:last-child)]:mb-0">
        {children}
        {action ? <div className="mt-3 flex flex-wrap gap-2 text-foreground">{action}</div> : null}
      </AlertDescription>
    </Alert>
  );
}
