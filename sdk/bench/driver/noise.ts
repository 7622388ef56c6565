// A thread that asks one customer's service as fast as it can, until it is ended. Whatever is answered.
import { workerData } from 'node:worker_threads';
import { loop } from './measure.ts';
import { Target } from './target.ts';

const { base, token, concurrency } = workerData as { base: string; token: string; concurrency: number };
const target = new Target({ base, token });
await loop({ concurrency }, () =>
  target.findUsers('userName eq "u-0000007@example.com"').catch(() => undefined),
);
