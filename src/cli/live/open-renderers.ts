import { resolve } from 'node:path';
import type { BoxPorts } from '../../box/index.ts';
import { HelmCharts } from '../../host/linux/helm-charts.ts';
import { KustomizeBuilds } from '../../host/linux/kustomize-builds.ts';
import type { Configuration } from '../configuration/configuration.ts';

type Programs = Pick<Configuration, 'helm' | 'kustomize'>;

/** The programs that render what Berth does not: helm, and kustomize where the box allows it. */
export function openRenderers({ helm, kustomize }: Programs): Pick<BoxPorts, 'charts' | 'kustomize'> {
  return {
    charts: new HelmCharts(helm === undefined ? {} : { program: helm }),
    ...(kustomize === undefined ? {} : { kustomize: new KustomizeBuilds(kustomize) }),
  };
}

/** Programs as options name them, from the current directory. */
export function absolute({ helm, kustomize }: Programs): Programs {
  return {
    ...(helm === undefined ? {} : { helm: resolve(helm) }),
    ...(kustomize === undefined ? {} : { kustomize: resolve(kustomize) }),
  };
}
