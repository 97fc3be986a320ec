import type { Client } from '../../api/client.ts';
import { isClaimBound, isPodTerminal } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { ClusterState, podInfoOf } from '../../scheduler/index.ts';

/** The cluster as a scheduler sees it that has only just begun. */
export function clusterStateOf(client: Client): ClusterState {
  const cluster = new ClusterState();
  const { volumes } = cluster;
  for (const { metadata } of client.list('Namespace')) cluster.setNamespace(metadata.name, metadata.labels ?? {});
  for (const node of client.list('Node')) cluster.setNode(node);
  for (const storageClass of client.list('StorageClass')) volumes.setStorageClass(storageClass);
  for (const volume of client.list('PersistentVolume')) volumes.setVolume(volume);
  for (const claim of client.list('PersistentVolumeClaim')) volumes.setClaim(claim);
  for (const pod of client.list('Pod').filter((one) => !isPodTerminal(one))) {
    if (isPlaced(pod)) cluster.setPod(pod);
    const { nominatedNodeName } = pod.status ?? {};
    if (isToBeScheduled(pod) && nominatedNodeName !== undefined)
      cluster.nominations.set(podInfoOf(pod), nominatedNodeName);
  }
  return cluster;
}

/** "A pod with scheduling gates is not considered until they are all removed" (core/v1, PodSpec). */
export function isToBeScheduled(pod: Pod): boolean {
  const { spec, metadata } = pod;
  const isOurs = (spec?.schedulerName ?? 'default-scheduler') === 'default-scheduler';
  if (!isOurs || isPlaced(pod) || isPodTerminal(pod) || metadata.deletionTimestamp !== undefined) return false;
  return (spec?.schedulingGates ?? []).length === 0;
}

/** Such a pod waits for its volumes on a node that only the scheduler knows: for up to ten minutes. */
export function waitsForVolumes(pod: Pod, client: Client): boolean {
  const { namespace = '' } = pod.metadata;
  const claims = podInfoOf(pod).claims.map((key) => key.slice(namespace.length + 1));
  return claims.some((name) => {
    const claim = client.get('PersistentVolumeClaim', { namespace, name });
    return claim !== undefined && !isClaimBound(claim);
  });
}

function isPlaced({ spec }: Pod): boolean {
  return (spec?.nodeName ?? '') !== '';
}
