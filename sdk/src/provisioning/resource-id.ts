import { randomUUID } from 'node:crypto';

/** Makes resource ids. The argument is the time, in milliseconds since the epoch. */
export type CreateResourceId = (now: number) => string;

/** The 12 bits behind the time count the ids of one millisecond. */
const LAST_IN_MILLISECOND = 0xfff;

/**
 * New resource ids: UUID version 7 (RFC 9562 §5.7), so that ids of one connection sort by creation. Ids of one
 * process always rise, also within a millisecond (§6.2) and when the clock goes back.
 *
 * Made here and nowhere else: no value of a client or of the app ever becomes an id.
 */
export function createResourceIds(): CreateResourceId {
  let time = 0;
  let count = 0;
  return (now) => {
    if (now > time) {
      time = now;
      count = 0;
    } else if (count < LAST_IN_MILLISECOND) {
      count += 1;
    } else {
      time += 1;
      count = 0;
    }
    return toUuid(time, count);
  };
}

/** Version 4 has its random bits where version 7 has them as well, and its variant; Node draws them in bulk. */
function toUuid(time: number, count: number): string {
  const hex = time.toString(16).padStart(12, '0');
  const counted = count.toString(16).padStart(3, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${counted}${randomUUID().slice(18)}`;
}
