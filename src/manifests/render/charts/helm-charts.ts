import type { FileReader } from '../files/file-reader.ts';
import { joinPath } from '../files/file-tree.ts';
import type { FieldReader } from '../kustomization/field-reader.ts';
import type { Located } from '../kustomization/kustomization.ts';
import type { MapNode, Node } from '../nodes/node.ts';
import { writeYaml } from '../output/write-yaml.ts';
import { RenderError } from '../problems.ts';
import type { ChartOptions, ChartRequest } from './chart-request.ts';
import { inflateChart } from './request-chart.ts';

/** An entry of `helmCharts`. */
export interface HelmChart {
  readonly name: string;
  readonly version: string;
  readonly repo: string;
  readonly valuesFile: Located<string> | undefined;
  readonly additionalValuesFiles: readonly Located<string>[];
  readonly valuesInline: MapNode | undefined;
  readonly valuesMerge: string;
  readonly options: ChartOptions;
  readonly at: Node;
}

/** "The default is `charts`, below the kustomization's folder" (kustomize, helmGlobals.chartHome). */
const CHART_HOME = 'charts';

export function readHelmChart(reader: FieldReader): HelmChart {
  const name = reader.text('name');
  const valuesInline = reader.get('valuesInline');
  if (valuesInline !== undefined && valuesInline.kind !== 'map') {
    reader.fail(valuesInline, 'valuesInline', 'valuesInline has to be a mapping');
  }
  const valuesMerge = reader.text('valuesMerge') || 'override';
  if (!['merge', 'override', 'replace'].includes(valuesMerge)) {
    const message = `valuesMerge is ${JSON.stringify(valuesMerge)}`;
    reader.fail(reader.get('valuesMerge') ?? reader.node, 'valuesMerge', message, 'write merge, override or replace');
  }
  // How helm talks means nothing for what it renders.
  reader.bool('debug');
  reader.bool('devel');
  return {
    name,
    version: reader.text('version'),
    repo: reader.text('repo'),
    valuesFile: reader.locatedText('valuesFile'),
    additionalValuesFiles: reader.texts('additionalValuesFiles'),
    valuesInline: valuesInline?.kind === 'map' ? valuesInline : undefined,
    valuesMerge,
    options: {
      // Without a name helm makes one up, another one each time; a rendering has to be the same each time.
      releaseName: reader.text('releaseName') || name,
      namespace: reader.text('namespace'),
      nameTemplate: reader.text('nameTemplate'),
      includeCRDs: reader.bool('includeCRDs'),
      skipHooks: reader.bool('skipHooks'),
      skipTests: reader.bool('skipTests'),
      kubeVersion: reader.text('kubeVersion'),
      apiVersions: reader.texts('apiVersions').map(({ value }) => value),
    },
    at: reader.node,
  };
}

export function readHelmGlobals(reader: FieldReader): string {
  reader.text('configHome');
  return reader.text('chartHome') || CHART_HOME;
}

/** The objects of one entry of `helmCharts`; `root` is the kustomization's folder. */
export function inflateHelmChart(
  reader: FileReader,
  root: string,
  chart: HelmChart,
  chartHome: string = CHART_HOME,
): readonly MapNode[] {
  const { name, version, repo, at } = chart;
  if (name === '') throw new RenderError('KustomizationInvalid', 'the chart has no name', { help: 'add name:', at });
  const home = repo !== '' && version !== '' ? `${chartHome}/${name}-${version}` : chartHome;
  const path = `${home}/${name}`;
  const folder = joinPath(root, path);
  const entry = folder === undefined || path.startsWith('/') ? { type: 'outside' } : reader.find(folder);
  if (entry?.type === 'outside') {
    throw new RenderError('RenderRefused', `${path} leads out of the repository`, {
      help: 'bring the chart into it',
      at,
    });
  }
  if (folder === undefined || entry?.type !== 'folder') {
    throw new RenderError('RenderFileMissing', `there is no chart ${path} in ${root || 'the root of the repository'}`, {
      help: `fetch it with \`helm pull --untar -d ${root === '' ? '' : `${root}/`}${home}${repo === '' ? '' : ` --repo ${repo}`}${version === '' ? '' : ` --version ${version}`} ${name}\` and commit it: what is deployed is what was reviewed`,
      at,
    });
  }
  return inflateChart(reader, { folder, values: valuesOf(reader, root, chart), options: chart.options, at });
}

/**
 * "Override: inline values win over the file; merge: the file wins; replace: the file does not count" (kustomize,
 * valuesMerge). Helm puts the chart's own values below all of them.
 */
function valuesOf(reader: FileReader, root: string, chart: HelmChart): ChartRequest['values'] {
  const idOf = (path: Located<string>) => ({ id: reader.resolveFile(root, path).id });
  const file = chart.valuesFile === undefined ? [] : [idOf(chart.valuesFile)];
  const inline = chart.valuesInline === undefined ? [] : [{ text: writeYaml(chart.valuesInline) }];
  const more = chart.additionalValuesFiles.map(idOf);
  if (inline.length === 0) return [...file, ...more];
  if (chart.valuesMerge === 'replace') return [...inline, ...more];
  return chart.valuesMerge === 'merge' ? [...inline, ...file, ...more] : [...file, ...inline, ...more];
}
