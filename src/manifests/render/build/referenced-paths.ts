import type { GeneratorArgs, Kustomization } from '../kustomization/kustomization.ts';

/** Every path that a kustomization may read a file from. */
export function referencedPaths(kustomization: Kustomization): readonly string[] {
  const lists = [
    kustomization.resources,
    kustomization.crds,
    kustomization.configurations,
    kustomization.generators,
    kustomization.transformers,
    kustomization.validators,
    kustomization.patchesStrategicMerge,
  ];
  const { openapi, patches, patchesJson6902, replacements } = kustomization;
  return [
    ...lists.flatMap((list) => list.map(({ value }) => value)),
    ...[...patches, ...patchesJson6902, ...replacements].map(({ path }) => path),
    ...[...kustomization.configMapGenerator, ...kustomization.secretGenerator].flatMap(pathsOfGenerator),
    openapi.path?.value ?? '',
  ].filter((path) => path !== '' && !/[\n{]/.test(path));
}

function pathsOfGenerator({ files, envs }: GeneratorArgs): readonly string[] {
  return [...files.map(({ value }) => value.slice(value.indexOf('=') + 1)), ...envs.map(({ value }) => value)];
}
