/** One measured value, beside what it is held against. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same work done by something else in the same run, in the same unit. */
  readonly yardstick?: { readonly name: string; readonly value: number };
  /** `value` divided by the yardstick's. */
  readonly ratio?: number;
  readonly aim?: Aim;
  /** Whether the aim was met; absent without an aim. */
  readonly isMet?: boolean;
}

/** A bound, in the figure's unit or, for `of: 'ratio'`, as a multiple of the yardstick. */
export interface Aim {
  readonly of: 'value' | 'ratio';
  readonly op: '≤' | '≥';
  readonly bound: number;
}

export interface BenchReport {
  readonly name: string;
  readonly figures: readonly Figure[];
  /** What a reader has to know to judge the figures. */
  readonly notes: readonly string[];
}

export interface FigureInput {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly yardstick?: { readonly name: string; readonly value: number } | undefined;
  readonly aim?: Aim;
}

/** A figure with its ratio and whether its aim was met. An aim for a ratio says nothing without a yardstick. */
export function figure({ name, value, unit, yardstick, aim }: FigureInput): Figure {
  const ratio = yardstick === undefined ? undefined : value / yardstick.value;
  const judged = aim?.of === 'ratio' ? ratio : value;
  return {
    name,
    value,
    unit,
    ...(yardstick === undefined || ratio === undefined ? {} : { yardstick, ratio }),
    ...(aim === undefined ? {} : { aim }),
    ...(aim === undefined || judged === undefined ? {} : { isMet: meets(judged, aim) }),
  };
}

function meets(judged: number, { op, bound }: Aim): boolean {
  return op === '≤' ? judged <= bound : judged >= bound;
}

export function formatReport({ name, figures, notes }: BenchReport): string {
  const rows = figures.map((one) => [
    `  ${one.name}`,
    `${formatNumber(one.value)} ${one.unit}`,
    one.yardstick === undefined ? '' : `${one.yardstick.name} ${formatNumber(one.yardstick.value)} ${one.unit}`,
    one.ratio === undefined ? '' : `${one.ratio.toFixed(2)}×`,
    one.aim === undefined ? '' : formatAim(one),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [`${name}`, ...lines, ...notes.map((note) => `  (${note})`)].join('\n');
}

function formatAim({ aim, unit, isMet }: Figure): string {
  if (aim === undefined) return '';
  const bound = aim.of === 'ratio' ? `${aim.bound}×` : `${formatNumber(aim.bound)} ${unit}`;
  const outcome = isMet === undefined ? 'not judged' : isMet ? 'met' : 'MISSED';
  return `aim ${aim.op} ${bound}: ${outcome}`;
}

export function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toString();
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share `q` of the values lies; 0 for no values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * q)] ?? 0;
}
