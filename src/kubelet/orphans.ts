import { sleep } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { PODS_FOLDER, podPlaces } from './volumes/pod-volumes.ts';
import type { WorkerContext } from './worker-context.ts';

/** Of a pod whose object is gone nobody knows the grace period any more: Kubernetes' default. */
const GRACE_MS = 30_000;

/**
 * Removes what the engine has of a pod of this cluster that no object stands for, such as one that was deleted by force
 * while Berth was down. Never rejects: what is left over is found again by the next list.
 */
export async function removeOrphan(context: WorkerContext, podUid: string): Promise<void> {
  const { runtime, cache, logger } = context;
  const { sandboxes, containers } = cache.pod(podUid);
  const pod = (sandboxes[0] ?? containers[0])?.pod;
  logger.info('removing an orphan pod', { pod: pod === undefined ? podUid : `${pod.namespace}/${pod.name}`, podUid });
  try {
    const running = containers.filter(({ status }) => status === 'running');
    await Promise.all(running.map(({ id }) => runtime.stopContainer(id, GRACE_MS)));
    for (const { id, running: isRunning } of sandboxes) {
      if (isRunning) await runtime.stopSandbox(id);
      await runtime.removeSandbox(id);
      cache.dropSandbox(podUid, id);
    }
    for (const { id } of cache.pod(podUid).containers) {
      await runtime.removeContainer(id);
      cache.dropContainer(podUid, id);
    }
    for (const place of podPlaces(podUid)) await context.volumeFiles.remove(place);
  } catch (error) {
    logger.warn('orphan pod not removed', { podUid, error: messageOf(error) });
    await sleep(context.clock, 1000);
    context.onEngineTrouble(error);
  }
}

/** Removes the files of pods that neither the store nor the engine knows. Never rejects. */
export async function removeLeftoverFiles(context: WorkerContext, isKnown: (podUid: string) => boolean): Promise<void> {
  try {
    for (const area of ['disk', 'memory'] as const) {
      for (const podUid of await context.volumeFiles.list({ area, path: PODS_FOLDER })) {
        if (!isKnown(podUid)) await context.volumeFiles.remove({ area, path: `${PODS_FOLDER}/${podUid}` });
      }
    }
  } catch (error) {
    context.logger.warn('leftover files not removed', { error: messageOf(error) });
  }
}
