import { podClaims, referencesOf } from '../objects/index.ts';
import type { Pod } from '../objects/types.ts';

/** The ConfigMaps, Secrets and claims that a pod takes values or files from, as `Kind/namespace/name`, sorted. */
export function podReferences(pod: Pod): readonly string[] {
  const { namespace = 'default' } = pod.metadata;
  const configuration = referencesOf(pod).filter(({ configuration: use }) => use === 'required' || use === 'optional');
  // Those of ephemeral volumes, which are named after the pod, among them.
  const claims = podClaims(pod).map(({ claimName }) => ({ kind: 'PersistentVolumeClaim', name: claimName }));
  const names = [...configuration, ...claims].map(({ kind, name }) => `${kind}/${namespace}/${name}`);
  return [...new Set(names)].sort();
}
