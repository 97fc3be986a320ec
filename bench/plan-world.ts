import { stringify } from 'yaml';
import { draftReplicaSet } from '../src/controllers/deployment/new-replica-set.ts';
import { newNameSuffix, newUid } from '../src/lib/ids.ts';
import { SeededRandom } from '../src/lib/random.ts';
import { applyDefaults, POD_TEMPLATE_HASH_LABEL } from '../src/objects/index.ts';
import type { Deployment } from '../src/objects/types.ts';

/*
 * A box that runs many Deployments, as its repository and its status branch show it. The objects are what a real box publishes: the same fields, the same
 * hashes, statuses of pods that run.
 */

const SINCE = '2026-11-26T10:00:00Z';
const NODE = 'bench';

export interface PlanWorld {
  /** Manifests of the deployed branch, by path. */
  readonly manifests: ReadonlyMap<string, string>;
  readonly live: string;
  status(commit: string, observedAt: string): string;
}

export function manifestOf(name: string, replicas: number, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
        - name: app
          image: ${image}
          env: [{name: LEVEL, value: info}]
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 5}
          resources: {requests: {cpu: 10m, memory: 16Mi}}
`;
}

export function makePlanWorld(deployments: number, podsEach: number): PlanWorld {
  const random = new SeededRandom(1);
  const names = Array.from({ length: deployments }, (_, index) => `app-${String(index).padStart(4, '0')}`);
  const manifests = new Map([
    ['namespace.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n'],
    ...names.map((name) => [`${name}.yaml`, manifestOf(name, podsEach, 'registry.example/app:1')] as const),
  ]);
  const counter = { version: 1, address: 2 };
  const objects = [
    ...['default', 'kube-system', 'shop'].map((name) => namespaceOf(name, random, counter)),
    nodeOf(deployments * podsEach, random, counter),
    ...names.flatMap((name) => workloadOf(name, podsEach, random, counter)),
  ];
  return {
    manifests,
    live: `[\n${objects.map((object) => JSON.stringify(object)).join(',\n')}\n]\n`,
    status: (commit, observedAt) => statusOf(names, commit, observedAt, objects.length),
  };
}

interface Counter {
  version: number;
  address: number;
}

function metaOf(name: string, namespace: string | undefined, random: SeededRandom, counter: Counter) {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: newUid(random),
    resourceVersion: String(counter.version++),
    creationTimestamp: SINCE,
  };
}

function namespaceOf(name: string, random: SeededRandom, counter: Counter) {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { ...metaOf(name, undefined, random, counter), labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

function nodeOf(pods: number, random: SeededRandom, counter: Counter) {
  const capacity = { cpu: '256', memory: '1Ti', pods: String(pods + 1_000) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      ...metaOf(NODE, undefined, random, counter),
      labels: { 'kubernetes.io/hostname': NODE, 'kubernetes.io/os': 'linux' },
    },
    spec: { podCIDR: '10.88.0.0/16' },
    status: {
      capacity,
      allocatable: capacity,
      addresses: [{ type: 'InternalIP', address: '192.0.2.10' }],
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
      ],
    },
  };
}

function workloadOf(name: string, pods: number, random: SeededRandom, counter: Counter): readonly object[] {
  const manifest = applyDefaults({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas: pods,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: 'app',
              image: 'registry.example/app:1',
              env: [{ name: 'LEVEL', value: 'info' }],
              ports: [{ containerPort: 8080 }],
              readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 5 },
              resources: { requests: { cpu: '10m', memory: '16Mi' } },
            },
          ],
        },
      },
    },
  });
  const metadata = {
    ...metaOf(name, 'shop', random, counter),
    generation: 1,
    annotations: { 'deployment.kubernetes.io/revision': '1' },
  };
  const deployment = { ...manifest, metadata, status: deploymentStatus(pods) } as unknown as Deployment;
  const draft = draftReplicaSet(deployment, Date.parse(SINCE));
  const replicaSet = {
    ...draft,
    metadata: {
      ...draft.metadata,
      ...metaOf(draft.metadata.name, 'shop', random, counter),
      generation: 1,
      annotations: metadata.annotations,
    },
    spec: { ...draft.spec, replicas: pods },
    status: {
      replicas: pods,
      fullyLabeledReplicas: pods,
      readyReplicas: pods,
      availableReplicas: pods,
      observedGeneration: 1,
    },
  };
  const hidden = (object: object) =>
    JSON.parse(JSON.stringify(object).replaceAll('"value":"info"', '"value":"(hidden)"'));
  const template = replicaSet.spec.template;
  return [
    hidden(deployment),
    hidden(replicaSet),
    ...Array.from({ length: pods }, () => hidden(podOf(replicaSet.metadata, template ?? {}, random, counter))),
  ];
}

function deploymentStatus(pods: number) {
  return {
    observedGeneration: 1,
    replicas: pods,
    updatedReplicas: pods,
    readyReplicas: pods,
    availableReplicas: pods,
    conditions: [
      {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
        lastTransitionTime: SINCE,
        lastUpdateTime: SINCE,
      },
      {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: 'ReplicaSet has successfully progressed.',
        lastTransitionTime: SINCE,
        lastUpdateTime: SINCE,
      },
    ],
  };
}

function podOf(
  owner: { readonly name: string; readonly uid: string },
  template: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }; readonly spec?: object },
  random: SeededRandom,
  counter: Counter,
) {
  const name = `${owner.name}-${newNameSuffix(random)}`;
  const address = `10.88.${counter.address >> 8}.${counter.address & 255}`;
  counter.address++;
  const id = newUid(random).replaceAll('-', '').padEnd(64, '0');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metaOf(name, 'shop', random, counter),
      generateName: `${owner.name}-`,
      labels: { ...template.metadata?.labels, [POD_TEMPLATE_HASH_LABEL]: owner.name.split('-').at(-1) ?? '' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: owner.name,
          uid: owner.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { ...template.spec, nodeName: NODE, serviceAccountName: 'default', serviceAccount: 'default' },
    status: {
      phase: 'Running',
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        (type) => ({
          type,
          status: 'True',
          lastTransitionTime: SINCE,
        }),
      ),
      hostIP: '192.0.2.10',
      hostIPs: [{ ip: '192.0.2.10' }],
      podIP: address,
      podIPs: [{ ip: address }],
      startTime: SINCE,
      containerStatuses: [
        {
          name: 'app',
          image: 'registry.example/app:1',
          imageID: `registry.example/app@sha256:${'1'.repeat(64)}`,
          containerID: `docker://${id}`,
          restartCount: 0,
          ready: true,
          started: true,
          state: { running: { startedAt: SINCE } },
          lastState: {},
        },
      ],
      qosClass: 'Burstable',
    },
  };
}

function statusOf(names: readonly string[], commit: string, observedAt: string, objects: number): string {
  return stringify({
    apiVersion: 'status.berth.dev/v1',
    kind: 'ClusterStatus',
    cluster: { name: 'bench', uid: '00000000-0000-4000-8000-000000000000' },
    observedAt,
    source: { repository: 'bench.git', branch: 'main', paths: ['.'], commit, subject: 'bench' },
    applications: [
      {
        name: 'site',
        path: '.',
        phase: 'Healthy',
        appliedCommit: commit,
        attemptedCommit: commit,
        objects: { total: objects, healthy: objects },
      },
    ],
    settings: {
      node: NODE,
      serviceCidr: '10.96.0.0/16',
      clusterDomain: 'cluster.local',
      rolloutTimeoutSeconds: 600,
      allow: {},
    },
    observed: {
      workloads: names.map((name) => ({
        workload: `Deployment/shop/${name}`,
        images: ['registry.example/app:1'],
        startMs: 600,
        readyMs: 1_500,
        stopMs: 200,
        starts: 3,
      })),
      pulls: [{ image: 'registry.example/app:1', pullMs: 2_000 }],
    },
  });
}
