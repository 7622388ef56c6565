import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expectChanged, expectStatus } from '../driver/expect.ts';
import { createGroup } from '../driver/fixtures.ts';
import { type Measured, Recorder } from '../driver/measure.ts';
import { readPeakRssMb } from '../driver/processes.ts';
import type { SendBody } from '../driver/send-body.ts';
import { findIds, makeGroup } from '../driver/workload.ts';
import { type Aim, atMost, type Row } from '../lab/aim.ts';
import { describe, type Lab, type Place, SETTINGS, type Setting } from '../lab/lab.ts';

/** What the largest body may have. */
const BODY_BYTES = 16 * 1024 * 1024;

/** Memory of a process, and what others notice while it is busy with the largest bodies. */
export const P9: Aim = {
  id: 'P-9',
  title: 'memory, and two group bodies of 16 MiB at once',
  async run(lab) {
    const peaks = new Map<string, number>();
    for (const { setting, rssMb } of lab.peaks()) {
      const name = describe(setting);
      if (setting.isLimited !== true) peaks.set(name, Math.max(rssMb, peaks.get(name) ?? 0));
    }
    const workloads = [...peaks].map(
      ([name, measured]): Row => ({
        what: `peak through all workloads, ${name}`,
        measured,
        unit: 'MB',
        bound: atMost(200),
      }),
    );
    const bodies = await sendTwoBodies(lab, SETTINGS.limited);
    // Node by itself lets garbage grow while there is memory; this is what an app with little of it would set.
    const small = lab.scale.isThorough ? await sendTwoBodies(lab, SETTINGS.limitedSmall) : [];
    return { rows: [...workloads, ...bodies, ...small] };
  },
};

async function sendTwoBodies(lab: Lab, setting: Setting): Promise<readonly Row[]> {
  const users = lab.scale.large;
  // Of two customers: one alone is not let in with two such bodies at once.
  const place = await lab.directory(setting, { users, purpose: 'bodies' });
  const second = await lab.directory(setting, { users, purpose: 'more bodies' });
  const other = await lab.directory(setting, { users: 100, purpose: 'beside bodies' });
  const { checks } = place;
  const puts = [await preparePut(place), await preparePut(second)];
  let isDone = false;
  const probes = [probeReads(other, () => isDone), probeWrites(other, () => isDone)];
  const answers = await Promise.all(puts.map((put) => put.send()));
  isDone = true;
  const [reads, writes] = await Promise.all(probes);
  for (const { status, detail } of answers)
    checks.ok(status === 200, `a body of 16 MiB: HTTP ${status} ${detail ?? ''}`);
  const reduced = lab.scale.isLargeFull ? {} : { note: 'fewer members, smaller bodies' };
  const more = setting.label === undefined ? '' : `, ${setting.label}`;
  return [
    {
      what: `peak with two bodies of 16 MiB${more}`,
      measured: readPeakRssMb(place.server.processId),
      unit: 'MB',
      bound: atMost(400),
      ...reduced,
    },
    {
      what: `longest wait of a read meanwhile${more}`,
      measured: reads?.max ?? Number.NaN,
      unit: 'ms',
      bound: atMost(150),
      ...reduced,
    },
    {
      what: `longest wait of a write meanwhile${more}`,
      measured: writes?.max ?? Number.NaN,
      unit: 'ms',
      bound: atMost(3000),
      ...reduced,
    },
  ];
}

/** Ids of filled users count up from the first. */
function toId(first: string, at: number): string {
  return first.slice(0, -12) + at.toString(16).padStart(12, '0');
}

/** A PUT that waits to be sent. */
interface PreparedPut {
  send(): Promise<{ readonly status: number; readonly detail?: string }>;
}

async function preparePut(place: Place): Promise<PreparedPut> {
  const { target, users } = place;
  const [first = ''] = await findIds(place, [0]);
  const ids = Array.from({ length: users }, (_, at) => toId(first, at));
  const displayName = 'Body';
  const groupId = await makeGroup(target, { ...createGroup('body', 0), displayName });
  const { base, token } = target;
  const workerData: SendBody = { base, token, groupId, displayName, ids, bytes: BODY_BYTES };
  const worker = new Worker(new URL('../driver/send-body.ts', import.meta.url), { workerData });
  const hear = async () => (await once(worker, 'message'))[0];
  await hear();
  return {
    send() {
      const answer = hear();
      worker.postMessage('go');
      return answer;
    },
  };
}

/** One customer's reads, one after the other, twenty a second: more would meet its own limit. */
async function probeReads(place: Place, isDone: () => boolean): Promise<Measured> {
  const [id = ''] = await findIds(place, [1]);
  return probe(isDone, place, (recorder) =>
    recorder.time(
      () => place.target.getUser(id),
      (answer) => expectStatus(answer, 200),
    ),
  );
}

async function probeWrites(place: Place, isDone: () => boolean): Promise<Measured> {
  const [id = ''] = await findIds(place, [2]);
  let isActive = true;
  return probe(isDone, place, (recorder) => {
    isActive = !isActive;
    const operation = { op: 'replace', path: 'active', value: isActive } as const;
    return recorder.time(() => place.target.patchUser(id, [operation]), expectChanged());
  });
}

async function probe(
  isDone: () => boolean,
  { checks }: Place,
  ask: (recorder: Recorder) => Promise<unknown>,
): Promise<Measured> {
  const recorder = new Recorder({ checks }).start();
  while (!isDone()) {
    await ask(recorder);
    await setTimeout(50);
  }
  return recorder.summary();
}
