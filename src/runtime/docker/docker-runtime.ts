import type { AttachSession, ByteConnection, ExecSession } from '../../lib/byte-streams.ts';
import type { Logger } from '../../lib/logger.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import { normalizeImageName } from '../image-reference.ts';
import { selectCredentials } from '../registry-credentials.ts';
import {
  type AttachOptions,
  type ContainerDisk,
  type ContainerSpec,
  type ContainerState,
  type ContainerUsage,
  type EngineInfo,
  type ExecOptions,
  type ImageInfo,
  type LogOptions,
  type LogStream,
  type PodNetwork,
  type PulledImage,
  type PullOptions,
  type RemovalSummary,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
  type RuntimeState,
  type Sandbox,
  type SandboxSpec,
  type StoredImage,
} from '../runtime.ts';
import { cgroupParentOf, removePodCgroups } from './cgroups.ts';
import { computeContainerConfig } from './compute-container-config.ts';
import { computeSandboxConfig } from './compute-sandbox-config.ts';
import { openAttach } from './container-attach.ts';
import { readContainerDisk } from './container-disk.ts';
import { watchEvents } from './container-events.ts';
import { openExec } from './container-exec.ts';
import { openLogs } from './container-logs.ts';
import { ContainerUsageReader } from './container-usage.ts';
import type { EngineConnection } from './engine-connection.ts';
import { enableHairpin, HostInterfaces } from './host-interface.ts';
import { ensureSandboxImage, inspectImage, listImages, removeImage, removeSandboxImages } from './images.ts';
import { listAt, numberAt, textAt, valueAt } from './json-path.ts';
import { clusterFilter, containerNameOf, LABELS, sandboxNameOf } from './labels.ts';
import { loadDockerConfigCredentials } from './load-docker-config.ts';
import { networkAddressOf, parseContainerDetails, parseContainerList } from './parse-containers.ts';
import { ensurePodNetwork, type NamedPodNetwork, removePodNetworks } from './pod-network.ts';
import { openPortConnection } from './port-connection.ts';
import { pullImage } from './pull-image.ts';
import { formatResolvConf, rewriteResolvConf } from './resolv-conf.ts';

export interface DockerRuntimeOptions {
  readonly engine: EngineConnection;
  readonly clusterUid: string;
  /** Address of this node: what pods in the host's network report as theirs. */
  readonly nodeIp: string;
  readonly log: Logger;
  /** Range for pods; else the first free one. */
  readonly podCidr?: string;
  /** Ranges that the pod network must not overlap, such as that of services. */
  readonly avoidCidrs?: readonly string[];
  /** Docker's own `config.json`, whose credentials are tried after those of a pull. */
  readonly dockerConfigPath?: string;
  /** Sandboxes and containers that start at once. */
  readonly parallelStarts?: number;
}

/**
 * Sandboxes and containers that start at once, where nothing else is said: beyond a few the engine's throughput is
 * flat, and more only make every one of them slower.
 */
export const PARALLEL_STARTS = 6;
/** What the engine may need beyond the grace to kill and to clean up. */
const STOP_MARGIN_MS = 30_000;
const OOM_SCORE_MIN = -1000;
/** How runc words that it may not lower the score, in versions that say it and in those that only die of it. */
const OOM_SCORE_REFUSED = /oom_score_adj|can't get final child's PID/i;
/** The sandbox ends within milliseconds of its signal. */
const SANDBOX_GRACE_S = 2;

/** What the first call needs to have been prepared. */
interface Prepared {
  readonly network: NamedPodNetwork;
  readonly image: string;
  readonly info: EngineInfo;
  readonly interfaces: HostInterfaces;
}

/** The runtime port on a Docker engine. It keeps no state of its own but what can be asked for again. */
export class DockerRuntime implements Runtime {
  readonly name = 'docker';
  readonly #options: DockerRuntimeOptions;
  readonly #engine: EngineConnection;
  readonly #slots: Semaphore;
  readonly #usage: ContainerUsageReader;
  #prepared: Promise<Prepared> | undefined;
  #warnedOfResolver = false;
  /** Lowest score against the kernel's out-of-memory killer that the engine may give. */
  #oomScoreFloor = OOM_SCORE_MIN;
  /** Containers in which a process was killed for want of memory, as the engine's events tell it. */
  readonly #oomKilled = new Set<string>();

  constructor(options: DockerRuntimeOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#slots = new Semaphore(options.parallelStarts ?? PARALLEL_STARTS);
    this.#usage = new ContainerUsageReader(options.engine);
  }

  async info(): Promise<EngineInfo> {
    const info = await this.#engine.json({ method: 'GET', path: '/info', purpose: 'query' });
    const version = textAt(info, 'ServerVersion');
    return {
      description: `Docker Engine ${version}`,
      version,
      operatingSystem: textAt(info, 'OperatingSystem'),
      architecture: textAt(info, 'Architecture'),
      cpuCount: numberAt(info, 'NCPU'),
      memoryBytes: numberAt(info, 'MemTotal'),
      cgroupVersion: textAt(info, 'CgroupVersion') === '2' ? '2' : '1',
      cgroupDriver: textAt(info, 'CgroupDriver'),
      liveRestore: valueAt(info, 'LiveRestoreEnabled') === true,
      ...(this.#engine.isLocal ? { rootDirectory: textAt(info, 'DockerRootDir') } : {}),
    };
  }

  async prepare(): Promise<PodNetwork> {
    this.#prepared = undefined;
    const { bridge, cidr, gateway } = (await this.#prepare()).network;
    return { bridge, cidr, gateway };
  }

  runSandbox(spec: SandboxSpec): Promise<Sandbox> {
    return this.#slots.run(async () => {
      const name = sandboxNameOf(spec.pod, spec.attempt);
      const id = await this.#startSandbox(name, spec);
      const details = await this.#engine.json({ method: 'GET', path: `/containers/${id}/json`, purpose: 'query' });
      await this.#setResolver(spec, textAt(details, 'ResolvConfPath'));
      if (spec.hostNetwork) return { id, ip: this.#options.nodeIp };
      const ip = networkAddressOf(valueAt(details, 'NetworkSettings', 'Networks'));
      if (ip === '')
        throw new RuntimeError('StartFailed', `the sandbox of pod ${spec.pod.name} ended or has no address`);
      const hostInterface = await this.#connectHairpin(numberAt(details, 'State', 'Pid'));
      return hostInterface === undefined ? { id, ip } : { id, ip, hostInterface };
    });
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    await this.#stop(sandboxId, SANDBOX_GRACE_S);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    const filters = clusterFilter(this.#options.clusterUid, {}, [`${LABELS.sandboxId}=${sandboxId}`]);
    const query = { all: true, filters };
    const left = await this.#engine.json({ method: 'GET', path: '/containers/json', query, purpose: 'query' });
    await Promise.all(listAt(left).map((container) => this.removeContainer(textAt(container, 'Id'))));
    const path = `/containers/${sandboxId}/json`;
    const details = await this.#engine.find({ method: 'GET', path, purpose: 'query' });
    if (details === undefined) return;
    await this.removeContainer(sandboxId);
    if (this.#engine.isLocal) await removePodCgroups(textAt(details, 'Config', 'Labels', LABELS.podUid));
  }

  async createContainer(spec: ContainerSpec): Promise<string> {
    const name = containerNameOf(spec.pod, spec.name, spec.attempt);
    const { info } = await this.#prepare();
    const needsUser = spec.security.runAsGroup !== undefined && spec.security.runAsUser === undefined;
    const imageUser = needsUser ? ((await inspectImage(this.#engine, spec.image))?.user ?? '') : '';
    const cgroupParent = cgroupParentOf(info.cgroupDriver, spec.pod.uid);
    const body = computeContainerConfig(spec, {
      clusterUid: this.#options.clusterUid,
      imageUser,
      oomScoreFloor: this.#oomScoreFloor,
      ...(cgroupParent === undefined ? {} : { cgroupParent }),
    });
    return this.#create(name, { ...body, Image: normalizeImageName(spec.image) });
  }

  startContainer(containerId: string): Promise<void> {
    return this.#slots.run(async () => {
      try {
        await this.#start(containerId);
      } catch (error) {
        this.#noteOomRefusal(error);
        throw error;
      }
    });
  }

  async stopContainer(containerId: string, graceMs: number): Promise<void> {
    if (graceMs > 0) return this.#stop(containerId, Math.ceil(graceMs / 1000));
    try {
      await this.#engine.find({ method: 'POST', path: `/containers/${containerId}/kill`, purpose: 'change' });
    } catch (error) {
      // The engine calls it a conflict to kill what does not run.
      if (!(error instanceof RuntimeError) || error.reason !== 'Conflict') throw error;
    }
    await this.#waitForExit(containerId);
  }

  async removeContainer(containerId: string): Promise<void> {
    const query = { force: true, v: true };
    try {
      await this.#engine.find({ method: 'DELETE', path: `/containers/${containerId}`, query, purpose: 'change' });
    } catch (error) {
      const isUnderWay =
        error instanceof RuntimeError && error.reason === 'Conflict' && /in progress/.test(error.message);
      if (!isUnderWay) throw error;
    }
  }

  async list(): Promise<RuntimeState> {
    const query = { all: true, filters: clusterFilter(this.#options.clusterUid) };
    const answer = await this.#engine.json({ method: 'GET', path: '/containers/json', query, purpose: 'query' });
    return parseContainerList(answer, this.#options.nodeIp);
  }

  async inspectContainer(containerId: string): Promise<ContainerState | undefined> {
    const details = await this.#engine.find({
      method: 'GET',
      path: `/containers/${containerId}/json`,
      purpose: 'query',
    });
    const state = parseContainerDetails(details, this.#options.clusterUid);
    // The engine leaves it out of the state where it hears of the end first.
    return state?.status === 'exited' && this.#oomKilled.has(state.id) ? { ...state, oomKilled: true } : state;
  }

  watch(onEvent: (event: RuntimeEvent) => void, onLost: (error: Error) => void): Promise<() => void> {
    const note = (event: RuntimeEvent) => {
      if (event.action === 'oom') this.#oomKilled.add(event.id);
      if (event.action === 'start' || event.action === 'destroy') this.#oomKilled.delete(event.id);
      onEvent(event);
    };
    return watchEvents(this.#engine, { clusterUid: this.#options.clusterUid, onEvent: note, onLost });
  }

  inspectImage(image: string): Promise<ImageInfo | undefined> {
    return inspectImage(this.#engine, image);
  }

  listImages(): Promise<readonly StoredImage[]> {
    return listImages(this.#engine);
  }

  removeImage(id: string, names?: readonly string[]): Promise<boolean> {
    return removeImage(this.#engine, id, names);
  }

  async pullImage(image: string, options: PullOptions): Promise<PulledImage> {
    const own = await this.#ownCredentials(image);
    // A pull must not fail for want of the list: the image counts as one that was there.
    const before = await listImages(this.#engine).catch(() => undefined);
    await pullImage(this.#engine, image, { ...options, credentials: [...options.credentials, ...own] });
    const info = await inspectImage(this.#engine, image);
    if (info === undefined) throw new RuntimeError('Unknown', `the image ${image} is not there after its pull`);
    const namesBefore = before === undefined ? [] : before.find(({ id }) => id === info.id)?.names;
    return { ...info, namesBefore };
  }

  logs(containerId: string, options: LogOptions): Promise<LogStream> {
    return openLogs(this.#engine, containerId, options);
  }

  exec(containerId: string, options: ExecOptions): Promise<ExecSession> {
    return openExec(this.#engine, containerId, options);
  }

  attach(containerId: string, options: AttachOptions): Promise<AttachSession> {
    return openAttach(this.#engine, containerId, options);
  }

  async connect(sandboxId: string, port: number): Promise<ByteConnection> {
    const details = await this.#engine.json({ method: 'GET', path: `/containers/${sandboxId}/json`, purpose: 'query' });
    return openPortConnection(this.#addressOf(details), port);
  }

  usage(containerId: string): Promise<ContainerUsage | undefined> {
    return this.#usage.read(containerId);
  }

  diskUsage(containerId: string): Promise<ContainerDisk | undefined> {
    return readContainerDisk(this.#engine, containerId);
  }

  async removeEverything(): Promise<RemovalSummary> {
    const { sandboxes, containers } = await this.list();
    const removeAll = async (ids: readonly string[]) => {
      await Promise.all(ids.map((id) => this.#slots.run(() => this.removeContainer(id))));
    };
    await removeAll(containers.map(({ id }) => id));
    await removeAll(sandboxes.map(({ id }) => id));
    if (this.#engine.isLocal) for (const { pod } of sandboxes) await removePodCgroups(pod.uid);
    const { removed, held } = await removePodNetworks(this.#engine, this.#options.clusterUid);
    await removeSandboxImages(this.#engine, this.#options.clusterUid);
    this.#prepared = undefined;
    const summary = { containers: containers.length + sandboxes.length, networks: removed };
    return held.length === 0 ? summary : { ...summary, heldNetworks: held };
  }

  async close(): Promise<void> {
    this.#engine.close();
  }

  /** The network, image and facts of the engine; made once, and again after a failure or a call of `prepare`. */
  /** The address of a sandbox that runs. */
  #addressOf(details: unknown): string {
    const { nodeIp } = this.#options;
    const isHostNetwork = textAt(details, 'HostConfig', 'NetworkMode') === 'host';
    const ip = isHostNetwork ? nodeIp : networkAddressOf(valueAt(details, 'NetworkSettings', 'Networks'));
    if (valueAt(details, 'State', 'Running') === true && ip !== '') return ip;
    throw new RuntimeError('Conflict', `the sandbox ${textAt(details, 'Id')} is not running`);
  }

  #prepare(): Promise<Prepared> {
    this.#prepared ??= this.#makePrepared().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #makePrepared(): Promise<Prepared> {
    const { clusterUid, podCidr, avoidCidrs } = this.#options;
    const info = await this.info();
    const network = await ensurePodNetwork(this.#engine, {
      clusterUid,
      avoidCidrs: avoidCidrs ?? [],
      ...(podCidr === undefined ? {} : { podCidr }),
    });
    const image = await ensureSandboxImage(this.#engine, clusterUid);
    return { network, image, info, interfaces: new HostInterfaces(network.bridge) };
  }

  /** Creates and starts the sandbox; once more with a score that an engine of few rights may give. */
  async #startSandbox(name: string, spec: SandboxSpec): Promise<string> {
    const id = await this.#createSandbox(name, spec);
    try {
      await this.#start(id);
      return id;
    } catch (error) {
      if (!this.#noteOomRefusal(error)) throw error;
    }
    await this.removeContainer(id);
    const second = await this.#createSandbox(name, spec);
    await this.#start(second);
    return second;
  }

  /**
   * Whether the start failed for a negative score, which is not asked for again: the next attempt goes without it.
   * Several starts may fail so at once, and one that was created before a restart of Berth later: each of them is worth
   * that next attempt.
   */
  #noteOomRefusal(error: unknown): boolean {
    const isRefused = error instanceof RuntimeError && OOM_SCORE_REFUSED.test(error.message);
    if (!isRefused) return false;
    if (this.#oomScoreFloor >= 0) return true;
    this.#oomScoreFloor = 0;
    this.#options.log.warn('the engine may not lower oom_score_adj; pods run without protection from the OOM killer');
    return true;
  }

  /** Creates the sandbox; when somebody has removed its image meanwhile, once more with the image loaded again. */
  async #createSandbox(name: string, spec: SandboxSpec): Promise<string> {
    try {
      return await this.#create(name, await this.#sandboxBody(spec));
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.reason !== 'ImageNotFound') throw error;
      this.#prepared = undefined;
      return this.#create(name, await this.#sandboxBody(spec));
    }
  }

  async #sandboxBody(spec: SandboxSpec): Promise<Record<string, unknown>> {
    const { image, network, info } = await this.#prepare();
    const cgroupParent = cgroupParentOf(info.cgroupDriver, spec.pod.uid);
    return computeSandboxConfig(spec, {
      clusterUid: this.#options.clusterUid,
      image,
      network: network.name,
      oomScoreFloor: this.#oomScoreFloor,
      ...(cgroupParent === undefined ? {} : { cgroupParent }),
    });
  }

  /** Creates a container, or finds the one that an earlier call has created under its name. */
  async #create(name: string, body: Record<string, unknown>): Promise<string> {
    try {
      const query = { name };
      const created = await this.#engine.json({
        method: 'POST',
        path: '/containers/create',
        query,
        body,
        purpose: 'create',
      });
      return textAt(created, 'Id');
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.reason !== 'Conflict') throw error;
      const existing = await this.#findByName(name);
      if (existing === undefined) throw error;
      return existing;
    }
  }

  /** The id of our own container of this name; a stranger's is a conflict. */
  async #findByName(name: string): Promise<string | undefined> {
    const details = await this.#engine.find({ method: 'GET', path: `/containers/${name}/json`, purpose: 'query' });
    if (details === undefined) return undefined;
    if (textAt(details, 'Config', 'Labels', LABELS.clusterUid) === this.#options.clusterUid)
      return textAt(details, 'Id');
    throw new RuntimeError('Conflict', `the container "${name}" belongs to something else`);
  }

  async #start(id: string): Promise<void> {
    await this.#engine.json({ method: 'POST', path: `/containers/${id}/start`, purpose: 'start' });
  }

  /** The engine sends the stop signal, waits, and kills. What is gone or does not run is stopped. */
  async #stop(id: string, graceS: number): Promise<void> {
    const timeoutMs = graceS * 1000 + STOP_MARGIN_MS;
    const query = { t: graceS };
    await this.#engine.find({ method: 'POST', path: `/containers/${id}/stop`, query, purpose: 'change', timeoutMs });
  }

  async #waitForExit(id: string): Promise<void> {
    const timeoutMs = STOP_MARGIN_MS;
    const query = { condition: 'not-running' };
    await this.#engine.find({ method: 'POST', path: `/containers/${id}/wait`, query, purpose: 'change', timeoutMs });
  }

  /**
   * On a network of its own Docker puts its resolver into resolv.conf; the pod's is written over it before any
   * container starts.
   */
  async #setResolver(spec: SandboxSpec, path: string): Promise<void> {
    const text = formatResolvConf(spec.dns);
    if (text === undefined || (this.#engine.isLocal && (await rewriteResolvConf(path, text)))) return;
    if (this.#warnedOfResolver) return;
    this.#warnedOfResolver = true;
    this.#options.log.warn(
      'cannot write resolv.conf of sandboxes; pods ask through the resolver of the engine instead',
      { path },
    );
  }

  async #connectHairpin(pid: number): Promise<string | undefined> {
    if (!this.#engine.isLocal) return undefined;
    const hostInterface = await (await this.#prepare()).interfaces.find(pid);
    if (hostInterface !== undefined) await enableHairpin(hostInterface);
    return hostInterface;
  }

  async #ownCredentials(image: string) {
    const path = this.#options.dockerConfigPath;
    if (path === undefined) return [];
    const { config, problems } = await loadDockerConfigCredentials(path, { image });
    for (const problem of problems)
      this.#options.log.warn('credentials of the docker configuration cannot be read', { problem });
    return selectCredentials(image, [config]);
  }
}
