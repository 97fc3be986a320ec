import type { LoadedCommit } from '../../gitops/index.ts';
import { isJsonObject } from '../../lib/json.ts';
import {
  addQuantities,
  controllerOf,
  formatQuantity,
  isPodTerminal,
  type LabelSelector,
  matcherOfSelector,
  podRequests,
  type Quantity,
  storageKeyOf,
} from '../../objects/index.ts';
import type { KubernetesObject, Pod, StoredObject } from '../../objects/types.ts';
import { type PodSpec, podTemplateOf } from '../../plan/pod-specs.ts';
import type { Entry } from '../../store/index.ts';
import { shownOf } from './seed-from-status.ts';

/** The part of a world that a change can reach, with what stands for the rest. */
export interface AffectedPart {
  readonly entries: readonly Entry[];
  /** Whether an object that is declared belongs to it. */
  readonly isKept: (key: string) => boolean;
  /** Pods that one pod on their node stands for. */
  readonly leftOutPods: number;
  readonly leftOutObjects: number;
}

/** Kinds that make pods, and what they make on the way. */
const WORKLOADS: ReadonlySet<string> = new Set([
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ControllerRevision',
  'Job',
  'CronJob',
]);
/** Kinds that follow pods, and are kept with those that they follow. */
const FOLLOWERS: ReadonlySet<string> = new Set([
  'Service',
  'EndpointSlice',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
]);

/**
 * Leaves out the workloads that a change cannot reach. They reach one another only through what this looks at: the room
 * on a node (one pod with all their requests and ports stands for them), a quota of their namespace, a Service or a
 * budget that selects both, or placement by one another's labels or priority. In the last case, and where a namespace
 * goes, everything is kept.
 */
export function selectAffected(entries: readonly Entry[], deployed: LoadedCommit, head: LoadedCommit): AffectedPart {
  const changed = changedKeys(deployed, head);
  const world = new World(entries);
  const templates = head.applications.flatMap(({ loaded }) =>
    loaded.objects.filter(({ key }) => changed.has(key)).flatMap(({ decode }) => podTemplateOf(decode())?.spec ?? []),
  );
  const isEverythingReached =
    templates.some(isPlacedByOthers) ||
    world.pods.some(({ pod }) => (pod.spec?.priority ?? 0) !== 0) ||
    namespaceGoes(changed, head);
  if (isEverythingReached) return { entries, isKept: () => true, leftOutPods: 0, leftOutObjects: 0 };
  const kept = world.closure(new Set([...changed, ...targetsOfAutoscalers(changed, head)]));
  const isLeftOut = (key: string) => world.isDependent(key) && !kept.has(key) && !changed.has(key);
  const rest = world.pods
    .filter(({ key, pod }) => isLeftOut(key) && !isPodTerminal(pod) && pod.spec?.nodeName !== undefined)
    .map(({ pod }) => pod);
  if (rest.length < 2) return { entries, isKept: () => true, leftOutPods: 0, leftOutObjects: 0 };
  const part = entries.filter(({ key }) => !isLeftOut(objectKeyIn(key)));
  const standIns = standInsFor(rest);
  return {
    entries: [...part, ...standIns].sort((a, b) => (a.key < b.key ? -1 : 1)),
    isKept: (key) => !isLeftOut(key),
    leftOutPods: rest.length - standIns.length,
    leftOutObjects: entries.length - part.length,
  };
}

function changedKeys(deployed: LoadedCommit, head: LoadedCommit): ReadonlySet<string> {
  const digests = (commit: LoadedCommit) =>
    new Map(
      commit.applications.flatMap(({ loaded }) => loaded.objects.map(({ key, digest }) => [key, digest] as const)),
    );
  const [before, after] = [digests(deployed), digests(head)];
  return new Set([...before.keys(), ...after.keys()].filter((key) => before.get(key) !== after.get(key)));
}

/** What an autoscaler that is new or changed scales: the live objects do not know of a new one yet. */
function targetsOfAutoscalers(changed: ReadonlySet<string>, head: LoadedCommit): readonly string[] {
  return head.applications.flatMap(({ loaded }) =>
    loaded.objects
      .filter(({ key, id }) => id.kind === 'HorizontalPodAutoscaler' && changed.has(key))
      .map(({ id, decode }) => targetOf(decode(), id.namespace)),
  );
}

function isPlacedByOthers({ affinity, topologySpreadConstraints, priorityClassName }: PodSpec): boolean {
  return (
    affinity?.podAffinity !== undefined ||
    affinity?.podAntiAffinity !== undefined ||
    (topologySpreadConstraints ?? []).length > 0 ||
    (priorityClassName ?? '') !== ''
  );
}

const NAMESPACES = '/core/namespaces/';

function namespaceGoes(changed: ReadonlySet<string>, head: LoadedCommit): boolean {
  const declared = new Set(head.applications.flatMap(({ loaded }) => loaded.objects.map(({ key }) => key)));
  return [...changed].some((key) => key.startsWith(NAMESPACES) && !declared.has(key));
}

/** `gitops/inventory/<application>:<object key>` is of the object, too. */
function objectKeyIn(key: string): string {
  return key.startsWith('gitops/inventory/') ? key.slice(key.indexOf(':') + 1) : key;
}

interface LivePod {
  readonly key: string;
  readonly pod: Pod;
  /** Key of what it belongs to in the end. */
  readonly root: string;
}

/** The live objects, and who belongs to whom. */
class World {
  readonly pods: readonly LivePod[];
  readonly #objects = new Map<string, StoredObject>();
  readonly #byKind = new Map<string, string[]>();
  /**
   * By what a reference to an owner says: the key of what that belongs to in the end; `undefined` where it is not
   * there.
   */
  readonly #rootsOfOwners = new Map<string, string | undefined>();

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      const { key } = entry;
      if (!key.startsWith('/')) continue;
      const object = shownOf(entry) as unknown as StoredObject;
      this.#objects.set(key, object);
      const known = this.#byKind.get(object.kind);
      if (known === undefined) this.#byKind.set(object.kind, [key]);
      else known.push(key);
    }
    this.pods = this.#ofKind('Pod').map(([key, object]) => ({
      key,
      pod: object as unknown as Pod,
      root: this.#rootOf(key, object),
    }));
  }

  isDependent(key: string): boolean {
    const kind = this.#objects.get(key)?.kind;
    return kind === undefined ? WORKLOAD_KEYS.test(key) : WORKLOADS.has(kind) || FOLLOWERS.has(kind);
  }

  /**
   * The changed objects with everything that they own, and with the followers of their pods and whoever else those
   * follow.
   */
  closure(changed: ReadonlySet<string>): ReadonlySet<string> {
    const roots = new Map([...this.#objects].map(([key, object]) => [key, this.#rootOf(key, object)]));
    const keptRoots = new Set([...changed].map((key) => roots.get(key) ?? key));
    const withQuota = new Set(this.#ofKind('ResourceQuota').map(([, { metadata }]) => metadata.namespace));
    const followers = this.#followers(changed);
    for (let grows = true; grows; ) {
      const before = keptRoots.size;
      const pods = this.pods.filter(({ root }) => keptRoots.has(root));
      const namespaces = new Set(
        pods.flatMap(({ pod: { metadata } }) => (withQuota.has(metadata.namespace) ? [metadata.namespace] : [])),
      );
      const chosen = followers.filter(({ key, selects }) => changed.has(key) || pods.some(selects));
      for (const { key } of chosen) keptRoots.add(key);
      for (const live of this.pods) {
        if (keptRoots.has(live.root)) continue;
        if (namespaces.has(live.pod.metadata.namespace) || chosen.some(({ selects }) => selects(live)))
          keptRoots.add(live.root);
      }
      grows = keptRoots.size > before;
    }
    return new Set([...roots].filter(([, root]) => keptRoots.has(root)).map(([key]) => key));
  }

  #followers(
    changed: ReadonlySet<string>,
  ): readonly { readonly key: string; readonly selects: (live: LivePod) => boolean }[] {
    const followers: { readonly key: string; readonly selects: (live: LivePod) => boolean }[] = [];
    for (const [key, object] of [...this.#ofKind('Service'), ...this.#ofKind('PodDisruptionBudget')]) {
      const matches = matcherOf(object);
      const { namespace } = object.metadata;
      const selects = ({ pod: { metadata } }: LivePod) =>
        metadata.namespace === namespace && matches(metadata.labels ?? {});
      followers.push({ key, selects });
    }
    for (const [key, object] of this.#ofKind('HorizontalPodAutoscaler')) {
      const target = targetOf(object, object.metadata.namespace);
      const isKept = changed.has(target) || changed.has(key);
      followers.push({ key, selects: ({ root }) => isKept && root === target });
    }
    return followers;
  }

  #ofKind(kind: string): readonly (readonly [key: string, object: StoredObject])[] {
    return (this.#byKind.get(kind) ?? []).flatMap((key) => {
      const object = this.#objects.get(key);
      return object === undefined ? [] : [[key, object] as const];
    });
  }

  /** Follows the controllers of an object up to what nobody owns. */
  #rootOf(key: string, object: StoredObject, depth = 0): string {
    const owner = controllerOf(object);
    if (owner === undefined || depth >= DEEPEST_OWNERS) return key;
    const { apiVersion, kind, name } = owner;
    const { namespace } = object.metadata;
    const reference = `${apiVersion}\n${kind}\n${namespace}\n${name}`;
    if (this.#rootsOfOwners.has(reference)) return this.#rootsOfOwners.get(reference) ?? key;
    const ownerKey = storageKeyOf({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) });
    const found = this.#objects.get(ownerKey);
    const root = found === undefined ? undefined : this.#rootOf(ownerKey, found, depth + 1);
    this.#rootsOfOwners.set(reference, root);
    return root ?? key;
  }
}

/** Pod → ReplicaSet → Deployment is two; more than this is a circle. */
const DEEPEST_OWNERS = 5;

const WORKLOAD_KEYS =
  /^\/(core\/(pods|replicationcontrollers|services)|apps\/\w+|batch\/\w+|policy\/poddisruptionbudgets|autoscaling\/\w+|discovery\.k8s\.io\/\w+)\//;

function matcherOf(object: KubernetesObject): (labels: Readonly<Record<string, string>>) => boolean {
  const spec = object['spec'];
  const selector = isJsonObject(spec) ? spec['selector'] : undefined;
  if (!isJsonObject(selector)) return () => false;
  if (object.kind === 'Service') {
    const wanted = Object.entries(selector);
    return (labels) => wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
  }
  return matcherOfSelector(selector as LabelSelector);
}

function targetOf(object: KubernetesObject, namespace: string | undefined): string {
  const spec = object['spec'];
  const target = isJsonObject(spec) ? spec['scaleTargetRef'] : undefined;
  if (!isJsonObject(target) || typeof target['kind'] !== 'string' || typeof target['name'] !== 'string') return '';
  const apiVersion = typeof target['apiVersion'] === 'string' ? target['apiVersion'] : 'apps/v1';
  return storageKeyOf({
    apiVersion,
    kind: target['kind'],
    name: target['name'],
    ...(namespace === undefined ? {} : { namespace }),
  });
}

/** One running pod on each node that requests what all of these do, and holds their ports. */
function standInsFor(pods: readonly Pod[]): readonly Entry[] {
  const nodes = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName ?? '';
    const known = nodes.get(node);
    if (known === undefined) nodes.set(node, [pod]);
    else known.push(pod);
  }
  return [...nodes].map(([node, all], index) => standIn(node, all, index));
}

function standIn(node: string, pods: readonly Pod[], index: number): Entry {
  const [sample] = pods;
  const name = `left-out-${index}`;
  const requests = new Map<string, Quantity>();
  for (const { spec } of pods) {
    for (const [resource, amount] of spec === undefined ? [] : podRequests(spec)) {
      const sum = requests.get(resource);
      requests.set(resource, sum === undefined ? amount : addQuantities(sum, amount));
    }
  }
  const ports = pods.flatMap(({ spec }) =>
    (spec?.containers ?? []).flatMap(({ ports: all = [] }) => all.filter(({ hostPort = 0 }) => hostPort > 0)),
  );
  const uid = `left-out-${index}`;
  const since = sample?.metadata.creationTimestamp ?? '';
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'kube-system', uid, resourceVersion: '1', creationTimestamp: since },
    spec: {
      ...sample?.spec,
      nodeName: node,
      initContainers: [],
      volumes: [],
      containers: [
        {
          name: 'left-out',
          image: 'left-out:1',
          resources: {
            requests: Object.fromEntries([...requests].map(([key, amount]) => [key, formatQuantity(amount)])),
          },
          ports: ports.map(({ name: _name, ...port }) => port),
        },
      ],
    },
    status: {
      ...sample?.status,
      containerStatuses: [
        {
          name: 'left-out',
          image: 'left-out:1',
          imageID: 'left-out',
          containerID: `sim://left-out-${index}`,
          restartCount: 0,
          ready: true,
          started: true,
          state: { running: { startedAt: since } },
        },
      ],
    },
  };
  const value = JSON.parse(JSON.stringify(pod)) as Entry['value'];
  return { key: storageKeyOf(pod), value, createRevision: 1, modRevision: 1 };
}
