import type { AttachSession, ByteConnection, ExecSession, TerminalSize } from '../lib/byte-streams.ts';

/**
 * The streams of a pod's containers, as the API serves them (`log`, `exec`, `attach`, `portforward`) and the node agent
 * provides them. It sits between two siblings, so it names nothing of either. Failures are `ApiError`s in the kubelet's
 * words, such as `container "web" in pod "web-1" is waiting to start: …`.
 */
export interface PodStreams {
  /**
   * Opens the log of a container. Resolves once the first byte can be read, rejects when the container has none.
   * `close` ends a stream that follows; the iteration ends by itself at the log's end, or when a followed container has
   * gone.
   */
  logs(container: ContainerReference, options: PodLogOptions): Promise<PodLogStream>;
  /** Starts a command in a running container. */
  exec(container: ContainerReference, options: PodExecOptions): Promise<ExecSession>;
  /**
   * Joins the streams of a running container's own process. With a terminal of the container's everything comes as
   * `stdout`.
   */
  attach(container: ContainerReference, options: PodAttachOptions): Promise<AttachSession>;
  /** Connects to a TCP port of a running pod. */
  connect(pod: PodReference, port: number): Promise<ByteConnection>;
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
  readonly terminalSize?: TerminalSize;
}
