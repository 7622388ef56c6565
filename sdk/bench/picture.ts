import type { Line, Lines } from './lab/lines.ts';

const PLOT = { width: 340, height: 260 };
const MARGIN = { top: 56, right: 190, bottom: 52, left: 64 };
const CHART = {
  width: PLOT.width + MARGIN.left + MARGIN.right,
  height: PLOT.height + MARGIN.top + MARGIN.bottom,
};

/** Told apart without colour, too: by the dashes and by the names at the ends of the lines. */
const STYLES = [
  { line: 'first', dash: '' },
  { line: 'second', dash: '7 3' },
  { line: 'third', dash: '2 3' },
  { line: 'fourth', dash: '9 3 2 3' },
] as const;

/** On its own ground, so that it can be read wherever it lies. */
const COLOURS = `
.page{fill:#fff}.loud{fill:#111}.quiet{fill:#444}.grid{stroke:#e3e3e3}
.first{color:#1d6fd8}.second{color:#0f8a5f}.third{color:#6b6b6b}.fourth{color:#c2410c}
@media(prefers-color-scheme:dark){
.page{fill:#0d1117}.loud{fill:#f0f3f6}.quiet{fill:#b6bec8}.grid{stroke:#30363d}
.first{color:#6cb0ff}.second{color:#4cc38a}.third{color:#a0a8b2}.fourth{color:#ff9a5c}}
`;

/** Draws the charts side by side: both axes count in powers of ten. Reads well on light and on dark pages. */
export function drawPicture(charts: readonly Lines[]): string {
  const width = Math.max(1, charts.length) * CHART.width;
  const drawn = charts.map(
    (chart, at) => `<g transform="translate(${at * CHART.width} 0)">${drawChart(chart)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${CHART.height}" font-family="system-ui, sans-serif" font-size="12" role="img">
<title>CPU time per request over the size of what is changed or searched</title>
<style>${COLOURS}</style>
<rect width="100%" height="100%" class="page"/>
${drawn.join('\n')}
</svg>
`;
}

/** A scale of powers of ten. */
interface Axis {
  readonly from: number;
  readonly to: number;
}

function drawChart({ title, axis, lines }: Lines): string {
  const points = lines.flatMap((line) => line.points);
  const sizes = toAxis(points.map(({ size }) => size));
  const costs = toAxis(points.map(({ cpuMs }) => cpuMs));
  const x = (size: number) => MARGIN.left + place(sizes, size) * PLOT.width;
  const y = (cpuMs: number) => MARGIN.top + (1 - place(costs, cpuMs)) * PLOT.height;
  const bottom = MARGIN.top + PLOT.height;
  const columns = powers(sizes).map(
    (power) =>
      `<path d="M${x(power)} ${MARGIN.top}V${bottom}" class="grid"/><text x="${x(power)}" y="${bottom + 18}" text-anchor="middle" class="quiet">${power.toLocaleString('en')}</text>`,
  );
  const rows = powers(costs).map(
    (power) =>
      `<path d="M${MARGIN.left} ${y(power)}H${MARGIN.left + PLOT.width}" class="grid"/><text x="${MARGIN.left - 8}" y="${y(power) + 4}" text-anchor="end" class="quiet">${power.toLocaleString('en')}</text>`,
  );
  return [
    `<text x="${MARGIN.left}" y="22" font-size="15" font-weight="600" class="loud">${escapeXml(title)}</text>`,
    `<text x="${MARGIN.left}" y="42" class="quiet">CPU ms per request, all server processes</text>`,
    ...columns,
    ...rows,
    `<text x="${MARGIN.left + PLOT.width / 2}" y="${bottom + 40}" text-anchor="middle" class="quiet">${escapeXml(axis)}</text>`,
    ...drawLines(lines, { x, y }),
  ].join('');
}

function drawLines(
  lines: readonly Line[],
  { x, y }: { x: (size: number) => number; y: (cpuMs: number) => number },
): readonly string[] {
  const ends = spreadOut(lines.map(({ points }) => y(points.at(-1)?.cpuMs ?? 1)));
  return lines.map(({ name, points }, at) => {
    const { line, dash } = STYLES[at % STYLES.length] ?? STYLES[0];
    const path = points.map(({ size, cpuMs }, index) => `${index === 0 ? 'M' : 'L'}${x(size)} ${y(cpuMs)}`);
    const dots = points.map(
      ({ size, cpuMs }) => `<circle cx="${x(size)}" cy="${y(cpuMs)}" r="3" fill="currentColor"/>`,
    );
    const label = `<text x="${MARGIN.left + PLOT.width + 8}" y="${(ends[at] ?? 0) + 4}" fill="currentColor" font-size="11">${escapeXml(name)}</text>`;
    return `<g class="${line}"><path d="${path.join('')}" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="${dash}"/>${dots.join('')}${label}</g>`;
  });
}

/** Labels that would lie on each other move apart. */
function spreadOut(places: readonly number[]): readonly number[] {
  const moved = [...places];
  const order = places.map((_, at) => at).sort((one, other) => (places[one] ?? 0) - (places[other] ?? 0));
  for (const [rank, at] of order.entries()) {
    const above = rank === 0 ? Number.NEGATIVE_INFINITY : (moved[order[rank - 1] ?? 0] ?? 0);
    moved[at] = Math.max(moved[at] ?? 0, above + 14);
  }
  return moved;
}

function toAxis(values: readonly number[]): Axis {
  const usable = values.filter((value) => value > 0);
  return {
    from: Math.floor(Math.log10(Math.min(...usable)) + 1e-9),
    to: Math.ceil(Math.log10(Math.max(...usable)) - 1e-9),
  };
}

function place({ from, to }: Axis, value: number): number {
  return (Math.log10(value) - from) / Math.max(1, to - from);
}

function powers({ from, to }: Axis): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => Number(`1e${from + at}`));
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
