import { type Admission, type Client, createRegistry, type Registry, type RegistryOptions } from '../api/index.ts';
import type { ResourceMetrics } from '../api/metrics.ts';
import {
  type AdapterLinks,
  AdapterMetrics,
  ControllerManager,
  createControllers,
  Scheduler,
  SecretsDirectoryController,
} from '../controllers/index.ts';
import {
  type ApplicationLoader,
  type ApplicationReconciler,
  type BoxProblem,
  type BoxRules,
  computeApplicationStatus,
  computeOutcome,
  computeStatusDocument,
  type DeploymentOutcome,
  FinishedJobs,
  type GitopsEvent,
  type GitopsListener,
  GitopsState,
  ManifestApplicationLoader,
  NodeProblems,
  OutcomeReporter,
  type OutcomeSink,
  Reconciler,
  type ReportMemory,
  StartObserver,
  type StatusDocument,
  StatusPublisher,
  TERMINAL_PHASES,
} from '../gitops/index.ts';
import type { ChartRenderer } from '../host/chart-renderer.ts';
import { type DataKeys, noDataKeys } from '../host/data-keys.ts';
import type { DnsSockets } from '../host/dns-socket.ts';
import type { KustomizeProgram } from '../host/kustomize-program.ts';
import type { MachineUsage } from '../host/machine-usage.ts';
import type { PacketRules } from '../host/packet-rules.ts';
import type { ProbeSockets } from '../host/probe-sockets.ts';
import type { ResultCache } from '../host/result-cache.ts';
import type { SecretFiles } from '../host/secret-files.ts';
import type { ValidatorLoader } from '../host/validator-loader.ts';
import type { VolumeFiles } from '../host/volume-files.ts';
import { createKubelet, type Kubelet, type PodSecurityPolicy } from '../kubelet/index.ts';
import type { Clock } from '../lib/clock.ts';
import { closeAll } from '../lib/close-all.ts';
import { ERROR_CODES } from '../lib/error-codes.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import { createNetwork, type Network } from '../network/index.ts';
import { KUBERNETES_VERSION } from '../objects/kubernetes-version.ts';
import type { RegistryCredentials, Runtime } from '../runtime/runtime.ts';
import type { Source } from '../source/source.ts';
import type { Store } from '../store/store.ts';
import { createPodAdmission } from './pod-admission.ts';
import { createVolumeAdmission } from './volume-admission.ts';

/**
 * Everything of the outside world that a box touches. The live world hands in real drivers, the simulated one those of
 * the simulation.
 */
export interface BoxPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Opened with the registry's indexes. */
  readonly store: Store;
  /** Of `createBoxRegistry`, over the same store. */
  readonly registry: Registry;
  readonly runtime: Runtime;
  readonly source: Source;
  readonly volumeFiles: VolumeFiles;
  readonly probeSockets: ProbeSockets;
  readonly packetRules: PacketRules;
  readonly dnsSockets: DnsSockets;
  readonly validators: ValidatorLoader;
  /** Where results of rendering outlive this process. */
  readonly results?: ResultCache;
  /** A folder of the machine as a source of Secrets. */
  readonly secretFiles?: SecretFiles;
  /** What encrypted files of the repository are decrypted with; without them none is. */
  readonly dataKeys?: DataKeys;
  readonly charts: ChartRenderer;
  /** What builds kustomizations that Berth cannot render, where the box allows it. */
  readonly kustomize?: KustomizeProgram;
  readonly nodeCredentials: (image: string) => Promise<readonly RegistryCredentials[]>;
  /** What the whole machine uses, for `kubectl top nodes`. */
  readonly machineUsage?: MachineUsage;
  /** Metrics of pods, objects and the outside that autoscalers go by, where somebody provides them. */
  readonly metricsAdapters?: AdapterLinks;
  /** What pods use, as autoscalers see it; left out, what the node agent measures. */
  readonly resourceMetrics?: ResourceMetrics;
  /** Who is told what became of commits, and what was told already; absent: nobody. */
  readonly reports?: { readonly sinks: readonly OutcomeSink[]; readonly memory: ReportMemory };
  /** What turns files into objects; default: the manifest pipeline. A rehearsal brings what it has loaded before. */
  readonly loader?: ApplicationLoader;
  /** The least time between two turns of the controllers; default: none. */
  readonly controllerPaceMs?: number;
}

export interface BoxSettings {
  /** Of Berth. */
  readonly version: string;
  readonly cluster: string;
  readonly branch: string;
  readonly statusBranch: string;
  readonly paths: readonly string[];
  readonly rolloutTimeoutMs: number;
  readonly stuckAfterMs: number;
  /** How many ended pods may be there before the oldest are deleted; 0 keeps all. */
  readonly terminatedPods: number;
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  readonly node: {
    readonly name: string;
    readonly ip: string;
    readonly machine: Parameters<typeof createKubelet>[0]['machine'];
    /** Default: 110, as Kubernetes. */
    readonly maxPods?: number;
  };
  readonly hostResolver: Parameters<typeof createKubelet>[0]['dns']['host'];
  readonly hostsFile?: Parameters<typeof createKubelet>[0]['dns']['hostsFile'];
  readonly policy: PodSecurityPolicy;
}

/** What else the status branch says, besides the verdicts. */
const NEWS: ReadonlySet<GitopsEvent['type']> = new Set([
  'commit',
  'removed',
  'drift',
  'pruned',
  'source-failed',
  'source-recovered',
]);
/** How long a stop waits for reports that are under way. */
const LAST_REPORTS_MS = 5_000;
const BERTH = { user: 'system:berth', fieldManager: 'berth' };

/**
 * Opens the registry of a box over its store. It comes before the box, because the engine is asked for what carries the
 * cluster's uid, which is kept in the store.
 */
export function createBoxRegistry(
  ports: Pick<BoxPorts, 'store' | 'clock' | 'random'> & Pick<RegistryOptions, 'events' | 'tracksStatus'>,
  settings: Pick<BoxSettings, 'policy' | 'serviceCidr'>,
): Registry {
  const admission: readonly Admission[] = [createPodAdmission(settings.policy), createVolumeAdmission(settings.policy)];
  return createRegistry({ ...ports, admission, serviceCidr: settings.serviceCidr });
}

/**
 * A running Berth without its command line: registry, controllers, scheduler, node agent, network and GitOps loop over
 * one set of ports.
 */
export class Box {
  readonly registry: Registry;
  readonly kubelet: Kubelet;
  readonly network: Network;
  readonly secrets: SecretsDirectoryController | undefined;
  readonly reconciler: Reconciler;
  readonly publisher: StatusPublisher;
  readonly reporter: OutcomeReporter;
  readonly observer: StartObserver;
  readonly state: GitopsState;
  readonly finishedJobs: FinishedJobs;
  readonly nodeProblems: NodeProblems;
  readonly loader: ApplicationLoader;
  readonly manager: ControllerManager;
  readonly scheduler: Scheduler;
  readonly #ports: BoxPorts;
  readonly #settings: BoxSettings;
  readonly #listeners = new Set<GitopsListener>();

  constructor(ports: BoxPorts, settings: BoxSettings) {
    const { clock, random, logger, store, source, controllerPaceMs: paceMs } = ports;
    this.#ports = ports;
    this.#settings = settings;
    this.registry = ports.registry;
    const client = this.registry.client(BERTH);
    const finalizeNamespace = (name: string, finalizers: readonly string[]) => {
      this.registry.finalizeNamespace(BERTH, name, finalizers);
    };
    const leaseTime = (nodeName: string) => this.registry.leaseTime(nodeName);
    const controllers = createControllers({
      client,
      clock,
      random,
      logger,
      finalizeNamespace,
      leaseTime,
      // The node agent comes after the controllers; nobody asks before both have started.
      resourceMetrics: ports.resourceMetrics ?? {
        request: () => this.kubelet.metrics.request(),
        podMetrics: (podUid) => this.kubelet.metrics.podMetrics(podUid),
      },
      terminatedPods: settings.terminatedPods,
      customMetrics: new AdapterMetrics({ client, clock, links: ports.metricsAdapters ?? {} }),
    });
    this.manager = new ControllerManager({ client, clock, logger, controllers, paceMs });
    const schedulerClient = client.as({ user: 'system:kube-scheduler', fieldManager: 'kube-scheduler' });
    this.scheduler = new Scheduler({ client: schedulerClient, clock, random, logger });
    this.kubelet = this.#createKubelet();
    this.network = this.#createNetwork();
    this.secrets = this.#createSecrets();
    this.state = new GitopsState(store);
    this.finishedJobs = new FinishedJobs(client, this.state);
    this.nodeProblems = new NodeProblems(client, () => this.publisher.noteChange({ terminal: false }));
    this.loader = ports.loader ?? this.#createLoader(client);
    this.reconciler = new Reconciler({
      client,
      state: this.state,
      clock,
      logger,
      source,
      loader: this.loader,
      paths: settings.paths,
      rootName: rootNameOf(source.description),
      rolloutTimeoutMs: settings.rolloutTimeoutMs,
      stuckAfterMs: settings.stuckAfterMs,
      emit: (event) => this.#emit(event),
    });
    this.observer = new StartObserver({ client, clock, state: this.state });
    this.publisher = new StatusPublisher({
      client,
      clock,
      logger,
      source,
      emit: (event) => this.#emit(event),
      branch: settings.statusBranch,
      cluster: { name: settings.cluster, uid: this.registry.clusterUid },
      // What is published was published.
      snapshot: () => this.#describe(this.#problems()),
      author: { name: 'Berth', email: `berth@${settings.cluster}` },
    });
    this.reporter = this.#createReporter();
  }

  get rootName(): string {
    return rootNameOf(this.#ports.source.description);
  }

  /** Tells about everything that the loop does from now on. Returns what stops it. */
  onEvent(listener: GitopsListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Where everything stands now. */
  status(): StatusDocument {
    return this.#describe([...this.#problems(), ...this.publisher.problems]);
  }

  #describe(problems: readonly BoxProblem[]): StatusDocument {
    const { version, cluster, branch, paths } = this.#settings;
    const { clock, source, runtime } = this.#ports;
    return computeStatusDocument({
      cluster: { name: cluster, uid: this.registry.clusterUid },
      berthVersion: version,
      engine: runtime.name,
      nowMs: clock.wallMs(),
      repository: source.description,
      branch,
      paths,
      settings: rulesOf(this.#settings),
      observed: this.observer.observations,
      commit: this.reconciler.commit,
      sourceFailure: this.reconciler.sourceFailure,
      problems,
      applications: this.reconciler.applications.map(snapshotApplication),
    });
  }

  /**
   * Starts everything; resolves after the first pass over the repository. What runs already is adopted, not restarted.
   */
  async start(): Promise<void> {
    this.observer.start();
    this.finishedJobs.start();
    this.nodeProblems.start();
    this.manager.start();
    this.scheduler.start();
    await this.kubelet.start();
    this.network.start();
    await this.secrets?.start();
    await this.reconciler.start();
    this.publisher.start();
  }

  /** Stops deciding and acting. Containers go on running. */
  async stop(): Promise<void> {
    await closeAll([
      () => this.reconciler.stop(),
      () => this.secrets?.stop(),
      () => this.observer.stop(),
      () => this.publisher.flush(),
      () => this.publisher.stop(),
      () => this.reporter.flush(LAST_REPORTS_MS),
      () => this.reporter.stop(),
      () => this.network.stop(),
      () => this.kubelet.stop(),
      () => this.scheduler.stop(),
      () => this.manager.stop(),
      () => this.finishedJobs.stop(),
      () => this.nodeProblems.stop(),
      () => this.registry.close(),
    ]);
  }

  #createReporter(): OutcomeReporter {
    const { clock, logger, reports } = this.#ports;
    const { reconciler } = this;
    return new OutcomeReporter({
      clock,
      logger,
      sinks: reports?.sinks ?? [],
      memory: reports?.memory ?? { get: () => undefined, set: () => {} },
      outcomeOf: (name) => {
        const found = reconciler.applications.find(({ application }) => application.name === name);
        return found === undefined ? undefined : this.#outcomeOf(found);
      },
      allOutcomes: () => reconciler.applications.flatMap((one) => this.#outcomeOf(one) ?? []),
      durable: () => this.registry.client(BERTH).durable(),
      onProblem: () => this.publisher.noteChange({ terminal: false }),
    });
  }

  #outcomeOf(one: ApplicationReconciler): DeploymentOutcome | undefined {
    const { cluster, branch } = this.#settings;
    return computeOutcome(computeApplicationStatus(snapshotApplication(one)), { cluster, branch, pods: one.pods });
  }

  #createSecrets(): SecretsDirectoryController | undefined {
    const { secretFiles: files, clock, logger } = this.#ports;
    if (files === undefined) return undefined;
    const client = this.registry.client({ user: 'system:berth', fieldManager: 'berth-secrets-directory' });
    return new SecretsDirectoryController({ client, files, clock, logger });
  }

  #createLoader(client: Client): ApplicationLoader {
    const { source, clock, validators, charts, kustomize, dataKeys, results } = this.#ports;
    return new ManifestApplicationLoader({
      source,
      clock,
      validators,
      charts,
      exists: ({ kind, namespace, name, key }) =>
        (kind === 'Secret' && this.secrets?.declares(namespace ?? '', name) === true) || this.state.hasObject(key),
      find: (id) => client.getObject({ apiVersion: 'v1', ...id }),
      kustomize,
      dataKeys: dataKeys ?? noDataKeys,
      results,
    });
  }

  #createNetwork(): Network {
    const { clock, random, logger, packetRules, dnsSockets } = this.#ports;
    const { node, serviceCidr, clusterDomain } = this.#settings;
    return createNetwork({
      client: this.registry.client({ user: 'system:kube-proxy', fieldManager: 'kube-proxy' }),
      clock,
      random,
      logger,
      packetRules,
      dnsSockets,
      clusterUid: this.registry.clusterUid,
      nodeName: node.name,
      serviceCidr,
      clusterDomain,
      podNetwork: () => this.kubelet.network,
    });
  }

  /** What the node agent, the nodes and the network lack. */
  #problems(): readonly BoxProblem[] {
    const engine = this.kubelet.problem;
    const ofEngine =
      engine === undefined ? [] : [{ code: 'DockerMissing', message: engine, help: ERROR_CODES.DockerMissing.help }];
    const ofNetwork = this.network.problems().map(({ code, detail, help }) => ({ code, message: detail, help }));
    return [...ofEngine, ...this.nodeProblems.problems, ...ofNetwork, ...this.reporter.problems()];
  }

  #createKubelet(): Kubelet {
    const { clock, random, logger, runtime, volumeFiles, probeSockets, nodeCredentials, machineUsage } = this.#ports;
    const { node, policy, clusterDomain, hostResolver, hostsFile, version } = this.#settings;
    const network = () => this.kubelet.network;
    return createKubelet({
      client: this.registry.client({ user: `system:node:${node.name}`, fieldManager: 'kubelet' }),
      runtime,
      clock,
      random,
      logger,
      volumeFiles,
      probeSockets,
      machineUsage,
      nodeName: node.name,
      nodeIp: node.ip,
      machine: node.machine,
      ...(node.maxPods === undefined ? {} : { maxPods: node.maxPods }),
      kubeletVersion: `${KUBERNETES_VERSION.text}-berth.${version}`,
      dns: {
        // The name server listens on the pod network's gateway, which is known once the engine has answered; no pod
        // starts before that.
        get clusterServers() {
          const gateway = network()?.gateway;
          return gateway === undefined ? [] : [gateway];
        },
        clusterDomain,
        host: hostResolver,
        hostsFile,
      },
      policy,
      renewLease: () => this.registry.renewLease(node.name),
      nodeCredentials,
    });
  }

  #emit(event: GitopsEvent): void {
    if (event.type === 'verdict') {
      this.publisher.noteChange({ terminal: event.isTransition && TERMINAL_PHASES.has(event.verdict.phase) });
      this.reporter.note(event.application);
    } else if (NEWS.has(event.type)) this.publisher.noteChange({ terminal: false });
    for (const listener of this.#listeners) listener(event);
  }
}

function snapshotApplication(one: ApplicationReconciler) {
  return {
    name: one.application.name,
    path: one.application.path,
    verdict: one.verdict,
    record: one.record,
    health: one.health,
    finishedJobs: one.finishedJobs,
    placeOf: (key: string) => {
      const origin = one.originOf(key);
      return origin === undefined ? undefined : `${origin.path}:${origin.line}`;
    },
  };
}

/** Not the paths of this machine, which are nobody else's business. */
function rulesOf({ node, serviceCidr, clusterDomain, rolloutTimeoutMs, policy }: BoxSettings): BoxRules {
  const allow = JSON.parse(JSON.stringify(policy.namespaces)) as BoxRules['allow'];
  return { node: node.name, serviceCidr, clusterDomain, rolloutTimeoutSeconds: rolloutTimeoutMs / 1000, allow };
}

/** The repository's own name, without its folder and `.git`. */
export function rootNameOf(repository: string): string {
  const last = repository.replace(/\/+$/, '').split(/[/:]/).at(-1) ?? '';
  return last.replace(/\.git$/, '') || 'root';
}
