'use client';

import { useState } from 'react';
import { ActivityRow } from '@/components/scim/activity-row';
import { ListCard } from '@/components/scim/list-card';
import { SearchField } from '@/components/scim/search-field';
import { Button } from '@/components/ui/button';
import { useListing } from '@/hooks/scim/use-listing';
import { useScim } from '@/hooks/scim/use-scim';
import { useSettled } from '@/hooks/scim/use-settled';
import { unavailable } from '@/lib/scim/scim-errors';
import type { ScimActivityList } from '@/lib/scim/scim-types';

/** What the identity provider asked, and what came of it; the newest first. */
export function ActivityPanel() {
  const { labels, api, idp } = useScim();
  const [search, setSearch] = useState('');
  const [isFailedOnly, setIsFailedOnly] = useState(false);
  /** Where the pages before this one began, the first of them first. */
  const [trail, setTrail] = useState<readonly string[]>([]);
  const wanted = useSettled(search.trim());
  const after = trail.at(-1);
  const request = {
    ...(after !== undefined && { after }),
    ...(wanted !== '' && { search: wanted }),
    ...(isFailedOnly && { outcome: 'failed' as const }),
  };
  const listing = useListing<ScimActivityList>(JSON.stringify(request), async () =>
    api.activity ? api.activity(request) : unavailable,
  );
  return (
    <ListCard
      name="activity"
      title={labels.sections.activity}
      listing={listing}
      isEmpty={({ activity }) => activity.length === 0}
      empty={wanted === '' && !isFailedOnly ? labels.activity.empty(idp) : labels.list.nothingFound}
      tools={
        <div className="flex flex-wrap gap-3">
          <div className="min-w-0 flex-1 basis-64">
            <SearchField
              label={labels.activity.search}
              value={search}
              onValueChange={(text) => {
                setSearch(text);
                setTrail([]);
              }}
            />
          </div>
          <Button
            type="button"
            variant={isFailedOnly ? 'secondary' : 'outline'}
            className="min-h-10"
            aria-pressed={isFailedOnly}
            onClick={() => {
              setIsFailedOnly(!isFailedOnly);
              setTrail([]);
            }}
          >
            {labels.activity.failedOnly}
          </Button>
        </div>
      }
    >
      {({ activity, next }) => (
        <div className="flex flex-col gap-4">
          <ul className="flex flex-col divide-y rounded-md border">
            {activity.map((one) => (
              <ActivityRow key={one.activityId} activity={one} />
            ))}
          </ul>
          {trail.length === 0 && next === null ? null : (
            <div className="flex flex-wrap gap-2">
              <Button
                type="button"
                variant="outline"
                className="min-h-10 sm:min-h-9"
                disabled={trail.length === 0}
                onClick={() => setTrail(trail.slice(0, -1))}
              >
                {labels.activity.newer}
              </Button>
              <Button
                type="button"
                variant="outline"
                className="min-h-10 sm:min-h-9"
                disabled={next === null}
                onClick={() => next !== null && setTrail([...trail, next])}
              >
                {labels.activity.older}
              </Button>
            </div>
          )}
        </div>
      )}
    </ListCard>
  );
}

export default ActivityPanel;
