import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { LIMITS } from '../../../lib/limits.ts';
import type { FileReader } from '../files/file-reader.ts';
import type { MapNode, Place } from '../nodes/node.ts';
import { RenderError } from '../problems.ts';
import { readChartOutput } from './chart-output.ts';
import type { ChartOptions, ChartRequest } from './chart-request.ts';

export interface WantedChart {
  /** The chart's folder, clean. */
  readonly folder: string;
  readonly values: ChartRequest['values'];
  readonly options: ChartOptions;
  /** What asked for it. */
  readonly at: Place;
}

/**
 * The objects of a chart, in helm's order: CRDs first, hooks last. Throws `BlobNeeded` until helm has rendered it, and
 * a `RenderError` at the template that helm names where it could not.
 */
export function inflateChart(reader: FileReader, wanted: WantedChart): readonly MapNode[] {
  const { folder, values, options, at } = wanted;
  const { id, files } = reader.list(folder);
  const own = files.map((file) => ({ ...file, path: file.path.slice(folder === '' ? 0 : folder.length + 1) }));
  for (const file of own) {
    if (file.type === 'blob') continue;
    throw new RenderError('RenderRefused', `${file.path} of the chart is a ${file.type}, which is not followed`, {
      help: 'commit the files themselves',
      at,
    });
  }
  if (own.length > LIMITS.chartFiles) {
    throw new RenderError('LimitExceeded', `the chart has more than ${LIMITS.chartFiles} files (chartFiles)`, {
      help: 'keep in the chart what its templates need',
      at,
    });
  }
  const key = bytesToHex(sha256(utf8ToBytes(JSON.stringify([id, values, options]))));
  const result = reader.chart({ key, folder, files: own, values, options });
  if (result.type === 'rendered') return readChartOutput(result.text, folder, new Set(own.map(({ path }) => path)));
  throw new RenderError(result.code, result.message, { help: result.help, at: placeIn(result.message, folder) ?? at });
}

/**
 * helm says where, in several ways: `template: web/templates/a.yaml:12:20: executing …`,
 * `parse error at (web/templates/a.yaml:9): …`.
 */
function placeIn(message: string, folder: string): Place | undefined {
  const found = /[^/\s:()"]+\/((?:templates|charts|crds)\/[^\s:()"]+)(?::(\d+))?/.exec(message);
  if (found?.[1] === undefined || found[1].split('/').includes('..')) return undefined;
  const path = folder === '' ? found[1] : `${folder}/${found[1]}`;
  return { file: { path, text: '', lineShift: Math.max(Number(found[2] ?? 1) - 1, 0) }, start: 0 };
}
