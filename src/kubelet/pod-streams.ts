import { ApiError } from '../api/api-error.ts';
import type { Client } from '../api/client.ts';
import type {
  ContainerReference,
  PodAttachOptions,
  PodExecOptions,
  PodLogOptions,
  PodLogStream,
  PodReference,
  PodStreams,
} from '../api/pod-streams.ts';
import type { AttachSession, ByteConnection, ExecSession } from '../lib/byte-streams.ts';
import { messageOf } from '../lib/errors.ts';
import type { Pod } from '../objects/types.ts';
import { type LogLine, type Runtime, RuntimeError } from '../runtime/runtime.ts';
import { allContainers, attemptsOf, type Container, newestSandbox } from './observed-pod.ts';
import type { RuntimeCache } from './runtime-cache.ts';

export interface KubeletStreamsOptions {
  readonly client: Client;
  readonly runtime: Runtime;
  readonly cache: RuntimeCache;
}

/** Logs of, commands in and connections to the containers of this node's pods. Refusals are worded as the kubelet's. */
export class KubeletStreams implements PodStreams {
  readonly #options: KubeletStreamsOptions;

  constructor(options: KubeletStreamsOptions) {
    this.#options = options;
  }

  async logs(reference: ContainerReference, options: PodLogOptions): Promise<PodLogStream> {
    const id = this.#logContainer(reference, options.previous);
    const stream = await this.#options.runtime
      .logs(id, {
        follow: options.follow,
        timestamps: options.timestamps,
        ...(options.tailLines === undefined ? {} : { tailLines: options.tailLines }),
        ...(options.sinceMs === undefined ? {} : { sinceMs: options.sinceMs }),
      })
      .catch((error: unknown) => {
        throw toApiError(error);
      });
    return { chunks: toChunks(stream.lines, options.limitBytes), close: () => stream.close() };
  }

  async exec(reference: ContainerReference, options: PodExecOptions): Promise<ExecSession> {
    const { id } = this.#running(reference);
    return this.#options.runtime.exec(id, options).catch((error: unknown) => {
      throw toApiError(error);
    });
  }

  async attach(reference: ContainerReference, options: PodAttachOptions): Promise<AttachSession> {
    const { id, container } = this.#running(reference);
    const { tty = false, stdin = false } = container;
    const joined = { tty, stdin: stdin && options.stdin, onOutput: options.onOutput };
    return this.#options.runtime.attach(id, joined).catch((error: unknown) => {
      throw toApiError(error);
    });
  }

  async connect(reference: PodReference, port: number): Promise<ByteConnection> {
    const { uid } = this.#pod(reference).metadata;
    const sandbox = newestSandbox(this.#options.cache.pod(uid));
    if (sandbox?.running !== true) throw new ApiError('NotFound', `pod not found ("${reference.pod}")`);
    return this.#options.runtime.connect(sandbox.id, port).catch((error: unknown) => {
      throw toApiError(error);
    });
  }

  #pod({ namespace, pod: name, podUid }: PodReference): Pod {
    const pod = this.#options.client.get('Pod', { namespace, name });
    if (pod?.metadata.uid !== podUid) throw new ApiError('NotFound', `pod "${name}" does not exist`);
    return pod;
  }

  #container(reference: ContainerReference): { readonly pod: Pod; readonly container: Container } {
    const pod = this.#pod(reference);
    const container = allContainers(pod).find(({ name }) => name === reference.container);
    if (container !== undefined) return { pod, container };
    throw new ApiError('BadRequest', `container ${reference.container} is not valid for pod ${reference.pod}`);
  }

  #running(reference: ContainerReference): { readonly id: string; readonly container: Container } {
    const { pod, container } = this.#container(reference);
    const [newest] = attemptsOf(this.#options.cache.pod(pod.metadata.uid), container.name);
    if (newest?.status === 'running') return { id: newest.id, container };
    throw new ApiError('NotFound', `container not found ("${reference.container}")`);
  }

  /** As the kubelet's validateContainerLogStatus: a container that waits shows its last run, if it had one. */
  #logContainer(reference: ContainerReference, previous: boolean): string {
    const { pod } = this.#container(reference);
    const { container } = reference;
    const attempts = attemptsOf(this.#options.cache.pod(pod.metadata.uid), container);
    const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
      ({ name }) => name === container,
    );
    const waiting = status?.state?.waiting;
    const exited = attempts.filter((state) => state.status === 'exited');
    if (previous) {
      // While a container waits for its restart, its last run is the "previous" one as well as the one whose log is
      // shown.
      const last = exited.find(({ id }) => waiting !== undefined || id !== attempts[0]?.id);
      if (last !== undefined) return last.id;
      const message = `previous terminated container "${container}" in pod "${reference.pod}" not found`;
      throw new ApiError('BadRequest', message);
    }
    const shown = attempts.find((state) => state.status !== 'created');
    if (shown !== undefined) return shown.id;
    const why = waitingWords(waiting?.reason);
    throw new ApiError('BadRequest', `container "${container}" in pod "${reference.pod}" is waiting to start: ${why}`);
  }
}

function waitingWords(reason: string | undefined): string {
  if (reason === 'ErrImagePull') return "image can't be pulled";
  if (reason === 'ImagePullBackOff') return 'trying and failing to pull image';
  return reason ?? 'ContainerCreating';
}

async function* toChunks(lines: AsyncIterable<LogLine>, limitBytes: number | undefined): AsyncIterable<Uint8Array> {
  const encoder = new TextEncoder();
  let left = limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const { timestamp, text } of lines) {
    const chunk = encoder.encode(timestamp === '' ? `${text}\n` : `${timestamp} ${text}\n`);
    yield chunk.length <= left ? chunk : chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

function toApiError(error: unknown): ApiError {
  const isAway = error instanceof RuntimeError && error.reason === 'EngineUnavailable';
  if (isAway) return new ApiError('ServiceUnavailable', `container runtime is down: ${messageOf(error)}`);
  const isGone = error instanceof RuntimeError && error.reason === 'NotFound';
  return new ApiError(isGone ? 'NotFound' : 'InternalError', messageOf(error));
}
