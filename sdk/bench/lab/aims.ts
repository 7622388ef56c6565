import { P1 } from '../targets/p1-create-users.ts';
import { P2 } from '../targets/p2-create-users-postgres.ts';
import { P3 } from '../targets/p3-find-users.ts';
import { P4 } from '../targets/p4-change-users.ts';
import { P5 } from '../targets/p5-change-members.ts';
import { P6 } from '../targets/p6-list-users.ts';
import { P7 } from '../targets/p7-list-groups.ts';
import { P8 } from '../targets/p8-many-customers.ts';
import { P9 } from '../targets/p9-memory.ts';
import { P10 } from '../targets/p10-filters.ts';
import { P11 } from '../targets/p11-read-events.ts';
import { P12 } from '../targets/p12-large-database.ts';
import type { Aim } from './aim.ts';

/** All performance targets, in the order in which they are measured: memory last, for it is that of all others. */
export const AIMS: readonly Aim[] = [P1, P2, P3, P4, P5, P6, P7, P8, P10, P11, P12, P9];
