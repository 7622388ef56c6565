import type { Line, Lines } from './lab/lines.ts';

const PLOT = { width: 340, height: 260 };
const MARGIN = { top: 56, right: 190, bottom: 52, left: 64 };
const CHART = {
  width: PLOT.width + MARGIN.left + MARGIN.right,
  height: PLOT.height + MARGIN.top + MARGIN.bottom,
};

/** Told apart without colour, too: by the dashes and by the names at the ends of the lines. */
const STYLES = [
  { stroke: '#1d6fd8', dash: '' },
  { stroke: '#0f8a5f', dash: '7 3' },
  { stroke: '#7a7a7a', dash: '2 3' },
  { stroke: '#c2410c', dash: '9 3 2 3' },
] as const;

/** Draws the charts side by side: both axes count in powers of ten. Reads well on light and on dark pages. */
export function drawPicture(charts: readonly Lines[]): string {
  const width = Math.max(1, charts.length) * CHART.width;
  const drawn = charts.map(
    (chart, at) => `<g transform="translate(${at * CHART.width} 0)">${drawChart(chart)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${CHART.height}" font-family="system-ui, sans-serif" font-size="12" role="img">
<title>CPU time per request over the size of what is changed or searched</title>
<rect width="100%" height="100%" fill="#ffffff"/>
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
      `<path d="M${x(power)} ${MARGIN.top}V${bottom}" stroke="#e3e3e3"/><text x="${x(power)}" y="${bottom + 18}" text-anchor="middle" fill="#444">${power.toLocaleString('en')}</text>`,
  );
  const rows = powers(costs).map(
    (power) =>
      `<path d="M${MARGIN.left} ${y(power)}H${MARGIN.left + PLOT.width}" stroke="#e3e3e3"/><text x="${MARGIN.left - 8}" y="${y(power) + 4}" text-anchor="end" fill="#444">${power.toLocaleString('en')}</text>`,
  );
  return [
    `<text x="${MARGIN.left}" y="22" font-size="15" font-weight="600" fill="#111">${escapeXml(title)}</text>`,
    `<text x="${MARGIN.left}" y="42" fill="#444">CPU ms per request, all server processes</text>`,
    ...columns,
    ...rows,
    `<text x="${MARGIN.left + PLOT.width / 2}" y="${bottom + 40}" text-anchor="middle" fill="#444">${escapeXml(axis)}</text>`,
    ...drawLines(lines, { x, y }),
  ].join('');
}

function drawLines(
  lines: readonly Line[],
  { x, y }: { x: (size: number) => number; y: (cpuMs: number) => number },
): readonly string[] {
  const ends = spreadOut(lines.map(({ points }) => y(points.at(-1)?.cpuMs ?? 1)));
  return lines.map(({ name, points }, at) => {
    const { stroke, dash } = STYLES[at % STYLES.length] ?? STYLES[0];
    const path = points.map(({ size, cpuMs }, index) => `${index === 0 ? 'M' : 'L'}${x(size)} ${y(cpuMs)}`);
    const dots = points.map(
      ({ size, cpuMs }) => `<circle cx="${x(size)}" cy="${y(cpuMs)}" r="3" fill="${stroke}"/>`,
    );
    const label = `<text x="${MARGIN.left + PLOT.width + 8}" y="${(ends[at] ?? 0) + 4}" fill="${stroke}" font-size="11">${escapeXml(name)}</text>`;
    return `<path d="${path.join('')}" fill="none" stroke="${stroke}" stroke-width="2" stroke-dasharray="${dash}"/>${dots.join('')}${label}`;
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
