import { type Aim, type AimResult, type Bound, isMet, type Row } from './lab/aim.ts';

/** What came of one target. */
export interface Outcome extends AimResult {
  readonly aim: Aim;
  /** Why it was not measured. */
  readonly failure?: string;
}

/** `target · measured · verdict`, one line for each figure. */
export function printOutcome({ aim, rows, failure }: Outcome): string {
  const lines = rows.map((row) => {
    const bound = row.bound === undefined ? '' : printBound(row);
    const note = row.note === undefined ? '' : `  (${row.note})`;
    return `  ${row.what.padEnd(66)} ${printFigure(row).padStart(11)}  ${bound.padEnd(10)} ${judge(row)}${note}`;
  });
  const failed = failure === undefined ? [] : [`  not measured: ${failure}`];
  return [`${aim.id} · ${aim.title}`, ...lines, ...failed].join('\n');
}

/** One word for a figure that has a bound. */
export function judge(row: Row): string {
  if (row.bound === undefined) return '';
  if (Number.isNaN(row.measured)) return 'not measured';
  return isMet(row) ? 'met' : 'missed';
}

function printBound({ bound, unit }: Row): string {
  const { kind, value } = bound as Bound;
  return `${kind === 'atLeast' ? '≥' : '≤'} ${value.toLocaleString('en')} ${unit}`;
}

function printFigure({ measured, unit }: Row): string {
  if (Number.isNaN(measured)) return '–';
  const digits = Math.abs(measured) >= 100 ? 0 : 2;
  return `${measured.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: Number.isInteger(measured) ? 0 : digits })} ${unit}`;
}
