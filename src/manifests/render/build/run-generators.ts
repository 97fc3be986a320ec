import { inflateHelmChart } from '../charts/helm-charts.ts';
import { generateConfig, mergeGeneratorOptions } from '../generate/generate-config.ts';
import type { GeneratorArgs } from '../kustomization/kustomization.ts';
import { RenderError } from '../problems.ts';
import { readResources } from '../resources/read-resources.ts';
import type { Accumulator } from './accumulator.ts';
import { readerOf, runGeneratorPlugin } from './run-plugins.ts';
import { originOf, type Target, type Workbench } from './target.ts';

/**
 * Adds what a kustomization generates to what it names: ConfigMaps, Secrets, charts, and what generators written as
 * objects make.
 */
export function runGenerators(bench: Workbench, target: Target, accumulator: Accumulator): void {
  const { configMapGenerator, secretGenerator, helmCharts, chartHome, oldHelmCharts, generators } =
    target.kustomization;
  const run = (kind: 'ConfigMap' | 'Secret', list: readonly GeneratorArgs[], field: string) => {
    for (const [index, args] of list.entries()) {
      bench.attempt(target, args.at, `${field}[${index}]`, () => {
        const options = mergeGeneratorOptions(args.options, target.kustomization.generatorOptions);
        const resource = generateConfig(kind, { ...args, options }, readerOf(bench, target.folder, kind));
        resource.state = { ...resource.state, origin: originOf(target, `${kind}Generator`) };
        accumulator.list.absorb(resource);
      });
    }
  };
  run('ConfigMap', configMapGenerator, 'configMapGenerator');
  run('Secret', secretGenerator, 'secretGenerator');
  for (const [index, chart] of helmCharts.entries()) {
    bench.attempt(target, chart.at, `helmCharts[${index}]`, () => {
      for (const resource of readResources(inflateHelmChart(bench.reader, target.folder, chart, chartHome))) {
        resource.state = { ...resource.state, origin: originOf(target, 'HelmChartInflationGenerator') };
        accumulator.list.absorb(resource);
      }
    });
  }
  for (const [index, at] of oldHelmCharts.entries()) {
    bench.attempt(target, at, `helmChartInflationGenerator[${index}]`, () => {
      throw new RenderError('RenderRefused', 'helmChartInflationGenerator is the old form of helmCharts', {
        help: 'write it under helmCharts (`kustomize edit fix` does)',
      });
    });
  }
  for (const configuration of bench.readConfigurations(target, generators, 'generators')) {
    bench.attempt(target, configuration.at, configuration.field, () => {
      for (const resource of runGeneratorPlugin(bench, target, configuration)) {
        resource.state = { ...resource.state, origin: configuration.origin };
        accumulator.list.absorb(resource);
      }
    });
  }
}
