import type { Diagnostic } from '../../diagnostic.ts';
import type { FileReader } from '../files/file-reader.ts';
import type { Located } from '../kustomization/kustomization.ts';
import { fieldOf, isEmpty, type MapNode, mapNode, type Place, scalar, textOf, withField } from '../nodes/node.ts';
import { writeYaml } from '../output/write-yaml.ts';
import { BlobNeeded, diagnosticOf, RenderError } from '../problems.ts';
import { RenderedObject } from '../rendered-object.ts';
import { isClusterScoped } from '../resources/gvk.ts';
import { readResources } from '../resources/read-resources.ts';
import { idOfNode } from '../resources/resource.ts';
import type { ChartRequest } from './chart-request.ts';
import type { ChartSettings } from './chart-settings.ts';
import { inflateChart } from './request-chart.ts';

/** A folder that is a chart, rendered as a release. */
export interface ChartRelease {
  readonly settings: ChartSettings;
  /** Id of the blob that the settings were read from; empty for none. */
  readonly settingsId: string;
  /** Where the settings give none. */
  readonly releaseName: string;
}

/** Renders a chart as `helm template` does. Everything that is wrong with its values is reported at once. */
export function renderChart(
  reader: FileReader,
  folder: string,
  { settings, releaseName }: ChartRelease,
): { readonly objects: readonly RenderedObject[]; readonly problems: readonly Diagnostic[] } {
  const path = folder === '' ? 'Chart.yaml' : `${folder}/Chart.yaml`;
  const at: Place = { file: { path, text: '', lineShift: 0 }, start: 0 };
  const problems: Diagnostic[] = [];
  const values = settings.valuesFiles.flatMap((file, index) => {
    try {
      return [{ id: valuesFile(reader, folder, file) }];
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      problems.push(diagnosticOf(error, file.at, `spec.helm.valuesFiles[${index}]`));
      return [];
    }
  });
  if (problems.length > 0) return { objects: [], problems };
  const inline: ChartRequest['values'] = settings.values === undefined ? [] : [{ text: writeYaml(settings.values) }];
  try {
    const nodes = inflateChart(reader, {
      folder,
      values: [...values, ...inline],
      options: {
        releaseName: settings.releaseName?.value || releaseName,
        namespace: settings.namespace?.value ?? '',
        nameTemplate: '',
        includeCRDs: settings.includeCRDs,
        skipHooks: settings.skipHooks,
        skipTests: settings.skipTests,
        kubeVersion: settings.kubeVersion?.value ?? '',
        apiVersions: settings.apiVersions.map(({ value }) => value),
      },
      at,
    });
    const resources = readResources(nodes);
    const objects = resources.flatMap(({ node, place }) =>
      node === undefined ? [] : [new RenderedObject(inNamespace(node, settings.namespace), place)],
    );
    for (const rendered of objects) void rendered.object;
    return { objects, problems };
  } catch (error) {
    if (error instanceof BlobNeeded || !(error instanceof RenderError)) throw error;
    return { objects: [], problems: [diagnosticOf(error, error.at ?? at, undefined)] };
  }
}

/** A file of values may lie anywhere in the repository, as environments often keep theirs beside the chart. */
function valuesFile(reader: FileReader, folder: string, file: Located<string>): string {
  const entry = reader.lookUp(folder, file.value);
  if (entry?.type === 'file') return entry.id;
  if (entry?.type === 'outside') {
    throw new RenderError('RenderRefused', `${file.value} leads out of the repository`, {
      help: 'bring the file into the repository',
    });
  }
  const what = entry === undefined ? `there is no ${file.value} in` : `${file.value} is a folder of`;
  throw new RenderError('RenderFileMissing', `${what} ${folder || 'the root of the repository'}`, {
    help: 'name a file of values, from the folder of the application',
  });
}

/** helm installs an object without a namespace in that of the release. */
function inNamespace(node: MapNode, namespace: Located<string> | undefined): MapNode {
  const metadata = fieldOf(node, 'metadata');
  if (namespace === undefined || namespace.value === '' || isClusterScoped(idOfNode(node).gvk)) return node;
  if (!isEmpty(fieldOf(metadata, 'namespace')) && textOf(fieldOf(metadata, 'namespace')) !== '') return node;
  const map = metadata?.kind === 'map' ? metadata : mapNode(new Map(), node);
  return withField(node, 'metadata', withField(map, 'namespace', scalar(namespace.value, namespace.at)));
}
