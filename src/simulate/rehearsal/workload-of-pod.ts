import type { Client } from '../../api/client.ts';
import { controllerOf, POD_TEMPLATE_HASH_LABEL, REVISION_LABEL } from '../../objects/index.ts';
import type { KnownKind, Pod } from '../../objects/types.ts';

/** The workload that a person declared and that a pod belongs to, with the revision of its template. */
export interface PodWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Differs between pods of different templates; empty for kinds that know none. */
  readonly revision: string;
}

/** Owners that are made by another kind, which is the one that a person declares. */
const MADE_BY: Readonly<Record<string, KnownKind>> = { ReplicaSet: 'ReplicaSet', Job: 'Job' };

/** Follows the owners of a pod up to what was declared: Pod → ReplicaSet → Deployment, Pod → Job → CronJob. */
export function workloadOfPod(client: Client, pod: Pod): PodWorkload {
  const { labels = {}, namespace = 'default', name } = pod.metadata;
  const owner = controllerOf(pod);
  if (owner === undefined) return { kind: 'Pod', namespace, name, revision: '' };
  const revision = labels[POD_TEMPLATE_HASH_LABEL] ?? labels[REVISION_LABEL] ?? '';
  const kind = MADE_BY[owner.kind];
  const made = kind === undefined ? undefined : client.get(kind, { namespace, name: owner.name });
  const maker = made === undefined ? undefined : controllerOf(made);
  return { kind: maker?.kind ?? owner.kind, namespace, name: maker?.name ?? owner.name, revision };
}

/** The revision that new pods of a workload get; `undefined` while it has none. */
export function newestRevisionOf(client: Client, workload: Omit<PodWorkload, 'revision'>): string | undefined {
  const { kind, namespace, name } = workload;
  if (kind === 'Deployment') return newestOfDeployment(client, namespace, name);
  if (kind === 'StatefulSet') {
    return client.get('StatefulSet', { namespace, name })?.status?.updateRevision;
  }
  if (kind === 'DaemonSet') return newestOfDaemonSet(client, namespace, name);
  return '';
}

function newestOfDeployment(client: Client, namespace: string, name: string): string | undefined {
  const deployment = client.get('Deployment', { namespace, name });
  if (deployment === undefined) return undefined;
  const sets = client.list('ReplicaSet', { namespace, ownerUid: deployment.metadata.uid });
  const numberOf = (set: (typeof sets)[number]) =>
    Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
  const newest = [...sets].sort((a, b) => numberOf(b) - numberOf(a))[0];
  return newest?.metadata.labels?.[POD_TEMPLATE_HASH_LABEL];
}

function newestOfDaemonSet(client: Client, namespace: string, name: string): string | undefined {
  const set = client.get('DaemonSet', { namespace, name });
  if (set === undefined) return undefined;
  const revisions = client
    .listObjects({ apiVersion: 'apps/v1', kind: 'ControllerRevision' }, { namespace, ownerUid: set.metadata.uid })
    .map((object) => ({ number: Number(object['revision'] ?? 0), hash: object.metadata.labels?.[REVISION_LABEL] }));
  return revisions.sort((a, b) => b.number - a.number)[0]?.hash;
}
