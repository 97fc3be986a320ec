import type { Clock } from '../../lib/clock.ts';
import { type Random, randomInteger } from '../../lib/random.ts';
import { normalizeImageName } from '../image-reference.ts';
import {
  type ContainerSpec,
  type ImageInfo,
  type PodNetwork,
  RuntimeError,
  type RuntimeEvent,
  type SandboxSpec,
  type SandboxState,
  type StoredImage,
} from '../runtime.ts';
import type { DurationRangeMs, SimHttpResponse, SimImage, SimProcess } from './sim-behaviour.ts';
import { type AdoptedContainerState, SimContainer } from './sim-container.ts';

export interface SimSandbox {
  readonly id: string;
  readonly clusterUid: string;
  readonly spec: SandboxSpec;
  readonly createdAtMs: number;
  readonly containers: Set<SimContainer>;
  running: boolean;
  /** Given at each start, as engines do it, and empty in between. */
  ip: string;
}

/** A pod that ran on the box before this engine was there. Nothing is told of it: whoever asks finds it. */
export interface AdoptedPod {
  readonly sandbox: SandboxSpec;
  readonly ip: string;
  readonly containers: readonly (AdoptedContainerState & {
    readonly id: string;
    readonly imageId: string;
    readonly spec: Omit<ContainerSpec, 'sandboxId'>;
  })[];
}

export interface SimMachineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly images: Readonly<Record<string, SimImage>>;
  readonly unknownImage: SimImage;
  readonly network: PodNetwork;
  readonly nodeIp: string;
  readonly onEvent: (clusterUid: string, event: RuntimeEvent) => void;
}

/** What checkers compare with the invariants of the design. */
export interface SimCounters {
  readonly pulls: number;
  readonly starts: number;
  readonly exits: number;
  /** Most containers that ran at once. */
  readonly runningMax: number;
  /** Each moment at which two containers of one pod uid and name ran at once; must stay empty. */
  readonly doubleRuns: readonly string[];
}

/**
 * The state of the simulated engine and the effect of each call on it, without delays or failures of the engine itself.
 * It lives on when Berth crashes.
 *
 * Invariant: `#sandboxesByIp` holds exactly the running sandboxes and `#addresses` what they use of the pod network;
 * `#byIdentity` holds every sandbox and container.
 */
export class SimMachine {
  readonly sandboxes = new Map<string, SimSandbox>();
  readonly containers = new Map<string, SimContainer>();
  readonly #options: SimMachineOptions;
  readonly #behaviours = new Map<string, SimImage>();
  readonly #imageIds = new Map<string, string>();
  readonly #imageNames = new Map<string, string>();
  readonly #byIdentity = new Map<string, SimSandbox | SimContainer>();
  readonly #addresses = new Set<string>();
  readonly #sandboxesByIp = new Map<string, Set<SimSandbox>>();
  readonly #runningByKey = new Map<string, number>();
  readonly #doubleRuns: string[] = [];
  /** Beside one of these a container may run twice through no fault of Berth's. */
  readonly #startedByHand = new Set<SimContainer>();
  #running = 0;
  #runningMax = 0;
  #pulls = 0;
  #starts = 0;
  #exits = 0;
  #nextAddress = 2;

  constructor(options: SimMachineOptions) {
    this.#options = options;
    for (const [name, image] of Object.entries(options.images)) this.setImage(name, image);
  }

  get counters(): SimCounters {
    return {
      pulls: this.#pulls,
      starts: this.#starts,
      exits: this.#exits,
      runningMax: this.#runningMax,
      doubleRuns: [...this.#doubleRuns],
    };
  }

  get hasDoubleRun(): boolean {
    return this.#doubleRuns.length > 0;
  }

  /** Sets how an image behaves from now on; running processes are not touched. */
  setImage(name: string, image: SimImage): void {
    const key = normalizeImageName(name);
    this.#behaviours.set(key, image);
    if (image.present === true) this.#addImage(key);
  }

  images(): readonly StoredImage[] {
    return [...this.#imageIds].map(([key, id]) => ({ id, names: [key], sizeBytes: sizeOf(this.#behaviourAt(key)) }));
  }

  /** `false` when a container was made from it. */
  removeImage(id: string): boolean {
    const key = this.#imageNames.get(id);
    if (key === undefined) return true;
    if ([...this.containers.values()].some(({ spec }) => this.imageInfo(spec.image)?.id === id)) return false;
    this.dropImage(key);
    return true;
  }

  dropImage(name: string): void {
    const key = normalizeImageName(name);
    this.#imageNames.delete(this.#imageIds.get(key) ?? '');
    this.#imageIds.delete(key);
  }

  behaviourOf(image: string): SimImage {
    return this.#behaviourAt(this.#imageKey(image));
  }

  #behaviourAt(key: string): SimImage {
    return this.#behaviours.get(key) ?? this.#options.unknownImage;
  }

  imageInfo(image: string): ImageInfo | undefined {
    const key = this.#imageKey(image);
    const id = this.#imageIds.get(key);
    if (id === undefined) return undefined;
    const behaviour = this.#behaviourAt(key);
    const name = key.replace(/[:@][^/]*$/, '');
    return {
      id,
      repoDigests: behaviour.present === true ? [] : [`${name}@${id}`],
      sizeBytes: sizeOf(behaviour),
      user: behaviour.user ?? '',
      entrypoint: behaviour.entrypoint ?? [],
      cmd: behaviour.cmd ?? ['serve'],
    };
  }

  addPulledImage(image: string): void {
    this.#pulls++;
    this.#addImage(this.#imageKey(image));
  }

  runSandbox(clusterUid: string, spec: SandboxSpec): SimSandbox {
    const known = this.#byIdentity.get(identityOf(clusterUid, spec.pod.uid, '', spec.attempt));
    const existing = known instanceof SimContainer ? undefined : known;
    if (existing?.running) return existing;
    this.#refuseTakenPorts(spec);
    const sandbox = existing ?? this.#createSandbox(clusterUid, spec);
    this.#setRunning(sandbox, spec.hostNetwork ? this.#options.nodeIp : this.#newAddress());
    this.#emitSandbox(sandbox, 'start');
    return sandbox;
  }

  adopt(clusterUid: string, { sandbox: spec, ip, containers }: AdoptedPod): void {
    const sandbox = this.#putSandbox(clusterUid, spec);
    this.#setRunning(sandbox, ip);
    for (const { id, imageId, spec: part, ...state } of containers) {
      const container = this.#putContainer(sandbox, id, imageId, { ...part, sandboxId: sandbox.id });
      container.adopt(state, this.chooseProcess(container));
      if (container.isRunning) this.#countStart(container);
    }
  }

  stopSandbox(sandbox: SimSandbox): void {
    if (!sandbox.running) return;
    sandbox.running = false;
    const neighbours = this.#sandboxesByIp.get(sandbox.ip);
    neighbours?.delete(sandbox);
    if (neighbours?.size === 0) this.#sandboxesByIp.delete(sandbox.ip);
    this.#addresses.delete(sandbox.ip);
    sandbox.ip = '';
    this.#emitSandbox(sandbox, 'die');
  }

  removeSandbox(sandbox: SimSandbox): void {
    for (const container of [...sandbox.containers]) this.removeContainer(container);
    this.stopSandbox(sandbox);
    if (!this.sandboxes.delete(sandbox.id)) return;
    this.#byIdentity.delete(identityOf(sandbox.clusterUid, sandbox.spec.pod.uid, '', sandbox.spec.attempt));
    this.#emitSandbox(sandbox, 'destroy');
  }

  createContainer(clusterUid: string, spec: ContainerSpec): SimContainer {
    const identity = identityOf(clusterUid, spec.pod.uid, spec.name, spec.attempt);
    const existing = this.#byIdentity.get(identity);
    if (existing instanceof SimContainer) return existing;
    const sandbox = this.sandboxes.get(spec.sandboxId);
    if (sandbox?.clusterUid !== clusterUid) throw new RuntimeError('NotFound', `No such container: ${spec.sandboxId}`);
    const image = this.imageInfo(spec.image);
    if (image === undefined) throw new RuntimeError('ImageNotFound', `No such image: ${spec.image}`);
    const container = this.#putContainer(sandbox, this.#newId(), image.id, spec);
    this.#emitContainer(container, 'create');
    return container;
  }

  /** What its process will do; drawn before the start, so that the caller can see whether the start call hangs. */
  chooseProcess(container: SimContainer): SimProcess {
    const image = this.behaviourOf(container.spec.image);
    if (typeof image.process !== 'function') return image.process ?? {};
    const { pod, name, attempt, env } = container.spec;
    return image.process({
      pod,
      name,
      attempt,
      command: [
        ...(container.spec.command ?? image.entrypoint ?? []),
        ...(container.spec.args ?? (container.spec.command === undefined ? (image.cmd ?? []) : [])),
      ],
      env: Object.fromEntries(env.map((entry) => [entry.name, entry.value])),
    });
  }

  startContainer(container: SimContainer, process: SimProcess): void {
    if (container.isRunning) return;
    if (this.sandboxes.get(container.spec.sandboxId)?.running !== true) {
      throw new RuntimeError('StartFailed', 'cannot join network of a non running container');
    }
    if (process.start === 'fails') {
      const message = 'OCI runtime create failed: exec: "serve": executable file not found in $PATH';
      container.failStart(message);
      throw new RuntimeError('StartFailed', message);
    }
    this.#countStart(container);
    this.#noteDoubleRun(container);
    this.#starts++;
    container.start(process);
    this.#emitContainer(container, 'start');
  }

  /**
   * Whoever does so beside another instance of it makes it run twice, and not Berth; so does a start that is under way
   * meanwhile. Nothing happens where its sandbox is gone.
   */
  startByHand(container: SimContainer): void {
    if (container.isRunning || this.sandboxes.get(container.spec.sandboxId)?.running !== true) return;
    const process = this.chooseProcess(container);
    if (process.start !== undefined && process.start !== 'ok') return;
    this.#startedByHand.add(container);
    this.#countStart(container);
    container.start(process);
    this.#emitContainer(container, 'start');
  }

  removeContainer(container: SimContainer): void {
    container.die(137, false);
    if (!this.containers.delete(container.id)) return;
    const { pod, name, attempt, sandboxId } = container.spec;
    this.#byIdentity.delete(identityOf(container.clusterUid, pod.uid, name, attempt));
    this.sandboxes.get(sandboxId)?.containers.delete(container);
    this.#emitContainer(container, 'destroy');
  }

  sandboxState(sandbox: SimSandbox): SandboxState {
    const { id, ip, createdAtMs, running, spec } = sandbox;
    return { id, pod: spec.pod, attempt: spec.attempt, running, ip, createdAtMs };
  }

  isListening(address: string, port: number): boolean {
    return this.#listener(address, port) !== undefined;
  }

  httpGet(address: string, port: number, path: string): SimHttpResponse | undefined {
    const found = this.#listener(address, port);
    if (found === undefined) return undefined;
    const { container } = found;
    return container.process.http?.({ port: found.port, path, uptimeMs: container.uptimeMs }) ?? { status: 200 };
  }

  draw(range: DurationRangeMs): number {
    return randomInteger(this.#options.random, range[0], range[1]);
  }

  #listener(address: string, port: number): { readonly container: SimContainer; readonly port: number } | undefined {
    for (const sandbox of this.#sandboxesByIp.get(address) ?? []) {
      const container = this.#listenerIn(sandbox, port);
      if (container !== undefined) return { container, port };
    }
    if (address !== this.#options.nodeIp && address !== '127.0.0.1') return undefined;
    for (const sandbox of this.sandboxes.values()) {
      const mapping = sandbox.running
        ? sandbox.spec.portMappings.find((candidate) => candidate.hostPort === port)
        : undefined;
      if (mapping === undefined) continue;
      const container = this.#listenerIn(sandbox, mapping.containerPort);
      if (container !== undefined) return { container, port: mapping.containerPort };
    }
    return undefined;
  }

  #listenerIn(sandbox: SimSandbox, port: number): SimContainer | undefined {
    for (const container of sandbox.containers) if (container.isListening(port)) return container;
    return undefined;
  }

  #createSandbox(clusterUid: string, spec: SandboxSpec): SimSandbox {
    const sandbox = this.#putSandbox(clusterUid, spec);
    this.#emitSandbox(sandbox, 'create');
    return sandbox;
  }

  #putSandbox(clusterUid: string, spec: SandboxSpec): SimSandbox {
    const sandbox: SimSandbox = {
      id: this.#newId(),
      clusterUid,
      spec,
      createdAtMs: this.#options.clock.wallMs(),
      containers: new Set(),
      running: false,
      ip: '',
    };
    this.sandboxes.set(sandbox.id, sandbox);
    this.#byIdentity.set(identityOf(clusterUid, spec.pod.uid, '', spec.attempt), sandbox);
    return sandbox;
  }

  #setRunning(sandbox: SimSandbox, ip: string): void {
    sandbox.running = true;
    sandbox.ip = ip;
    if (!sandbox.spec.hostNetwork) this.#addresses.add(ip);
    const neighbours = this.#sandboxesByIp.get(ip) ?? new Set();
    this.#sandboxesByIp.set(ip, neighbours.add(sandbox));
  }

  #putContainer(sandbox: SimSandbox, id: string, imageId: string, spec: ContainerSpec): SimContainer {
    const { clusterUid } = sandbox;
    const container = new SimContainer({
      id,
      clusterUid,
      spec,
      imageId,
      stopSignal: this.behaviourOf(spec.image).stopSignal ?? 'TERM',
      clock: this.#options.clock,
      onExit: (exited) => this.#noteExit(exited),
    });
    this.containers.set(id, container);
    this.#byIdentity.set(identityOf(clusterUid, spec.pod.uid, spec.name, spec.attempt), container);
    sandbox.containers.add(container);
    return container;
  }

  #countStart(container: SimContainer): void {
    const key = containerKey(container);
    const running = (this.#runningByKey.get(key) ?? 0) + 1;
    this.#runningByKey.set(key, running);
    this.#running++;
    this.#runningMax = Math.max(this.#runningMax, this.#running);
  }

  #noteDoubleRun(container: SimContainer): void {
    const key = containerKey(container);
    const running = this.#runningByKey.get(key) ?? 0;
    if (running < 2) return;
    const isByHand = [...this.#startedByHand].some((other) => other.isRunning && containerKey(other) === key);
    if (!isByHand) this.#doubleRuns.push(`${key} runs ${running} times at ${this.#options.clock.monotonicMs()} ms`);
  }

  #refuseTakenPorts(spec: SandboxSpec): void {
    for (const wanted of spec.hostNetwork ? [] : spec.portMappings) {
      for (const other of this.sandboxes.values()) {
        const taken = other.running && other.spec.portMappings.some((mapping) => portsClash(mapping, wanted));
        if (taken)
          throw new RuntimeError(
            'PortInUse',
            `Bind for host port ${wanted.hostPort} failed: port is already allocated`,
          );
      }
    }
  }

  #newAddress(): string {
    const [a, b] = this.#options.network.cidr.split('.');
    for (let tries = 0; tries < 65_530; tries++) {
      const address = `${a}.${b}.${this.#nextAddress >> 8}.${this.#nextAddress & 255}`;
      this.#nextAddress = this.#nextAddress === 65_533 ? 2 : this.#nextAddress + 1;
      if (this.#addresses.has(address)) continue;
      this.#addresses.add(address);
      return address;
    }
    throw new RuntimeError('Unknown', 'no available IPv4 addresses on this network');
  }

  #noteExit(container: SimContainer): void {
    const key = containerKey(container);
    const left = (this.#runningByKey.get(key) ?? 1) - 1;
    if (left === 0) this.#runningByKey.delete(key);
    else this.#runningByKey.set(key, left);
    this.#running--;
    this.#exits++;
    if (container.state().oomKilled === true) this.#emitContainer(container, 'oom');
    this.#emitContainer(container, 'die');
  }

  #emitSandbox(sandbox: SimSandbox, action: RuntimeEvent['action']): void {
    const { id, spec, clusterUid } = sandbox;
    this.#options.onEvent(clusterUid, { type: 'sandbox', action, id, podUid: spec.pod.uid, name: '' });
  }

  #emitContainer(container: SimContainer, action: RuntimeEvent['action']): void {
    const { id, spec, clusterUid, exitCode } = container;
    const event = { type: 'container', action, id, podUid: spec.pod.uid, name: spec.name } as const;
    this.#options.onEvent(clusterUid, action === 'die' && exitCode !== undefined ? { ...event, exitCode } : event);
  }

  /** Names and ids find the same image. */
  #imageKey(image: string): string {
    return this.#imageNames.get(image) ?? normalizeImageName(image);
  }

  #addImage(key: string): void {
    if (this.#imageIds.has(key)) return;
    const id = `sha256:${this.#newId()}`;
    this.#imageIds.set(key, id);
    this.#imageNames.set(id, key);
  }

  #newId(): string {
    let id = '';
    for (let i = 0; i < 8; i++) id += this.#options.random.nextUint32().toString(16).padStart(8, '0');
    return id;
  }
}

/** What makes a second create call of the same thing find the first one's; a sandbox has no name. */
function identityOf(clusterUid: string, podUid: string, name: string, attempt: number): string {
  return `${clusterUid}/${podUid}/${name}/${attempt}`;
}

function containerKey(container: SimContainer): string {
  return `${container.spec.pod.uid}/${container.spec.name}`;
}

function portsClash(a: SandboxSpec['portMappings'][number], b: SandboxSpec['portMappings'][number]): boolean {
  if (a.hostPort !== b.hostPort || a.protocol !== b.protocol) return false;
  const isAny = (ip: string) => ip === '' || ip === '0.0.0.0';
  return a.hostIp === b.hostIp || isAny(a.hostIp) || isAny(b.hostIp);
}

function sizeOf({ sizeBytes = 10_000_000 }: SimImage): number {
  return sizeBytes;
}
