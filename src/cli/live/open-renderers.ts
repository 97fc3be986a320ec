import type { BoxPorts } from '../../box/index.ts';
import { HelmCharts } from '../../host/linux/helm-charts.ts';
import { KustomizeBuilds } from '../../host/linux/kustomize-builds.ts';
import type { Configuration } from '../configuration/configuration.ts';

/** The programs that render what Berth does not: helm, and kustomize where the box allows it. */
export function openRenderers({
  helm,
  kustomize,
}: Pick<Configuration, 'helm' | 'kustomize'>): Pick<BoxPorts, 'charts' | 'kustomize'> {
  return {
    charts: new HelmCharts(helm === undefined ? {} : { program: helm }),
    ...(kustomize === undefined ? {} : { kustomize: new KustomizeBuilds(kustomize) }),
  };
}
