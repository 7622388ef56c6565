import type { PersonaDescription, SimulationReport, StepReport } from '../simulator/simulate.ts';
import { formatTable } from './terminal.ts';

/** A line for each step; for one that failed also what came, and what it means to an administrator. */
export function formatStep(step: StepReport, persona: string): string {
  const { ok, sequence, title, tolerances, requests, retries, durationMs, note } = step;
  const details = [
    ...(tolerances.length === 0 ? [] : [tolerances.join(' ')]),
    ...(requests > 1 ? [`${requests} requests`] : []),
    ...(retries > 0 ? [`${retries} sent again`] : []),
    `${durationMs} ms`,
  ];
  const head = `${ok ? '✓' : '✗'} ${(sequence ?? '').padEnd(3)} ${title}  (${details.join(', ')})`;
  const lines = note === undefined ? [head] : [head, `      ${note}`];
  return ok ? lines.join('\n') : [...lines, ...formatFailure(step, persona)].join('\n');
}

function formatFailure({ id, problem, administratorSees, request, response }: StepReport, persona: string) {
  return [
    `      step ${id}: ${problem ?? 'failed'}`,
    `      What the administrator of ${persona} would see:`,
    `        ${administratorSees ?? ''}`,
    `      ${request.method} ${request.path}`,
    ...formatBody(request.body),
    `      → ${response.status ?? 'no answer'}`,
    ...formatBody(response.body),
  ];
}

function formatBody(body: unknown): readonly string[] {
  if (body === undefined) return [];
  const text = typeof body === 'string' ? body : JSON.stringify(body, null, 2);
  return text.split('\n').map((line) => `        ${line}`);
}

/** The last lines of a run. */
export function formatOutcome({
  counts,
  durationMs,
  interrupted,
  leftBehind,
  run,
}: SimulationReport): string {
  const { steps, failed, requests, retries, created } = counts;
  const lines = [
    `${steps - failed} of ${steps} steps answered as needed; ${requests} requests, ${retries} sent again, ${(durationMs / 1000).toFixed(1)} s.`,
    leftBehind.length === 0
      ? `Created ${created} and took all of it away again.`
      : `Created ${created}; ${leftBehind.length} are left on the server. Their names contain ${run}:`,
    ...leftBehind.slice(0, 20).map(({ path, problem }) => `  ${path}: ${problem}`),
    ...(leftBehind.length > 20 ? [`  … and ${leftBehind.length - 20} more`] : []),
  ];
  return [...(interrupted ? ['Interrupted.'] : []), ...lines].join('\n');
}

/** What can be simulated, one scenario a line. */
export function formatPersonas(personas: readonly PersonaDescription[]): string {
  return formatTable([
    ['IDP', 'NAME', 'SCENARIO', 'SEQUENCES', 'WHAT HAPPENS'],
    ...personas.flatMap(({ id, name, scenarios }) =>
      scenarios.map((scenario, index) => [
        index === 0 ? id : '',
        index === 0 ? name : '',
        scenario.name,
        scenario.sequences.join(' '),
        scenario.title,
      ]),
    ),
  ]);
}

const BAR = 24;

/** A bar for one line. */
export function formatBar(progress: {
  readonly title: string;
  readonly done: number;
  readonly total: number;
}): string {
  const { title, done, total } = progress;
  const filled = Math.round((done / total) * BAR);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${done} of ${total}  ${title}`;
}
