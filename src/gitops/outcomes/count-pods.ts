import { isPodReady } from '../../objects/index.ts';
import type { DaemonSet, Deployment, Pod, StoredObject } from '../../objects/types.ts';
import type { PodCount } from './deployment-outcome.ts';

/** Kinds whose status counts replicas, all in the same two fields. */
const REPLICATED: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController']);

/** Pods that the workloads among these objects ask for, and those of them that are ready. */
export function countPods(objects: Iterable<StoredObject>): PodCount {
  let wanted = 0;
  let ready = 0;
  for (const object of objects) {
    const count = podsOf(object);
    wanted += count.wanted;
    ready += count.ready;
  }
  return { wanted, ready };
}

function podsOf(object: StoredObject): PodCount {
  if (REPLICATED.has(object.kind)) {
    const { spec, status } = object as StoredObject & Pick<Deployment, 'spec' | 'status'>;
    return { wanted: spec?.replicas ?? 1, ready: status?.readyReplicas ?? 0 };
  }
  if (object.kind === 'DaemonSet') {
    const { status } = object as StoredObject & Pick<DaemonSet, 'status'>;
    return { wanted: status?.desiredNumberScheduled ?? 0, ready: status?.numberReady ?? 0 };
  }
  if (object.kind !== 'Pod') return { wanted: 0, ready: 0 };
  return { wanted: 1, ready: isPodReady(object as StoredObject & Pick<Pod, 'status'>) ? 1 : 0 };
}
