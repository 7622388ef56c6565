'use client';

import { CircleAlertIcon, InfoIcon, TriangleAlertIcon } from 'lucide-react';
import { Moment } from '@/components/scim/moment';
import { Notice } from '@/components/scim/notice';
import { useScim } from '@/hooks/scim/use-scim';
import { type ScimFindingWords, toFindingWords } from '@/lib/scim/scim-finding-words';
import type { ScimStateName } from '@/lib/scim/scim-state';
import type { ScimFinding } from '@/lib/scim/scim-types';

const LOOKS = {
  problem: { icon: CircleAlertIcon, tone: 'critical' },
  warning: { icon: TriangleAlertIcon, tone: 'warning' },
  hint: { icon: InfoIcon, tone: 'calm' },
} as const;

/** What the page says of its state anyway, with a button to mend it. */
const SAID_BY_STATE: Partial<Record<ScimStateName, string>> = {
  expired: 'keyExpired',
  expiring: 'keyExpiring',
  paused: 'paused',
};

/** What is wrong, in the administrator's words: what happened, since when, how many it touches, what to do. */
export function Findings({ findings }: { findings: readonly ScimFinding[] }) {
  const { labels, idp, locale, state } = useScim();
  const shown = findings.flatMap((finding) => {
    if (SAID_BY_STATE[state.name] === finding.id) return [];
    const words = toFindingWords(finding, { labels, idp, locale });
    return words === null ? [] : [{ finding, words }];
  });
  if (shown.length === 0) return null;
  return (
    <section aria-label={labels.findings.title} className="flex flex-col gap-3">
      {shown.map(({ finding, words }) => (
        // Of one kind there may be several, each with an error text of its own.
        <FindingNotice key={`${finding.id} ${finding.facts.detail ?? ''}`} finding={finding} words={words} />
      ))}
    </section>
  );
}

function FindingNotice({ finding, words }: { finding: ScimFinding; words: ScimFindingWords }) {
  const { labels } = useScim();
  const { icon, tone } = LOOKS[finding.severity];
  return (
    <Notice icon={icon} tone={tone} title={words.title} data-scim-finding={finding.id}>
      <p>{words.advice}</p>
      {words.quote ? <p className="wrap-anywhere font-mono text-xs">{words.quote}</p> : null}
      <p className="text-xs">
        {finding.requests > 0 ? labels.findings.requests(finding.requests, finding.resources) : null}
        {finding.lastAt === null ? null : (
          <>
            {' · '}
            <Moment at={finding.lastAt} />
          </>
        )}
      </p>
    </Notice>
  );
}
