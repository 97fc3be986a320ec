import type { Client } from '../api/client.ts';
import type { NodeAgentMetrics } from '../api/metrics.ts';
import type { PodStreams } from '../api/pod-streams.ts';
import type { MachineUsage } from '../host/machine-usage.ts';
import type { ProbeSockets } from '../host/probe-sockets.ts';
import type { VolumeFiles } from '../host/volume-files.ts';
import { type Clock, type Timer, yieldTurn } from '../lib/clock.ts';
import { compareText } from '../lib/compare-text.ts';
import { jsonEqual } from '../lib/json.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import type { Node, Pod } from '../objects/types.ts';
import type { PodNetwork, PulledImage, RegistryCredentials, Runtime } from '../runtime/runtime.ts';
import { PodAdmission } from './admission/pod-admission.ts';
import { EngineLink } from './engine-link.ts';
import { NodeGuard } from './eviction/node-guard.ts';
import { ImageManager } from './images/image-manager.ts';
import { OwnImages } from './images/own-images.ts';
import { PodSampler } from './metrics/pod-sampler.ts';
import { computeNodeStatus, type MachineInfo, type NodeFacts, nodeLabels, nodeResources } from './node-status.ts';
import { removeLeftoverFiles, removeOrphan } from './orphans.ts';
import type { DnsSettings } from './pod-dns.ts';
import { podReferences } from './pod-references.ts';
import type { PodSecurityPolicy } from './pod-security.ts';
import { KubeletStreams } from './pod-streams.ts';
import { PodWorker } from './pod-worker.ts';
import { ProbeManager } from './probes/probe-manager.ts';
import { RuntimeCache } from './runtime-cache.ts';
import { LocalPathProvisioner } from './storage/local-path-provisioner.ts';
import { recordPodEvent, type WorkerContext } from './worker-context.ts';

export interface KubeletOptions {
  /** What the whole machine uses; left out, a node uses what its pods do. */
  readonly machineUsage?: MachineUsage | undefined;
  /** Acts as `system:node:<name>` with the field manager `kubelet`. */
  readonly client: Client;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly volumeFiles: VolumeFiles;
  readonly probeSockets: ProbeSockets;
  readonly nodeName: string;
  /** Address of the host that pods and people reach. */
  readonly nodeIp: string;
  readonly machine: MachineInfo;
  /** `v1.32.0-berth.0.1.0`. */
  readonly kubeletVersion: string;
  /** Default: 110, as Kubernetes. */
  readonly maxPods?: number;
  readonly dns: DnsSettings;
  readonly policy: PodSecurityPolicy;
  /**
   * Says that the node is alive: told every ten seconds while the engine answers, and kept outside of the store's
   * revisions.
   */
  readonly renewLease: () => void;
  /** Credentials that the node itself has for an image, beyond those that the engine's driver knows. */
  readonly nodeCredentials?: (image: string) => Promise<readonly RegistryCredentials[]>;
}

/** How often the node says that it is alive, as a kubelet renews its lease. */
const HEARTBEAT_MS = 10_000;

/** Workers that are woken in one turn of the event loop, so that a thousand pods do not hold up everything else. */
const WAKES_PER_TURN = 25;

export function createKubelet(options: KubeletOptions): Kubelet {
  return new Kubelet(options);
}

/** The node agent: runs the pods that are bound to this node, and keeps the node's own object. */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #context: WorkerContext;
  readonly #cache: RuntimeCache;
  readonly #admission: PodAdmission;
  readonly #probes: ProbeManager;
  readonly #link: EngineLink;
  readonly #images: ImageManager;
  readonly #sampler: PodSampler;
  readonly #provisioner: LocalPathProvisioner;
  /** Where the machine is measured. */
  readonly #guard: NodeGuard | undefined;
  readonly #workers = new Map<string, PodWorker>();
  /** Uids of the pods that refer to a ConfigMap, Secret or claim, by `Kind/namespace/name`. */
  readonly #referrers = new Map<string, Set<string>>();
  readonly #orphans = new Set<string>();
  readonly #unwatch: (() => void)[] = [];
  #problem: string | undefined = 'container runtime is down: it has not answered yet';
  #isStopped = false;
  #heartbeat: Timer | undefined;

  /** Logs, commands and connections, for the API. */
  readonly podStreams: PodStreams;

  constructor(options: KubeletOptions) {
    this.#options = options;
    const { client, runtime, clock, logger, random, probeSockets, volumeFiles } = options;
    this.#cache = new RuntimeCache({
      runtime,
      nowMs: () => clock.wallMs(),
      onChange: (uid) => this.#workers.get(uid)?.wake(),
      onStale: (error) => this.#link.onTrouble(error),
    });
    this.#link = new EngineLink({
      runtime,
      cache: this.#cache,
      clock,
      logger,
      onUp: () => this.#onEngineUp(),
      onDown: (why) => this.#onEngineDown(why),
    });
    this.#probes = new ProbeManager({
      runtime,
      sockets: probeSockets,
      clock,
      random,
      onVerdict: (uid) => this.#workers.get(uid)?.wake(),
      onFailure: (uid, container, kind, output) => this.#onUnhealthy(uid, container, kind, `failed: ${output}`),
      onError: (uid, container, kind, why) =>
        this.#onUnhealthy(uid, container, kind, `errored and resulted in unknown state: ${why}`),
    });
    this.#admission = new PodAdmission({ ...options, onRoom: (uid) => this.#workers.get(uid)?.wake() });
    const ownImages = new OwnImages({ volumeFiles, logger });
    // Only who collects images needs to know which are Berth's.
    const notePull = (name: string, image: PulledImage) => void ownImages.add(name, image);
    this.#images = new ImageManager(runtime, clock, options.machineUsage === undefined ? undefined : notePull);
    this.#provisioner = new LocalPathProvisioner(options);
    this.#context = {
      client,
      runtime,
      clock,
      logger,
      cache: this.#cache,
      admission: this.#admission,
      images: this.#images,
      probes: this.#probes,
      sockets: probeSockets,
      volumeFiles,
      settings: options,
      nodeCredentials: options.nodeCredentials ?? (async () => []),
      capacity: () => this.#capacity(),
      isStopped: () => this.#isStopped,
      isEngineUp: () => this.#link.isUp,
      onEngineTrouble: (error) => this.#link.onTrouble(error),
    };
    const { nodeName, machineUsage: machine } = options;
    this.#sampler = new PodSampler({ runtime, clock, cache: this.#cache, nodeName, machine });
    this.#guard = machine === undefined ? undefined : this.#newGuard(machine, ownImages);
    this.podStreams = new KubeletStreams({ client, runtime, cache: this.#cache });
  }

  /** What this node and its pods use, for autoscalers and `kubectl top`. */
  get metrics(): NodeAgentMetrics {
    return this.#sampler;
  }

  /** The pod network, once the engine has answered. */
  get network(): PodNetwork | undefined {
    return this.#link.network;
  }

  /** Why no pods can be run now; `undefined` when they can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Registers the node, adopts what runs and begins to work. Resolves after the first attempt to reach the engine; when
   * that fails the node is not ready and further attempts follow. Call it when the store is loaded.
   */
  async start(): Promise<void> {
    const { client, volumeFiles, logger } = this.#options;
    this.#writeNode();
    const areas = await volumeFiles.prepare();
    if (!areas.memoryIsTmpfs) {
      logger.warn('Secret volumes are on disk: no tmpfs could be mounted', { problem: areas.problem });
    }
    this.#unwatch.push(
      client.watch('Pod', ({ type, object, previous }) => this.#onPod(type, object, previous)),
      client.watch('ConfigMap', ({ object }) => this.#onReference('ConfigMap', object)),
      client.watch('Secret', ({ object }) => this.#onReference('Secret', object)),
      client.watch('PersistentVolumeClaim', ({ object }) => this.#onReference('PersistentVolumeClaim', object)),
    );
    // In the order in which they were made, as a kubelet sees them: who came first is let in first
    // (sliceutils.PodsByCreationTime).
    for (const pod of [...client.list('Pod')].sort(byCreation)) this.#onPod('ADDED', pod, undefined);
    this.#provisioner.start();
    await this.#link.start();
    this.#guard?.start();
    this.#beat();
    await removeLeftoverFiles(this.#context, (uid) => this.#workers.has(uid) || this.#orphans.has(uid));
  }

  /** Ends all work; containers go on running, and the next start adopts them. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#heartbeat?.cancel();
    for (const unwatch of this.#unwatch) unwatch();
    for (const worker of this.#workers.values()) worker.stop();
    this.#probes.stop();
    this.#sampler.stop();
    this.#guard?.stop();
    this.#images.stop();
    this.#provisioner.stop();
    this.#link.stop();
  }

  #newGuard(machine: MachineUsage, ownImages: OwnImages): NodeGuard {
    return new NodeGuard({
      ...this.#options,
      cache: this.#cache,
      machine,
      ownImages,
      engine: () => this.#link.info,
      isEngineUp: () => this.#link.isUp,
      onImagesRemoved: () => this.#images.forget(),
      onChange: () => {
        this.#writeNode();
        this.#admission.onRoom();
      },
    });
  }

  #beat(): void {
    if (this.#isStopped) return;
    // Also without its engine: it is the agent that is alive, and its node says itself that it is not ready.
    this.#options.renewLease();
    // The node controller may have written meanwhile that nobody knows: what the node says of itself is said again.
    this.#writeNode();
    this.#heartbeat = this.#options.clock.setTimer(HEARTBEAT_MS, () => this.#beat());
  }

  #onPod(type: 'ADDED' | 'MODIFIED' | 'DELETED', pod: Pod, previous: Pod | undefined): void {
    if (pod.spec?.nodeName !== this.#options.nodeName) return;
    const { uid } = pod.metadata;
    const worker = this.#workers.get(uid);
    if (type === 'DELETED') {
      this.#admission.forget(uid);
      worker?.forsake();
      return;
    }
    this.#admission.note(pod);
    if (worker !== undefined) return worker.wake({ config: takesMetadata(pod, previous) });
    const added = new PodWorker(this.#context, pod, (gone) => this.#onGone(gone));
    this.#workers.set(uid, added);
    for (const reference of podReferences(pod)) {
      const uids = this.#referrers.get(reference) ?? new Set();
      this.#referrers.set(reference, uids.add(uid));
    }
    added.wake();
  }

  #onGone(uid: string): void {
    const worker = this.#workers.get(uid);
    if (worker === undefined) return;
    this.#workers.delete(uid);
    for (const reference of podReferences(worker.pod)) {
      const uids = this.#referrers.get(reference);
      uids?.delete(uid);
      if (uids?.size === 0) this.#referrers.delete(reference);
    }
  }

  #onReference(
    kind: 'ConfigMap' | 'PersistentVolumeClaim' | 'Secret',
    { metadata }: { readonly metadata: Pod['metadata'] },
  ): void {
    const uids = this.#referrers.get(`${kind}/${metadata.namespace ?? 'default'}/${metadata.name}`);
    for (const uid of uids ?? []) this.#workers.get(uid)?.wake({ config: true });
  }

  /** "%s probe failed: %s" and "%s probe errored and resulted in %s state: %s" (prober.go). */
  #onUnhealthy(uid: string, container: { readonly name: string }, kind: string, what: string): void {
    const worker = this.#workers.get(uid);
    if (worker === undefined) return;
    const message = `${kind.charAt(0).toUpperCase()}${kind.slice(1)} probe ${what}`;
    recordPodEvent(this.#context, worker.pod, { type: 'Warning', reason: 'Unhealthy', message }, container);
  }

  #onEngineUp(): void {
    if (this.#problem !== undefined) this.#images.forget();
    this.#problem = undefined;
    // First the sign of life: a node that says that it is ready and was silent for a minute would count as lost.
    this.#options.renewLease();
    this.#writeNode();
    void this.#wakeAll();
    for (const uid of this.#cache.podUids()) {
      if (this.#workers.has(uid) || this.#orphans.has(uid)) continue;
      this.#orphans.add(uid);
      void removeOrphan(this.#context, uid).finally(() => this.#orphans.delete(uid));
    }
  }

  #onEngineDown(why: string): void {
    this.#problem = `container runtime is down: ${why}`;
    this.#writeNode();
  }

  async #wakeAll(): Promise<void> {
    let woken = 0;
    for (const worker of [...this.#workers.values()]) {
      if (this.#isStopped) return;
      worker.wake();
      if (++woken % WAKES_PER_TURN === 0) await yieldTurn(this.#options.clock);
    }
  }

  #capacity(): ReturnType<WorkerContext['capacity']> {
    const { info } = this.#link;
    if (info === undefined) return { memoryBytes: 0, allocatable: {} };
    return { memoryBytes: info.memoryBytes, allocatable: nodeResources(info, this.#maxPods, this.#guard?.diskBytes) };
  }

  get #maxPods(): number {
    return this.#options.maxPods ?? 110;
  }

  /** Creates the node's object or brings it up to date; labels that others set stay. */
  #writeNode(): void {
    if (this.#isStopped) return;
    const { client, clock, runtime, nodeName: name } = this.#options;
    const facts: NodeFacts = {
      ...this.#options,
      runtimeName: runtime.name,
      maxPods: this.#maxPods,
      engine: this.#link.info,
      network: this.#link.network,
      pressure: this.#guard?.pressure,
      diskBytes: this.#guard?.diskBytes,
      problem: this.#problem,
    };
    client.transaction(() => {
      const stored = client.get('Node', { name }) ?? createNode(client, facts);
      const labels = { ...stored.metadata.labels, ...nodeLabels(facts) };
      const spec = { ...stored.spec, ...(facts.network === undefined ? {} : { podCIDR: facts.network.cidr }) };
      if (!jsonEqual(labels, stored.metadata.labels) || !jsonEqual(spec, stored.spec)) {
        client.update({ ...stored, metadata: { ...stored.metadata, labels }, spec });
      }
      const current = client.get('Node', { name });
      if (current === undefined) return;
      const status = computeNodeStatus(facts, current.status, clock.wallMs());
      if (!jsonEqual(status, current.status)) client.updateStatus({ ...current, status });
    });
  }
}

function createNode(client: Client, facts: NodeFacts): Node {
  const metadata = { name: facts.nodeName, labels: { ...nodeLabels(facts) } };
  client.create({ apiVersion: 'v1', kind: 'Node', metadata });
  const created = client.get('Node', { name: facts.nodeName });
  if (created === undefined) throw new Error('a node that was just created is there');
  return created;
}

function byCreation(a: Pod, b: Pod): number {
  return compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '');
}

/** Labels and annotations may be mounted or in the environment of the next start. */
function takesMetadata(pod: Pod, previous: Pod | undefined): boolean {
  if (previous === undefined) return false;
  const { labels, annotations } = pod.metadata;
  return !jsonEqual(labels, previous.metadata.labels) || !jsonEqual(annotations, previous.metadata.annotations);
}
