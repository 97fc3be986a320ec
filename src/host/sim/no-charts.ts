import type { ChartResult } from '../../manifests/index.ts';
import type { ChartRenderer } from '../chart-renderer.ts';

/** A machine without helm: a simulated world runs no other programs. */
export class NoCharts implements ChartRenderer {
  async render(): Promise<ChartResult> {
    return {
      type: 'failed',
      code: 'HelmMissing',
      isRetryable: true,
      message: 'there is no helm program in a simulated world',
      help: 'commit the output of `helm template` to play it',
    };
  }
}
