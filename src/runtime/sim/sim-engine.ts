import type { Clock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import {
  type ContainerState,
  type Mount,
  type PodIdentity,
  type PodNetwork,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
  type SandboxState,
} from '../runtime.ts';
import {
  DEFAULT_SIM_TIMINGS,
  memoryOf,
  type SimCall,
  type SimFault,
  type SimHttpResponse,
  type SimImage,
  type SimTimings,
  usedCpuMs,
} from './sim-behaviour.ts';
import { type AdoptedPod, type SimCounters, SimMachine } from './sim-machine.ts';
import { SIM_ENGINE_ROOT, SimRuntime } from './sim-runtime.ts';

const DEFAULT_MEMORY_BYTES = 8 * 1024 ** 3;
const DISK_BYTES = 100 * 1024 ** 3;

/** `engine`: what holds images and containers alone, where there is such a disk. */
export type SimDiskName = 'machine' | 'engine';

export interface SimEngineOptions {
  readonly clock: Clock;
  /** Belongs to the engine alone: its numbers are drawn in the order of the engine's calls. */
  readonly random: Random;
  /** Behaviour by image name; every spelling of a name finds it. */
  readonly images?: Readonly<Record<string, SimImage>>;
  /** Behaviour of images that are not listed; left out, they can be pulled, run forever and listen on every port. */
  readonly unknownImage?: SimImage;
  readonly timings?: Partial<SimTimings>;
  readonly network?: PodNetwork;
  /** Address of the node: that of pods in its network, and where host ports answer. */
  readonly nodeIp?: string;
  readonly cpuCount?: number;
  readonly memoryBytes?: number;
  /** 0 on a file system that makes them as it needs them. */
  readonly inodes?: number;
  /** Whether images and what containers write lie on a disk that holds nothing else. */
  readonly hasOwnDisk?: boolean;
  /** Asked before each call what is to go wrong with it. */
  readonly faults?: (call: SimCall) => SimFault | undefined;
  /** Receives one line for each change, for traces that two runs compare. */
  readonly onTrace?: (line: string) => void;
}

/** A handle on the simulated engine for one incarnation of Berth. */
export interface SimConnection extends Runtime {
  /** Fences it, as a crash does: calls under way neither return nor have an effect any more, and no event arrives. */
  disconnect(): void;
}

/**
 * A container engine that exists only on a clock: no I/O, no timers of its own. It keeps its containers when Berth's
 * handles go, so a simulated crash is `disconnect` and a new `connect`. The other methods are the hand of the person or
 * the fault that acts on the box.
 */
export class SimEngine {
  readonly #options: SimEngineOptions;
  readonly #timings: SimTimings;
  readonly #network: PodNetwork;
  readonly #machine: SimMachine;
  readonly #handles = new Set<SimRuntime>();
  #isAvailable = true;
  #areEventsMuted = false;
  #foreignMemoryBytes = 0;
  #inodesShare = 0.1;
  /** What others have on each disk. */
  readonly #strangersBytes: Record<SimDiskName, number> = { machine: 0, engine: 0 };

  constructor(options: SimEngineOptions) {
    this.#options = options;
    this.#timings = { ...DEFAULT_SIM_TIMINGS, ...options.timings };
    this.#network = options.network ?? { bridge: 'berth-sim', cidr: '10.88.0.0/16', gateway: '10.88.0.1' };
    this.#machine = new SimMachine({
      clock: options.clock,
      random: options.random,
      images: options.images ?? {},
      unknownImage: options.unknownImage ?? {},
      network: this.#network,
      nodeIp: this.nodeIp,
      onEvent: (clusterUid, event) => this.#publish(clusterUid, event),
    });
  }

  get nodeIp(): string {
    return this.#options.nodeIp ?? '192.0.2.10';
  }

  get counters(): SimCounters {
    return this.#machine.counters;
  }

  /** Whether two containers of one pod uid and name ever ran at once; says it without making the list. */
  get hasDoubleRun(): boolean {
    return this.#machine.hasDoubleRun;
  }

  /** Of the machine. */
  get memoryBytes(): number {
    return this.#options.memoryBytes ?? DEFAULT_MEMORY_BYTES;
  }

  /** Opens a handle for the cluster of this uid. */
  connect(clusterUid: string): SimConnection {
    const handle = new SimRuntime({
      clusterUid,
      clock: this.#options.clock,
      machine: this.#machine,
      timings: this.#timings,
      network: this.#network,
      cpuCount: this.#options.cpuCount ?? 4,
      memoryBytes: this.memoryBytes,
      isAvailable: () => this.#isAvailable,
      faultOf: (call) => this.#options.faults?.(call),
      onClosed: () => this.#handles.delete(handle),
    });
    this.#handles.add(handle);
    return handle;
  }

  /** Takes over a pod that runs already, so that a world can begin with what is live. */
  adopt(clusterUid: string, pod: AdoptedPod): void {
    this.#machine.adopt(clusterUid, pod);
  }

  /**
   * Stops or brings back the engine. Going away cuts every call and stream; containers run on unless `killContainers`
   * is set.
   */
  setAvailable(isAvailable: boolean, options: { readonly killContainers?: boolean } = {}): void {
    if (this.#isAvailable === isAvailable) return;
    this.#isAvailable = isAvailable;
    this.#trace(isAvailable ? 'engine up' : 'engine down');
    if (isAvailable) return;
    const error = new RuntimeError('EngineUnavailable', 'the simulated engine is down');
    for (const handle of [...this.#handles]) handle.cut(error);
    if (options.killContainers !== true) return;
    for (const container of [...this.#machine.containers.values()]) container.die(137, false);
    for (const sandbox of this.#machine.sandboxes.values()) this.#machine.stopSandbox(sandbox);
  }

  /** What each container, dead ones included, sees of the machine's files. */
  mountsByContainer(): readonly {
    readonly pod: PodIdentity;
    readonly container: string;
    readonly mounts: readonly Mount[];
  }[] {
    return [...this.#machine.containers.values()].map(({ spec }) => ({
      pod: spec.pod,
      container: spec.name,
      mounts: spec.mounts,
    }));
  }

  /** Drops every event from now on without telling anybody, or delivers them again. */
  setEventsMuted(isMuted: boolean): void {
    this.#areEventsMuted = isMuted;
  }

  /** Ends every event stream with an error. */
  loseEvents(): void {
    for (const handle of [...this.#handles])
      handle.cutWatches(new RuntimeError('EngineUnavailable', 'event stream ended'));
  }

  /** Kills a container's process by hand. */
  killContainer(containerId: string, exitCode = 137, oomKilled = false): void {
    this.#machine.containers.get(containerId)?.die(exitCode, oomKilled);
  }

  /** Starts a container by hand, as it was created. */
  startByHand(containerId: string): void {
    const container = this.#machine.containers.get(containerId);
    if (container !== undefined) this.#machine.startByHand(container);
  }

  /** Kills a sandbox by hand; its containers run on in a namespace that nobody reaches. */
  killSandbox(sandboxId: string): void {
    const sandbox = this.#machine.sandboxes.get(sandboxId);
    if (sandbox !== undefined) this.#machine.stopSandbox(sandbox);
  }

  /** Removes a container or sandbox by hand. */
  removeByHand(id: string): void {
    const container = this.#machine.containers.get(id);
    if (container !== undefined) this.#machine.removeContainer(container);
    const sandbox = this.#machine.sandboxes.get(id);
    if (sandbox !== undefined) this.#machine.removeSandbox(sandbox);
  }

  /** Changes how an image behaves for starts and pulls from now on. */
  setImage(name: string, image: SimImage): void {
    this.#machine.setImage(name, image);
  }

  /** Removes an image from the box by hand. */
  dropImage(name: string): void {
    this.#machine.dropImage(name);
  }

  /** The images on the box, by their names. */
  imageNames(): readonly string[] {
    return this.#machine.images().flatMap(({ names }) => names);
  }

  /** Every container of every cluster, oldest first. */
  containers(): readonly ContainerState[] {
    return [...this.#machine.containers.values()].map((container) => container.state());
  }

  /** Lets something that is no container of Berth hold memory of the machine. */
  setForeignMemory(bytes: number): void {
    this.#foreignMemoryBytes = bytes;
  }

  /** What the whole machine uses: its containers, and what else holds memory. */
  machineUsage(): {
    readonly cpuNanoseconds: number;
    readonly memoryWorkingSetBytes: number;
    readonly memoryAvailableBytes: number;
  } {
    const running = [...this.#machine.containers.values()].filter(({ isRunning }) => isRunning);
    const cpuMs = running.reduce((sum, { process, uptimeMs }) => sum + usedCpuMs(process, uptimeMs), 0);
    const used = running.reduce((sum, { process }) => sum + memoryOf(process), this.#foreignMemoryBytes);
    const memoryAvailableBytes = Math.max(0, this.memoryBytes - used);
    return { cpuNanoseconds: Math.round(cpuMs * 1e6), memoryWorkingSetBytes: used, memoryAvailableBytes };
  }

  /** The disks of the machine; the engine has one of its own on few. */
  get disks(): readonly [SimDiskName, ...SimDiskName[]] {
    return this.#options.hasOwnDisk === true ? ['machine', 'engine'] : ['machine'];
  }

  /**
   * Fills a disk to a share with what is not Berth's. Images that go and containers that write change it from then on.
   */
  fillDisk(share: number, disk: SimDiskName = 'machine'): void {
    this.#strangersBytes[disk] = Math.round(DISK_BYTES * share) - this.#ownDiskBytes(disk);
  }

  /** Lets small files of others use a share of the inodes. */
  fillInodes(share: number): void {
    this.#inodesShare = share;
  }

  /** The disk that a path lies on. */
  disk(path: string): {
    readonly device: string;
    readonly capacityBytes: number;
    readonly availableBytes: number;
    readonly inodes: number;
    readonly freeInodes: number;
  } {
    const device = path.startsWith(SIM_ENGINE_ROOT) ? this.#engineDisk : 'machine';
    const availableBytes = Math.max(0, DISK_BYTES - this.#strangersBytes[device] - this.#ownDiskBytes(device));
    const { inodes = 1_000_000 } = this.#options;
    return {
      device,
      capacityBytes: DISK_BYTES,
      availableBytes,
      inodes,
      freeInodes: Math.floor(inodes * (1 - this.#inodesShare)),
    };
  }

  get #engineDisk(): SimDiskName {
    return this.#options.hasOwnDisk === true ? 'engine' : 'machine';
  }

  #ownDiskBytes(disk: SimDiskName): number {
    if (disk !== this.#engineDisk) return 0;
    const images = this.#machine.images().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const containers = [...this.#machine.containers.values()];
    return containers.reduce((sum, { process }) => sum + (process.diskBytes ?? 0), images);
  }

  /** Where the paths of a container lead on the host. */
  mountsOf(containerId: string): readonly Mount[] {
    return this.#machine.containers.get(containerId)?.spec.mounts ?? [];
  }

  sandboxes(): readonly SandboxState[] {
    return [...this.#machine.sandboxes.values()].map((sandbox) => this.#machine.sandboxState(sandbox));
  }

  /** Whether a connection to this address and port is accepted now: a pod's, the node's, or a host port's. */
  isListening(address: string, port: number): boolean {
    return this.#machine.isListening(address, port);
  }

  /** The answer to an HTTP request at this moment; `undefined` when the connection is refused. */
  httpGet(address: string, port: number, path: string): SimHttpResponse | undefined {
    return this.#machine.httpGet(address, port, path);
  }

  #publish(clusterUid: string, event: RuntimeEvent): void {
    const exit = event.exitCode === undefined ? '' : ` (${event.exitCode})`;
    this.#trace(`${event.type} ${event.podUid}/${event.name} ${event.action}${exit}`);
    if (this.#areEventsMuted || !this.#isAvailable) return;
    for (const handle of [...this.#handles]) handle.deliver(clusterUid, event);
  }

  #trace(line: string): void {
    this.#options.onTrace?.(`${this.#options.clock.monotonicMs()} ${line}`);
  }
}

/** Makes a simulated container engine. */
export function createSimEngine(options: SimEngineOptions): SimEngine {
  return new SimEngine(options);
}
