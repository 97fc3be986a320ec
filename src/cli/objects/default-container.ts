import type { Pod } from '../../objects/types.ts';

const DEFAULT_CONTAINER_ANNOTATION = 'kubectl.kubernetes.io/default-container';

export interface ChosenContainer {
  readonly name: string;
  /** Says that one of several was taken, where nobody had named it; for standard error. */
  readonly notice?: string;
}

/**
 * The container of a pod that is meant where none is named. "If omitted, use the
 * kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container
 * in the pod will be chosen" (kubectl exec); of a choice by order kubectl tells.
 */
export function defaultContainer({ metadata, spec }: Pod): ChosenContainer | undefined {
  const { containers = [], initContainers = [] } = spec ?? {};
  const annotated = metadata.annotations?.[DEFAULT_CONTAINER_ANNOTATION];
  if ([...containers, ...initContainers].some(({ name }) => name === annotated)) return { name: annotated ?? '' };
  const [first] = containers;
  if (first === undefined) return undefined;
  if (containers.length + initContainers.length === 1) return { name: first.name };
  const names = [...containers.map(({ name }) => name), ...initContainers.map(({ name }) => `${name} (init)`)];
  return { name: first.name, notice: `Defaulted container "${first.name}" out of: ${names.join(', ')}` };
}
