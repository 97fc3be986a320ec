import type { AttachSession, ByteConnection, ExecSession, TerminalSize } from '../lib/byte-streams.ts';

/**
 * The port to a container engine. It runs pods the way the Container Runtime Interface does: a sandbox that holds the
 * namespaces, and containers that join it. It decides nothing: no restarts, no back-off, no garbage collection.
 * Everything that it made is found again through labels, and it touches nothing that does not carry its own cluster
 * uid.
 *
 * Failures are `RuntimeError`s whose `reason` the kubelet can act on.
 */
export interface Runtime {
  /** `docker` or `sim`. */
  readonly name: string;
  /** What the engine is. Rejects with `EngineUnavailable` while it does not answer. */
  info(): Promise<EngineInfo>;
  /** Makes the pod network and the sandbox image exist. Safe to repeat; called again after the engine came back. */
  prepare(): Promise<PodNetwork>;

  /**
   * Creates and starts the sandbox of a pod. A sandbox of the same pod uid and attempt that exists already is started
   * and returned.
   */
  runSandbox(spec: SandboxSpec): Promise<Sandbox>;
  /** Stops the sandbox; its pod must have no running containers left. Nothing happens when it is gone. */
  stopSandbox(sandboxId: string): Promise<void>;
  /** Removes the sandbox and whatever is left of its containers. Nothing happens when it is gone. */
  removeSandbox(sandboxId: string): Promise<void>;

  /**
   * Creates a container in a sandbox. One of the same pod uid, name and attempt that exists already is returned
   * instead.
   */
  createContainer(spec: ContainerSpec): Promise<string>;
  startContainer(containerId: string): Promise<void>;
  /**
   * Sends the stop signal (the container's own, else the image's, else TERM), waits `graceMs`, then kills. Resolves
   * once it has exited; at once when it does not run or is gone.
   */
  stopContainer(containerId: string, graceMs: number): Promise<void>;
  /** Removes the container, killing what runs in it. Nothing happens when it is gone. */
  removeContainer(containerId: string): Promise<void>;

  /** All sandboxes and containers of this cluster, running or not. One engine call, whatever their number. */
  list(): Promise<RuntimeState>;
  /** Details of one container; `undefined` when it is gone. */
  inspectContainer(containerId: string): Promise<ContainerState | undefined>;
  /**
   * Tells about every change of a sandbox or container of this cluster, from now on. `onLost` is called once when the
   * stream ends; events may be missing then, so open a new one first and list after. Returns what closes it, without a
   * call of `onLost`.
   */
  watch(onEvent: (event: RuntimeEvent) => void, onLost: (error: Error) => void): Promise<() => void>;

  /** `undefined` when the image is not on the box; `ImageInvalid` for what is no image name. */
  inspectImage(image: string): Promise<ImageInfo | undefined>;
  /** Every image on the box, whoever brought it there. */
  listImages(): Promise<readonly StoredImage[]>;
  /**
   * Removes an image with all of its names, which have to be given where it has several: one that it got since then
   * keeps it on the box. `false` when it stays because a container was made from it, whoever's. Nothing happens when it
   * is gone.
   */
  removeImage(id: string, names?: readonly string[]): Promise<boolean>;
  /** Pulls. Rejects with `ImageNotFound`, `ImageUnauthorized`, `RegistryUnavailable` or `ImageInvalid`. */
  pullImage(image: string, options: PullOptions): Promise<PulledImage>;

  /** Log lines of one container, oldest first. */
  logs(containerId: string, options: LogOptions): Promise<LogStream>;
  /** Runs a command in a container. Non-interactive use only collects output: see `exec`'s `onOutput`. */
  exec(containerId: string, options: ExecOptions): Promise<ExecSession>;
  /**
   * Joins the streams of a running container's own process: its output from now on, and its input where it was made
   * with one.
   */
  attach(containerId: string, options: AttachOptions): Promise<AttachSession>;
  /** Connects to a TCP port of a running sandbox. Rejects with `Conflict` when nobody listens there. */
  connect(sandboxId: string, port: number): Promise<ByteConnection>;
  /**
   * CPU time and memory of a container's cgroup, as the engine or the kernel tells it; `undefined` when it does not
   * run.
   */
  usage(containerId: string): Promise<ContainerUsage | undefined>;

  /**
   * What a container has on disk beyond its image and its mounts; `undefined` when it is gone. Costs the engine a walk
   * over its files.
   */
  diskUsage(containerId: string): Promise<ContainerDisk | undefined>;

  /** Removes every container, network and image tag that carries this cluster's uid. For `berth down`. */
  removeEverything(): Promise<RemovalSummary>;
  /** Closes streams and sockets. Containers go on running. */
  close(): Promise<void>;
}

export interface EngineInfo {
  /** `Docker Engine 28.2.2`. */
  readonly description: string;
  readonly version: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly cgroupVersion: '1' | '2';
  readonly cgroupDriver: string;
  readonly liveRestore: boolean;
  /**
   * Where it keeps images and what containers write, as a path of this machine; `undefined` where it runs on another
   * one.
   */
  readonly rootDirectory?: string;
}

export interface PodNetwork {
  /** Name of the bridge interface on the host, as rules and sysfs paths need it. */
  readonly bridge: string;
  /** `10.88.0.0/16`. */
  readonly cidr: string;
  /** Address of the bridge on the host. */
  readonly gateway: string;
}

/** What ties a sandbox or container to its pod. */
export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface SandboxSpec {
  readonly pod: PodIdentity;
  /** 0 for a pod's first sandbox, and one more for each that replaces it. */
  readonly attempt: number;
  readonly hostname: string;
  readonly hostNetwork: boolean;
  readonly portMappings: readonly PortMapping[];
  readonly dns: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly sysctls: Readonly<Record<string, string>>;
  /** Labels for other tools, beyond the ones that the driver sets itself. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface PortMapping {
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

export interface ContainerSpec {
  readonly pod: PodIdentity;
  readonly sandboxId: string;
  readonly name: string;
  /** Number of this start of the container within the pod: 0 for the first. */
  readonly attempt: number;
  /** Image id or name to run; it must be on the box. */
  readonly image: string;
  /** Overrides the image's entrypoint; kept when left out. */
  readonly command?: readonly string[];
  /**
   * Overrides the image's arguments; when only `command` is given, the image's arguments are dropped, as Kubernetes
   * does it.
   */
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly workingDir?: string;
  readonly mounts: readonly Mount[];
  /**
   * Sees the processes of the pod's sandbox and of its other containers that share theirs; the sandbox is their process
   * 1.
   */
  readonly sharePidNamespace?: boolean;
  readonly resources: ContainerResources;
  readonly security: ContainerSecurity;
  readonly tty: boolean;
  readonly stdin: boolean;
  /** Its input ends with that of the first client that was attached to it. */
  readonly stdinOnce: boolean;
  /** Bounds of the container's log on disk. */
  readonly log: { readonly maxSizeBytes: number; readonly maxFiles: number };
  /** Digest of the container's spec, kept as a label: a running container whose digest differs has to be replaced. */
  readonly specHash: string;
  /**
   * What the engine keeps as the container's own time to end, for whoever stops it without the kubelet: `berth down`,
   * or a person.
   */
  readonly stopGraceMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

export interface ContainerResources {
  /** Thousandths of a core, as a weight. */
  readonly cpuRequestMillis?: number;
  /** Thousandths of a core, enforced. */
  readonly cpuLimitMillis?: number;
  readonly memoryLimitBytes?: number;
  /** −1000 … 1000, as the kubelet derives it from the QoS class. */
  readonly oomScoreAdjust: number;
}

export interface ContainerSecurity {
  readonly privileged: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  readonly readOnlyRootFilesystem: boolean;
  readonly capabilitiesAdd: readonly string[];
  readonly capabilitiesDrop: readonly string[];
  readonly noNewPrivileges: boolean;
}

export interface Sandbox {
  readonly id: string;
  /** Address on the pod network; the host's own for a pod in the host's network. */
  readonly ip: string;
  /** Host side of the sandbox's link where the driver knows it; the proxy needs it for hairpin connections. */
  readonly hostInterface?: string;
}

export interface SandboxState {
  readonly id: string;
  readonly pod: PodIdentity;
  readonly attempt: number;
  readonly running: boolean;
  /** Empty while it does not run. A sandbox that is started again may get another one. */
  readonly ip: string;
  readonly createdAtMs: number;
}

export interface ContainerState {
  readonly id: string;
  readonly pod: PodIdentity;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly image: string;
  readonly imageId: string;
  readonly specHash: string;
  readonly status: 'created' | 'running' | 'exited';
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  /** As its spec had it; told by `inspectContainer` only. */
  readonly stopGraceMs?: number;
  /** The engine's own words when a start failed. */
  readonly error?: string;
}

export interface RuntimeState {
  readonly sandboxes: readonly SandboxState[];
  /**
   * `finishedAtMs`, `exitCode` and `oomKilled` may need `inspectContainer`: a list call of Docker does not carry them
   * all.
   */
  readonly containers: readonly ContainerState[];
}

export interface RuntimeEvent {
  readonly type: 'sandbox' | 'container';
  readonly action: 'create' | 'start' | 'die' | 'oom' | 'destroy';
  readonly id: string;
  readonly podUid: string;
  /** The container's name; empty for a sandbox. */
  readonly name: string;
  readonly exitCode?: number;
}

export interface ImageInfo {
  readonly id: string;
  /** `name@sha256:…` where the image came from a registry. */
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** As the image configures it: `1000`, `www-data`, `0:0`, or empty. */
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

export interface PulledImage extends ImageInfo {
  /**
   * The names under which the image was on the box before, none where that is not known; `undefined` when the pull has
   * brought it.
   */
  readonly namesBefore: readonly string[] | undefined;
}

export interface StoredImage {
  readonly id: string;
  /** `nginx:1.27`; none for an image whose name was given to a newer one. */
  readonly names: readonly string[];
  readonly sizeBytes: number;
}

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  readonly identityToken?: string;
}

export interface PullOptions {
  /** Tried in order, before those that the engine's own configuration has; none at all means anonymous. */
  readonly credentials: readonly RegistryCredentials[];
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number;
  readonly sinceMs?: number;
}

export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds; empty unless asked for. */
  readonly timestamp: string;
  /** Without its line break. Bytes that are not UTF-8 become U+FFFD. */
  readonly text: string;
}

export interface LogStream {
  readonly lines: AsyncIterable<LogLine>;
  close(): void;
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
  readonly terminalSize?: TerminalSize;
}

export interface AttachOptions {
  /** Whether the container was made with a terminal: everything comes as `stdout` then. */
  readonly tty: boolean;
  /** Takes the process's input, too. */
  readonly stdin: boolean;
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
}

export interface ContainerUsage {
  readonly cpuNanoseconds: number;
  readonly memoryWorkingSetBytes: number;
}

export interface ContainerDisk {
  /** What it has written beside its mounts, its log included. */
  readonly bytes: number;
}

export interface RemovalSummary {
  readonly containers: number;
  readonly networks: number;
  /** Names of networks that nothing uses and that the engine does not let go; left out when there are none. */
  readonly heldNetworks?: readonly string[];
}

export type RuntimeErrorReason =
  | 'EngineUnavailable'
  | 'NotFound'
  | 'Conflict'
  | 'Forbidden'
  | 'ImageNotFound'
  | 'ImageUnauthorized'
  | 'ImageInvalid'
  | 'RegistryUnavailable'
  | 'PortInUse'
  | 'InvalidSpec'
  | 'StartFailed'
  | 'Timeout'
  | 'Unknown';

/** A failed engine call. The message is one line in the engine's words, cleaned of addresses and secrets. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly reason: RuntimeErrorReason;

  constructor(reason: RuntimeErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.reason = reason;
  }
}
