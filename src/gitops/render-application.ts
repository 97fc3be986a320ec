import type { RenderedObject } from '../manifests/index.ts';
import type { Source } from '../source/source.ts';
import type { ApplicationFolder, ReportedProblem } from './application.ts';
import { FolderReader } from './folder-reader.ts';
import { FolderRenderer, type RendererPorts } from './folder-renderer.ts';
import { readManifestBlob } from './read-manifest-blob.ts';
import { gatherVariables, withVariables } from './variables.ts';

/** What a folder renders to, before anything is judged. */
export interface RenderedApplication {
  readonly objects: readonly RenderedObject[];
  readonly problems: readonly ReportedProblem[];
}

/**
 * Renders a folder as the loop does, for a person to see: with the variables that its `berth.yaml` itself has, and with
 * all hooks of a chart. What is encrypted stays so. Resolves to `undefined` when there is no such folder.
 */
export async function renderApplication(
  folder: ApplicationFolder,
  source: Pick<Source, 'readBlob'>,
  ports: RendererPorts,
): Promise<RenderedApplication | undefined> {
  const read = (blob: string) => readManifestBlob(source, blob);
  const reading = await new FolderReader(read, { isAllRendered: true }).read(folder);
  if (reading === undefined) return undefined;
  const renderer = new FolderRenderer(read, ports);
  const variables = gatherVariables(reading.settings, () => undefined);
  const { problems } = await reading.select();
  const objects: RenderedObject[] = [];
  // Objects of a box are not there to take variables from: what they would give stays as it is written.
  const missing = variables.problems.map((problem) => ({ ...problem, severity: 'warning' as const }));
  const all: ReportedProblem[] = [...reading.problems, ...missing, ...problems];
  for (const part of reading.parts) {
    const rendering = withVariables(await renderer.renderAll(folder, { ...part, isDecrypted: false }), variables);
    objects.push(...rendering.objects);
    all.push(...rendering.problems);
  }
  return { objects, problems: all };
}
