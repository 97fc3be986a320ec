/**
 * Bytes on their way to and from a process or a port, as the engine gives them, the node agent passes them on and the
 * API serves them.
 */

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The end of a process's streams that is not its own. */
export interface ProcessStreams {
  /** Resolves once there is room for more. */
  writeStdin(chunk: Uint8Array): Promise<void>;
  /** Half-closes: the process sees the end of its input, and its output still arrives. */
  endStdin(): void;
  resize(size: TerminalSize): Promise<void>;
  /** Ends the streams; the process may go on. */
  close(): void;
}

/** A command that runs. */
export interface ExecSession extends ProcessStreams {
  /**
   * Resolves with the exit code once the command has ended and all output was handed out. Rejects when the connection
   * to it is lost.
   */
  readonly exitCode: Promise<number>;
}

/** Somebody who has joined a process. */
export interface AttachSession extends ProcessStreams {
  /** Resolves once the process has ended and all output was handed out. Rejects when the connection to it is lost. */
  readonly ended: Promise<void>;
}

/** One TCP connection into a pod. */
export interface ByteConnection {
  /** What comes from the pod, to its end. Throws when the connection breaks. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Resolves once there is room for more. */
  write(chunk: Uint8Array): Promise<void>;
  /** Half-closes: the pod sees the end of its input, and what it sends still arrives. */
  end(): void;
  close(): void;
}
