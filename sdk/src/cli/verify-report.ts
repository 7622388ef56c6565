import { formatExchange } from '../verifier/exchange.ts';
import type { RequirementResult, Status, VerificationReport } from '../verifier/report.ts';
import { formatTable } from './terminal.ts';

/** The report for people: what failed with its exchange, a table by section, a verdict in one line. */
export function formatReport(report: VerificationReport): string {
  const { requirements, leftovers } = report;
  const told = requirements.filter(({ status }) => status === 'failed' || status === 'skipped');
  const left = leftovers.length === 0 ? [] : [`Could not be deleted again: ${leftovers.join(', ')}`];
  return [...told.map(formatFinding), formatSections(requirements), ...left, formatVerdict(report)].join(
    '\n\n',
  );
}

function formatFinding({
  id,
  level,
  section,
  title,
  status,
  reason = '',
  exchange,
}: RequirementResult): string {
  const heading = `${status === 'failed' ? '✗' : '-'} ${id} ${level} ${section}: ${title}`;
  const text = exchange === undefined ? '' : `\n\n${indent(formatExchange(exchange))}`;
  return `${heading}\n  ${status === 'skipped' ? 'Skipped: ' : ''}${reason}${text}`;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '    ');
}

const STATUSES: readonly Status[] = ['passed', 'failed', 'not claimed', 'skipped'];

function formatSections(requirements: readonly RequirementResult[]): string {
  const sections = [...Map.groupBy(requirements, ({ section }) => section)];
  const rows = sections
    .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([section, list]) => [
      section,
      ...STATUSES.map((status) => String(list.filter((one) => one.status === status).length || '')),
    ]);
  return formatTable([['Section', ...STATUSES], ...rows]);
}

function formatVerdict({
  url,
  ok,
  counts,
  requirements,
  requests,
  durationMs,
  seed,
}: VerificationReport): string {
  const { MUST, SHOULD, MAY } = counts.failedByLevel;
  const failed = requirements.filter(({ status, level }) => status === 'failed' && level === 'MUST');
  const verdict = ok ? 'No MUST fails' : `${MUST} MUST fail (${failed.map(({ id }) => id).join(', ')})`;
  const others = SHOULD + MAY === 0 ? '' : `, ${SHOULD} SHOULD and ${MAY} MAY fail`;
  const figures = `${counts.passed} passed, ${counts['not claimed']} not claimed, ${requests} requests in ${(durationMs / 1000).toFixed(1)} s, seed ${seed}`;
  return `${verdict}${others}: ${url} (${figures}).`;
}
