import type { ChartRenderer } from '../host/chart-renderer.ts';
import { LIMITS } from '../lib/limits.ts';
import type { ChartRequest, ChartResult } from '../manifests/index.ts';
import { type ReadBlob, readBlobs } from './read-blobs.ts';

/**
 * Renders charts through the port, each combination of chart, values and options once for as long as there is room to
 * keep what came out.
 */
export class ChartStore {
  readonly #renderer: ChartRenderer;
  readonly #read: ReadBlob;
  /** In the order of use: the first one goes first. */
  readonly #results = new Map<string, ChartResult>();
  #sizeBytes = 0;

  constructor(renderer: ChartRenderer, read: ReadBlob) {
    this.#renderer = renderer;
    this.#read = read;
  }

  async render(request: ChartRequest): Promise<ChartResult> {
    const known = this.#results.get(request.key);
    if (known !== undefined) {
      this.#results.delete(request.key);
      this.#results.set(request.key, known);
      return known;
    }
    const result = await this.#run(request);
    if (result.type === 'rendered' || !result.isRetryable) this.#keep(request.key, result);
    return result;
  }

  async #run({ files, values, options }: ChartRequest): Promise<ChartResult> {
    const valueIds = values.flatMap((value) => ('id' in value ? [value.id] : []));
    const ids = new Set([...files.map(({ id }) => id), ...valueIds]);
    const contents = await readBlobs(ids, this.#read, LIMITS.chartBytes);
    // A chart is not rendered without a file of it that is too large by itself.
    if (contents === undefined || contents.size < ids.size) return tooLarge();
    const contentOf = (id: string) => contents.get(id) ?? new Uint8Array();
    return this.#renderer.render({
      files: new Map(files.map(({ path, id }) => [path, contentOf(id)])),
      values: values.map((value) => ('id' in value ? contentOf(value.id) : new TextEncoder().encode(value.text))),
      options,
    });
  }

  #keep(key: string, result: ChartResult): void {
    this.#results.set(key, result);
    this.#sizeBytes += sizeOf(result);
    for (const [oldest, kept] of this.#results) {
      if (this.#sizeBytes <= LIMITS.chartCacheBytes || oldest === key) return;
      this.#results.delete(oldest);
      this.#sizeBytes -= sizeOf(kept);
    }
  }
}

function sizeOf(result: ChartResult): number {
  return result.type === 'rendered' ? result.text.length : result.message.length;
}

function tooLarge(): ChartResult {
  return {
    type: 'failed',
    code: 'LimitExceeded',
    isRetryable: false,
    message: `the chart has more than ${LIMITS.chartBytes} bytes (chartBytes), or a file over ${LIMITS.manifestFileBytes} (manifestFileBytes)`,
    help: 'keep in the chart what its templates need',
  };
}
