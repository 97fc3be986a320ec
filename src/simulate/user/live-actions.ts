import { isApiError } from '../../api/api-error.ts';
import type { Client, ObjectReference } from '../../api/client.ts';
import { evictPod } from '../../api/verbs/evict.ts';
import { randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import { SYSTEM_NAMESPACES } from '../../objects/built-in-objects.ts';
import { controllerOf, isPodActive } from '../../objects/index.ts';
import type { DaemonSet, Deployment, Pod, ReplicaSet } from '../../objects/types.ts';
import { nameOf } from './live-references.ts';
import { tidyAnothers } from './tidy-anothers.ts';
import { OUT_OF_SERVICE, tidyUnusual, UNUSUAL_LIVE_ACTIONS } from './unusual-live-actions.ts';

/** Something that a person does to live objects with kubectl. */
type LiveAction = (client: Client, random: SeededRandom, nowMs: number) => string | undefined;

/** More pods than the node has room for. */
const FAR_TOO_MANY = 28;
const TAINT = 'person.example/busy';
const WORKLOADS = [
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
] as const;

export const LIVE_ACTIONS = {
  'edit an image by hand': onDeployment((client, random, deployment) => {
    const containers = [{ name: 'main', image: `app:${randomInteger(random, 1, 6)}` }];
    client.patch(deploymentReference(deployment), 'strategic', { spec: { template: { spec: { containers } } } });
  }),
  'label by hand': onDeployment((client, random, deployment) => {
    const labels = { [`person-${randomInteger(random, 1, 3)}`]: String(randomInteger(random, 1, 100)) };
    client.patch(deploymentReference(deployment), 'merge', { metadata: { labels } });
  }),
  'scale by hand': onDeployment((client, random, deployment) => {
    const replicas = Math.max(fewestReplicas(deployment), randomInteger(random, 0, 6));
    client.patch(deploymentReference(deployment), 'merge', { spec: { replicas } }, { subresource: 'scale' });
  }),
  'scale far too high by hand': onDeployment((client, random, deployment) => {
    const replicas = randomInteger(random, FAR_TOO_MANY, FAR_TOO_MANY + 10);
    client.patch(deploymentReference(deployment), 'merge', { spec: { replicas } }, { subresource: 'scale' });
  }),
  'edit replicas by hand': onDeployment((client, random, deployment) => {
    client.patch(deploymentReference(deployment), 'merge', { spec: { replicas: randomInteger(random, 0, 6) } });
  }),
  'pause a rollout': onDeployment((client, _random, deployment) => {
    client.patch(deploymentReference(deployment), 'merge', { spec: { paused: true } });
  }),
  'pause the rollouts': (client) => {
    const running = client.list('Deployment').filter(({ spec }) => spec?.paused !== true);
    for (const deployment of running)
      client.patch(deploymentReference(deployment), 'merge', { spec: { paused: true } });
    return `${running.length} paused`;
  },
  'resume the rollouts': (client) => resumeAll(client),
  'delete a deployment by hand': onDeployment((client, random, deployment) => {
    const propagationPolicy = randomItem(random, ['Background', 'Foreground', 'Orphan'] as const);
    client.delete(deploymentReference(deployment), { propagationPolicy });
  }),
  'delete a pod by hand': onPod((client, random, pod) => {
    const options = randomItem(random, [{}, { gracePeriodSeconds: 1 }, { gracePeriodSeconds: 0 }]);
    client.delete({ apiVersion: 'v1', kind: 'Pod', ...nameOf(pod) }, options);
  }),
  'take a pod out of its service': onPod((client, _random, pod) => {
    client.patch({ apiVersion: 'v1', kind: 'Pod', ...nameOf(pod) }, 'merge', {
      metadata: { labels: { app: 'aside' } },
    });
  }),
  'delete a config by hand': (client, random) => {
    const configs = client.list('ConfigMap').filter(({ metadata }) => metadata.name === 'settings');
    if (configs.length === 0) return undefined;
    const { metadata } = randomItem(random, configs);
    client.delete({ apiVersion: 'v1', kind: 'ConfigMap', ...nameOf({ metadata }) });
    return `${metadata.namespace}/${metadata.name}`;
  },
  'edit a config by hand': (client, random) => {
    const configs = client.list('ConfigMap').filter(({ metadata }) => metadata.name === 'settings');
    if (configs.length === 0) return undefined;
    const { metadata } = randomItem(random, configs);
    const data = { value: `by hand ${randomInteger(random, 1, 1000)}` };
    client.patch({ apiVersion: 'v1', kind: 'ConfigMap', ...nameOf({ metadata }) }, 'merge', { data });
    return `${metadata.namespace}/${metadata.name}`;
  },
  'create something of one’s own': (client, random) => {
    const name = `own-${randomInteger(random, 1, 1_000_000)}`;
    client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name }, data: {} });
    return name;
  },
  'run a pod of another owner': onPod((client, random, pod) => {
    const { namespace } = nameOf(pod);
    const owner = client
      .list('ConfigMap', { namespace })
      .find(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (owner === undefined || pod.spec === undefined) return;
    const { name, uid } = owner.metadata;
    const labels = pod.metadata.labels ?? {};
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid, controller: true }];
    const spec = { containers: [{ name: 'main', image: 'app:1' }], terminationGracePeriodSeconds: 1 };
    const metadata = { namespace, name: `foreign-${randomInteger(random, 1, 1_000_000)}`, labels, ownerReferences };
    client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
  }),
  'delete a namespace by hand': (client, random) => {
    const names = client.list('Namespace').map(({ metadata }) => metadata.name);
    const own = names.filter((name) => !SYSTEM_NAMESPACES.includes(name));
    if (own.length === 0) return undefined;
    const name = randomItem(random, own);
    client.delete({ apiVersion: 'v1', kind: 'Namespace', name });
    return name;
  },
  'cordon a node': onNode((client, _random, name) => {
    client.patch(nodeReference(name), 'merge', { spec: { unschedulable: true } });
  }),
  'uncordon the nodes': (client) => freeNodes(client),
  'label a node': onNode((client, random, name) => {
    const labels = { disk: randomItem(random, ['ssd', 'hdd', null]) };
    client.patch(nodeReference(name), 'merge', { metadata: { labels } });
  }),
  'taint a node': onNode((client, random, name) => {
    const taints = [{ key: TAINT, value: 'yes', effect: randomItem(random, ['NoSchedule', 'NoExecute']) }];
    client.patch(nodeReference(name), 'strategic', { spec: { taints } });
  }),
  'drain a node': (client, random, nowMs) => {
    const nodes = client.list('Node');
    if (nodes.length === 0) return undefined;
    const { name } = randomItem(random, nodes).metadata;
    client.patch(nodeReference(name), 'merge', { spec: { unschedulable: true } });
    const pods = client.list('Pod', { fieldSelector: `spec.nodeName=${name}` }).filter(isPodActive);
    const kept = pods.filter((pod) => controllerOf(pod)?.kind !== 'DaemonSet' && !evict(client, pod, nowMs));
    return `${name}, and ${kept.length} pods may not go yet`;
  },
  'delete a workload by hand': onWorkload((client, random, reference) => {
    client.delete(reference, {
      propagationPolicy: randomItem(random, ['Background', 'Foreground', 'Orphan'] as const),
    });
  }),
  'scale a stateful set by hand': (client, random) => {
    const sets = client.list('StatefulSet');
    if (sets.length === 0) return undefined;
    const { metadata } = randomItem(random, sets);
    const reference = { apiVersion: 'apps/v1', kind: 'StatefulSet', ...nameOf({ metadata }) };
    const replicas = randomInteger(random, 0, 4);
    client.patch(reference, 'merge', { spec: { replicas } }, { subresource: 'scale' });
    return metadata.name;
  },
  ...UNUSUAL_LIVE_ACTIONS,
} satisfies Record<string, LiveAction>;

export type LiveActionKind = keyof typeof LIVE_ACTIONS;

/** Does it, and says what was done; a refusal by the API is an answer like any other. */
export function actLive(client: Client, kind: LiveActionKind, random: SeededRandom, nowMs: number): string | undefined {
  try {
    return LIVE_ACTIONS[kind](client, random, nowMs);
  } catch (error) {
    if (!isApiError(error)) throw error;
    return `refused: ${error.message}`;
  }
}

/** Resumes every paused Deployment. */
export function resumeAll(client: Client): string {
  const paused = client.list('Deployment').filter(({ spec }) => spec?.paused === true);
  for (const deployment of paused) client.patch(deploymentReference(deployment), 'merge', { spec: { paused: false } });
  return `${paused.length} resumed`;
}

/**
 * Ends the experiments of the person: pods that were set aside or have ended alone, and what belongs to nobody's
 * workload, such as the ReplicaSets of an orphan delete.
 */
export function tidyUp(client: Client): void {
  resumeAll(client);
  freeNodes(client);
  tidyUnusual(client);
  tidyAnothers(client);
  for (const replicaSet of client.list('ReplicaSet').filter(isOrphaned))
    client.delete({ apiVersion: 'apps/v1', kind: 'ReplicaSet', ...nameOf(replicaSet) });
  for (const deployment of client.list('Deployment').filter(isTooLarge)) {
    const replicas = isImportant(deployment) ? 0 : 1;
    client.patch(deploymentReference(deployment), 'merge', { spec: { replicas } }, { subresource: 'scale' });
  }
  for (const daemonSet of crowdingOut(client))
    client.delete({ apiVersion: 'apps/v1', kind: 'DaemonSet', ...nameOf(daemonSet) });
  for (const pod of client.list('Pod').filter((one) => one.metadata.deletionTimestamp === undefined)) {
    const kind = controllerOf(pod)?.kind;
    // Nobody but Git makes another of those that nobody owns, and only where there is none.
    const isStuck = pod.status?.reason === 'Evicted';
    const isOwn =
      (kind === undefined && (isStuck || pod.metadata.labels?.['declared'] !== 'git')) || kind === 'ConfigMap';
    if (isOwn) client.delete({ apiVersion: 'v1', kind: 'Pod', ...nameOf(pod) });
  }
}

/** Those of Deployments have the hash of a template in their names. */
function isOrphaned(set: ReplicaSet): boolean {
  return controllerOf(set) === undefined && !/^special-\d+$/.test(set.metadata.name);
}

/**
 * A claim that waits for its first consumer stays unhealthy for as long as it has none: its Deployment is left a pod.
 */
function fewestReplicas({ spec }: Deployment): number {
  return spec?.template.spec?.volumes?.some((volume) => volume.persistentVolumeClaim !== undefined) === true ? 1 : 0;
}

/** More pods than there is room for; one of high priority takes half of a machine. */
function isTooLarge(deployment: Deployment): boolean {
  const replicas = deployment.spec?.replicas ?? 0;
  return replicas >= FAR_TOO_MANY || (replicas > 0 && isImportant(deployment));
}

/**
 * Or takes more than half of a machine: what is left of it in Git's stead waits for the health of those that it has
 * crowded out.
 */
function isImportant({ spec }: Deployment): boolean {
  const { priorityClassName, containers = [] } = spec?.template.spec ?? {};
  return (
    priorityClassName !== undefined || containers.some(({ resources }) => resources?.requests?.['cpu'] === '1200m')
  );
}

/**
 * Of an application that cannot be loaded any more: Git does not take it back, and it keeps others from their nodes. It
 * comes back from the last commit that could be loaded, so that it is left alone once they have theirs.
 */
function crowdingOut(client: Client): readonly DaemonSet[] {
  const hungry = client.list('DaemonSet').filter(isHungry);
  if (hungry.length === 0) return [];
  const uids = new Set(hungry.map(({ metadata }) => metadata.uid));
  const waiting = client.list('Pod').filter((pod) => isPodActive(pod) && !pod.spec?.nodeName);
  return waiting.some((pod) => !uids.has(controllerOf(pod)?.uid ?? '')) ? hungry : [];
}

function isHungry({ metadata, spec }: DaemonSet): boolean {
  const cpu = spec?.template.spec?.containers[0]?.resources?.requests?.['cpu'];
  return metadata.deletionTimestamp === undefined && (cpu === '800m' || cpu === '950m');
}

/** Edits every workload and config by hand, as people do where nobody watches: all of it is drift. */
export function driftEverything(client: Client): void {
  const containers = [{ name: 'main', image: 'app:1', env: [{ name: 'BY_HAND', value: 'yes' }] }];
  for (const deployment of client.list('Deployment'))
    client.patch(deploymentReference(deployment), 'strategic', { spec: { template: { spec: { containers } } } });
  for (const { metadata } of client.list('ConfigMap').filter((one) => one.metadata.name === 'settings'))
    client.delete({ apiVersion: 'v1', kind: 'ConfigMap', ...nameOf({ metadata }) });
}

/** Undoes what was done to nodes. */
function freeNodes(client: Client): string {
  const nodes = client.list('Node').filter(({ spec }) => spec?.unschedulable === true || spec?.taints?.some(isByHand));
  for (const { metadata, spec } of nodes) {
    const taints = (spec?.taints ?? []).filter((taint) => !isByHand(taint)).map((taint) => ({ ...taint }));
    client.patch(nodeReference(metadata.name), 'merge', { spec: { unschedulable: null, taints } });
  }
  return `${nodes.length} freed`;
}

function isByHand({ key }: { readonly key: string }): boolean {
  return key === TAINT || key === OUT_OF_SERVICE;
}

/** Whether the pod may go, and does. */
function evict(client: Client, pod: Pod, nowMs: number): boolean {
  try {
    evictPod(client, nameOf(pod), nowMs);
    return true;
  } catch (error) {
    if (!isApiError(error)) throw error;
    return false;
  }
}

function onNode(act: (client: Client, random: SeededRandom, name: string) => void): LiveAction {
  return (client, random) => {
    const nodes = client.list('Node');
    if (nodes.length === 0) return undefined;
    const { name } = randomItem(random, nodes).metadata;
    act(client, random, name);
    return name;
  };
}

function onWorkload(act: (client: Client, random: SeededRandom, reference: ObjectReference) => void): LiveAction {
  return (client, random) => {
    const found = WORKLOADS.flatMap(({ apiVersion, kind }) =>
      client.listObjects({ apiVersion, kind }).map((object) => ({ apiVersion, kind, ...nameOf(object) })),
    );
    if (found.length === 0) return undefined;
    const reference = randomItem(random, found);
    act(client, random, reference);
    return `${reference.kind} ${reference.name}`;
  };
}

function nodeReference(name: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'Node', name };
}

function onDeployment(act: (client: Client, random: SeededRandom, deployment: Deployment) => void): LiveAction {
  return (client, random) => {
    const deployments = client.list('Deployment').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (deployments.length === 0) return undefined;
    const deployment = randomItem(random, deployments);
    act(client, random, deployment);
    return `${deployment.metadata.namespace}/${deployment.metadata.name}`;
  };
}

function onPod(act: (client: Client, random: SeededRandom, pod: Pod) => void): LiveAction {
  return (client, random) => {
    const pods = client.list('Pod').filter((pod) => isPodActive(pod) && !pod.metadata.name.startsWith('foreign-'));
    if (pods.length === 0) return undefined;
    const pod = randomItem(random, pods);
    act(client, random, pod);
    return `${pod.metadata.namespace}/${pod.metadata.name}`;
  };
}

function deploymentReference(deployment: Deployment) {
  return { apiVersion: 'apps/v1', kind: 'Deployment', ...nameOf(deployment) };
}
