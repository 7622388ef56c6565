import { formatExchange } from './exchange.ts';
import type { RequirementResult, VerificationReport } from './report.ts';

/** The report as JUnit XML: a suite for each section, a case for each requirement. */
export function formatJunit({ url, requirements, counts, durationMs }: VerificationReport): string {
  const sections = Map.groupBy(requirements, ({ section }) => section);
  const suites = [...sections].map(([section, list]) => formatSuite(section, list));
  const skipped = counts['not claimed'] + counts.skipped;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(`scimkit verify ${url}`)}" tests="${requirements.length}" failures="${counts.failed}" skipped="${skipped}" time="${durationMs / 1000}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function formatSuite(section: string, list: readonly RequirementResult[]): string {
  const failures = list.filter(({ status }) => status === 'failed').length;
  const skipped = list.filter(({ status }) => status === 'not claimed' || status === 'skipped').length;
  return [
    `  <testsuite name="${escapeXml(section)}" tests="${list.length}" failures="${failures}" skipped="${skipped}">`,
    ...list.map((requirement) => formatCase(requirement)),
    '  </testsuite>',
  ].join('\n');
}

function formatCase({ id, level, section, title, status, reason = '', exchange }: RequirementResult): string {
  const open = `    <testcase classname="${escapeXml(section)}" name="${escapeXml(`${id} ${level} ${title}`)}"`;
  if (status === 'passed') return `${open}/>`;
  if (status !== 'failed')
    return `${open}><skipped message="${escapeXml(`${status}: ${reason}`)}"/></testcase>`;
  const text = exchange === undefined ? '' : escapeXml(formatExchange(exchange));
  return `${open}><failure message="${escapeXml(reason)}" type="${level}">${text}</failure></testcase>`;
}

/** What XML 1.0 cannot hold at all is shown as a question mark. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
