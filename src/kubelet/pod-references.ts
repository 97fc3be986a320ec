import { podClaims } from '../objects/index.ts';
import type { Pod } from '../objects/types.ts';
import { allContainers, specOf } from './observed-pod.ts';

/** The ConfigMaps, Secrets and claims that a pod takes values or files from, as `Kind/namespace/name`, sorted. */
export function podReferences(pod: Pod): readonly string[] {
  const { namespace = 'default' } = pod.metadata;
  const found = new Set<string>();
  const add = (kind: 'ConfigMap' | 'PersistentVolumeClaim' | 'Secret', name: string | undefined): void => {
    if (name !== undefined && name !== '') found.add(`${kind}/${namespace}/${name}`);
  };
  for (const container of allContainers(pod)) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add('ConfigMap', configMapRef?.name);
      add('Secret', secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add('ConfigMap', valueFrom?.configMapKeyRef?.name);
      add('Secret', valueFrom?.secretKeyRef?.name);
    }
  }
  for (const { configMap, secret, projected } of specOf(pod).volumes ?? []) {
    add('ConfigMap', configMap?.name);
    add('Secret', secret?.secretName);
    for (const source of projected?.sources ?? []) {
      add('ConfigMap', source.configMap?.name);
      add('Secret', source.secret?.name);
    }
  }
  for (const { claimName } of podClaims(pod)) add('PersistentVolumeClaim', claimName);
  return [...found].sort();
}
