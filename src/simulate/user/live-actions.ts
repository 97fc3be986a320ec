import { isApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import { randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import { controllerOf, isPodActive } from '../../objects/index.ts';
import type { Deployment, Pod } from '../../objects/types.ts';

/** Something that a person does to live objects with kubectl. */
type LiveAction = (client: Client, random: SeededRandom) => string | undefined;

/** More pods than the node has room for. */
const FAR_TOO_MANY = 30;
const SYSTEM = new Set(['default', 'kube-system']);

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
    const replicas = randomInteger(random, 0, 6);
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
    const own = names.filter((name) => !SYSTEM.has(name));
    if (own.length === 0) return undefined;
    const name = randomItem(random, own);
    client.delete({ apiVersion: 'v1', kind: 'Namespace', name });
    return name;
  },
} satisfies Record<string, LiveAction>;

export type LiveActionKind = keyof typeof LIVE_ACTIONS;

/** Does it, and says what was done; a refusal by the API is an answer like any other. */
export function actLive(client: Client, kind: LiveActionKind, random: SeededRandom): string | undefined {
  try {
    return LIVE_ACTIONS[kind](client, random);
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

/** Ends the experiments of the person: pods that were set aside or belong to nobody's workload. */
export function tidyUp(client: Client): void {
  resumeAll(client);
  for (const deployment of client.list('Deployment').filter(({ spec }) => (spec?.replicas ?? 0) >= FAR_TOO_MANY))
    client.patch(deploymentReference(deployment), 'merge', { spec: { replicas: 3 } }, { subresource: 'scale' });
  for (const pod of client.list('Pod').filter(isPodActive)) {
    const isOwn = pod.metadata.name.startsWith('foreign-') || controllerOf(pod)?.kind !== 'ReplicaSet';
    if (isOwn) client.delete({ apiVersion: 'v1', kind: 'Pod', ...nameOf(pod) });
  }
}

/** Edits every workload and config by hand, as people do where nobody watches: all of it is drift. */
export function driftEverything(client: Client): void {
  const containers = [{ name: 'main', image: 'app:1', env: [{ name: 'BY_HAND', value: 'yes' }] }];
  for (const deployment of client.list('Deployment'))
    client.patch(deploymentReference(deployment), 'strategic', { spec: { template: { spec: { containers } } } });
  for (const { metadata } of client.list('ConfigMap').filter((one) => one.metadata.name === 'settings'))
    client.delete({ apiVersion: 'v1', kind: 'ConfigMap', ...nameOf({ metadata }) });
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

function nameOf({
  metadata,
}: {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}) {
  return { namespace: metadata.namespace ?? 'default', name: metadata.name };
}

function deploymentReference(deployment: Deployment) {
  return { apiVersion: 'apps/v1', kind: 'Deployment', ...nameOf(deployment) };
}
