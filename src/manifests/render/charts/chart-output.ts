import type { MapNode, Place } from '../nodes/node.ts';
import { parseNodes } from '../nodes/parse-nodes.ts';

/**
 * The objects in what helm printed. Each has the template that helm names above it (`# Source: web/templates/a.yaml`)
 * as its place: which of its lines wrote a value nobody says.
 */
export function readChartOutput(text: string, folder: string, files: ReadonlySet<string>): readonly MapNode[] {
  const objects: MapNode[] = [];
  let source: string | undefined;
  // "---" at the beginning of a line ends a document even within text (YAML 1.2, 9.1.2). Before the first of them helm
  // may say something to people.
  for (const document of text.split(/^---(?=\s|$)/m)) {
    const isTalk = source === undefined && !/^(?:# Source: |apiVersion:)/m.test(document);
    if (isTalk) continue;
    source = /^# Source: [^/\s]+\/(\S+)/m.exec(document)?.[1] ?? source;
    const path = fileOf(source, files);
    const place: Place = {
      file: { path: folder === '' ? path : `${folder}/${path}`, text: '', lineShift: 0 },
      start: 0,
    };
    for (const node of parseNodes({ ...place.file, text: document }, '1.2', place)) {
      if (node.kind === 'map') objects.push(node);
    }
  }
  return objects;
}

/** A template of a packed subchart is no file of the repository: the package is. */
function fileOf(source: string | undefined, files: ReadonlySet<string>): string {
  if (source === undefined) return 'Chart.yaml';
  if (files.has(source)) return source;
  const subchart = /^charts\/([^/]+)\//.exec(source)?.[1];
  const pack = [...files].find((path) => subchart !== undefined && path.startsWith(`charts/${subchart}-`));
  return pack ?? 'Chart.yaml';
}
