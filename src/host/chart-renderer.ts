import type { ChartOptions, ChartResult } from '../manifests/index.ts';

/** One chart with all that it is rendered from. */
export interface ChartFiles {
  /** By paths from the chart's folder, with `/`. They come from a repository and are not to be trusted. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Files of values, a later one wins. */
  readonly values: readonly Uint8Array[];
  readonly options: ChartOptions;
}

/** The port to a program that renders Helm charts. */
export interface ChartRenderer {
  /**
   * Renders a chart without a cluster, a network or anything else of the machine. What is wrong with the chart, or that
   * there is no such program, is a failed result; rejects only when the machine fails.
   */
  render(chart: ChartFiles): Promise<ChartResult>;
}
