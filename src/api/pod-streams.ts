/**
 * The streams of a pod's containers, as the API serves them (`log`, `exec`, `attach`, `portforward`) and the node agent provides them. It sits between two siblings, so
 * it names nothing of either. Failures are `ApiError`s in the kubelet's words, such as `container "web" in pod "web-1" is waiting to start: …`.
 */
export interface PodStreams {
  /**
   * Opens the log of a container. Resolves once the first byte can be read, rejects when the container has none. `close` ends a stream that
   * follows; the iteration ends by itself at the log's end, or when a followed container has gone.
   */
  logs(container: ContainerReference, options: PodLogOptions): Promise<PodLogStream>;
  /** Starts a command in a running container. */
  exec(container: ContainerReference, options: PodExecOptions): Promise<PodExecSession>;
  /** Joins the streams of a running container's own process. With a terminal of the container's everything comes as `stdout`. */
  attach(container: ContainerReference, options: PodAttachOptions): Promise<PodAttachSession>;
  /** Connects to a TCP port of a running pod. */
  connect(pod: PodReference, port: number): Promise<PodConnection>;
}

export interface PodReference {
  readonly namespace: string;
  readonly pod: string;
  /** The pod's uid as the registry had it: a pod of the same name that came after it is another one. */
  readonly podUid: string;
}

export interface ContainerReference extends PodReference {
  readonly container: string;
}

export interface PodLogOptions {
  /** Goes on with what is written later. */
  readonly follow: boolean;
  /** Puts an RFC 3339 time with nanoseconds and a space in front of each line. */
  readonly timestamps: boolean;
  /** The container's previous run instead of the present one. */
  readonly previous: boolean;
  /** Only this many lines from the end; 0 for none. */
  readonly tailLines?: number;
  /** Only lines since this wall time in milliseconds. */
  readonly sinceMs?: number;
  /** Ends the log after this many bytes. */
  readonly limitBytes?: number;
}

export interface PodLogStream {
  /** Whole lines with their line breaks, standard output and standard error in the order in which they came. */
  readonly chunks: AsyncIterable<Uint8Array>;
  close(): void;
}

export interface PodAttachOptions {
  readonly stdin: boolean;
  /** Called with output as it comes. */
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
}

export interface PodExecOptions extends PodAttachOptions {
  readonly command: readonly string[];
  /** Runs it in a terminal: everything comes as `stdout`. */
  readonly tty: boolean;
  readonly terminalSize?: { readonly columns: number; readonly rows: number };
}

/** The end of a process's streams that is not its own. */
export interface ProcessStreams {
  /** Resolves once there is room for more. */
  writeStdin(chunk: Uint8Array): Promise<void>;
  /** The process sees the end of its input; its output still comes. */
  endStdin(): void;
  resize(size: { readonly columns: number; readonly rows: number }): Promise<void>;
  /** Lets go of the process; it may go on. */
  close(): void;
}

export interface PodExecSession extends ProcessStreams {
  /** Resolves with the exit code once the command has ended and its output was handed out. Rejects when the connection to it is lost. */
  readonly exitCode: Promise<number>;
}

export interface PodAttachSession extends ProcessStreams {
  /** Resolves once the process has ended and its output was handed out. Rejects when the connection to it is lost. */
  readonly ended: Promise<void>;
}

/** One TCP connection into a pod. */
export interface PodConnection {
  /** What comes from the pod, to its end. Throws when the connection breaks. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Resolves once there is room for more. */
  write(chunk: Uint8Array): Promise<void>;
  /** The pod sees the end of its input; what it sends still comes. */
  end(): void;
  close(): void;
}
