/**
 * The managers under which commands of kubectl write that change an object: what they add to one that Git declares is
 * drift. Flux takes over everything of managers that begin with `kubectl`, to undo such changes (kustomize-controller,
 * ApplyCleanupOptions). Those under which objects are made are left out here: they own the defaults, too, and Berth may
 * adopt what was made by hand before.
 */
const EDITORS = /^kubectl(?:-(?:annotate|edit|label|patch|replace|rollout|set))?$/;

export function isKubectlEdit(manager: string): boolean {
  return EDITORS.test(manager);
}

/**
 * What commands set that operate a workload and do not change what it is: `scale`, `rollout pause`, `rollout restart`.
 * Who holds an object back from being deleted, or ties it to an owner, means just that.
 */
export const KEPT_OF_KUBECTL: readonly (readonly string[])[] = [
  ['metadata', 'finalizers'],
  ['metadata', 'ownerReferences'],
  ['spec', 'replicas'],
  ['spec', 'paused'],
  ['spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'],
];
