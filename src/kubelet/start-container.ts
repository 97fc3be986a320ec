import { messageOf } from '../lib/errors.ts';
import type { Pod } from '../objects/types.ts';
import { type ImageInfo, RuntimeError } from '../runtime/runtime.ts';
import { computeContainerSpec } from './compute-runtime-spec.ts';
import { computeEnvironment } from './environment/compute-environment.ts';
import { MissingConfigError } from './environment/config-sources.ts';
import { hideValues, secretValuesOf } from './environment/hide-secrets.ts';
import type { Container } from './observed-pod.ts';
import type { StartBlock } from './pod-snapshot.ts';
import type { PodVolumes } from './volumes/pod-volumes.ts';
import { downwardOf, recordPodEvent, sourcesOf, type WorkerContext } from './worker-context.ts';

export interface StartRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly sandboxId: string;
  readonly podIp: string;
  readonly attempt: number;
  readonly image: ImageInfo;
  readonly volumes: PodVolumes;
}

/** A start that did not come to be; `reason` is what `kubectl get pods` shows. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason: StartBlock['reason'];

  /** `secrets` are values that the engine may repeat and that must not get any further. */
  constructor(reason: StartBlock['reason'], cause: unknown, secrets: readonly string[]) {
    super(hideValues(messageOf(cause), secrets), { cause });
    this.reason = reason;
  }
}

/**
 * Creates and starts one container of a pod and returns its id. Rejects with a `StartError` in the step that failed, or
 * with the engine's own error when the engine is away.
 */
export async function startContainer(context: WorkerContext, request: StartRequest): Promise<string> {
  const { runtime, cache } = context;
  const { pod, container, attempt, sandboxId, podIp, image } = request;
  const sources = sourcesOf(context, pod);
  const step = createStep(() => secretValuesOf(container, sources));
  const prepared = await step('CreateContainerConfigError', async () => {
    const env = computeEnvironment({ pod, container, sources, downward: downwardOf(context, podIp) });
    const values = new Map(env.map(({ name, value }) => [name, value]));
    const mounts = await request.volumes.mountsOf(pod, container, attempt, podIp, values);
    const nodeMemoryBytes = context.capacity().memoryBytes;
    return computeContainerSpec({ pod, container, sandboxId, attempt, image, env, mounts, nodeMemoryBytes });
  });
  // What was just read must be on disk before the engine sees it.
  await context.client.durable();
  const id = await step('CreateContainerError', () => runtime.createContainer(prepared));
  cache.noteCreated(prepared, id, image.repoDigests[0] ?? image.id);
  const created = { type: 'Normal', reason: 'Created', message: `Created container: ${container.name}` } as const;
  recordPodEvent(context, pod, created, container);
  cache.beginStart(id);
  try {
    await step('RunContainerError', () => runtime.startContainer(id));
  } catch (error) {
    // Whether the process could not be started is up to what the engine keeps of it; where it does not say, the start
    // is tried again.
    await cache.refresh(pod.metadata.uid, id).catch(() => {});
    throw error;
  } finally {
    cache.endStart(id);
  }
  cache.noteStarted(pod.metadata.uid, id);
  const started = { type: 'Normal', reason: 'Started', message: `Started container ${container.name}` } as const;
  recordPodEvent(context, pod, started, container);
  return id;
}

/** Runs one step of a start; an error of it becomes a `StartError` of this reason, without the values of secrets. */
function createStep(secrets: () => readonly string[]) {
  return async <T>(reason: StartBlock['reason'], work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof RuntimeError && error.reason === 'EngineUnavailable') throw error;
      const isMissing = error instanceof MissingConfigError;
      throw new StartError(isMissing ? 'CreateContainerConfigError' : reason, error, secrets());
    }
  };
}
