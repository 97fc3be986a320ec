import { counted } from '../../lib/counted.ts';
import { type ContainerState, type Runtime, RuntimeError } from '../../runtime/runtime.ts';
import { formatDuration } from '../configuration/parse-duration.ts';

export interface StopContainersOptions {
  /** No container is waited for longer; left out, each has what its pod grants it. */
  readonly maxGraceMs?: number;
  readonly say: (line: string) => void;
}

/** Of the engine itself, for a container that an earlier version made without a time of its own. */
const ENGINE_GRACE_MS = 10_000;
const PROGRESS_MS = 5_000;
const MAX_NAMES = 5;

interface Stopping {
  readonly container: ContainerState;
  readonly graceMs: number;
}

/**
 * Ends every container that runs, all of them at once, as the deletion of its pod would: the stop signal, the pod's
 * `terminationGracePeriodSeconds`, the kill. The grace is the one that the engine keeps with each container, so that
 * neither a Berth nor its store is needed. Without them there are no preStop hooks either, and no order of sidecars.
 * What cannot be stopped is left to the removal that follows; rejects only with `EngineUnavailable`.
 */
export async function stopContainers(
  runtime: Pick<Runtime, 'list' | 'inspectContainer' | 'stopContainer'>,
  { maxGraceMs = Number.POSITIVE_INFINITY, say }: StopContainersOptions,
): Promise<void> {
  const running = (await runtime.list()).containers.filter(({ status }) => status === 'running');
  if (running.length === 0 || maxGraceMs === 0) return;
  const stopping = await Promise.all(
    running.map(async (container): Promise<Stopping> => {
      const details = await unlessRefused(runtime.inspectContainer(container.id));
      return { container, graceMs: Math.min(details?.stopGraceMs ?? ENGINE_GRACE_MS, maxGraceMs) };
    }),
  );
  const graces = formatDuration(Math.max(...stopping.map(({ graceMs }) => graceMs))) || '0s';
  say(`stopping ${counted(stopping.length, 'container')}, which have up to ${graces} to end`);
  const left = new Set(stopping);
  const killed: Stopping[] = [];
  const startMs = performance.now();
  const progress = setInterval(() => say(progressOf([...left], performance.now() - startMs)), PROGRESS_MS);
  try {
    await Promise.all(
      stopping.map(async (one) => {
        await unlessRefused(runtime.stopContainer(one.container.id, one.graceMs));
        if (performance.now() - startMs >= one.graceMs) killed.push(one);
        left.delete(one);
      }),
    );
  } finally {
    clearInterval(progress);
  }
  if (killed.length > 0) say(`killed what did not end in its time: ${namesOf(killed)}`);
}

/** `waiting for 2 containers, up to 20s more: shop/db-0/db, shop/db-1/db`. */
function progressOf(left: readonly Stopping[], elapsedMs: number): string {
  const moreMs = Math.max(0, ...left.map(({ graceMs }) => graceMs - elapsedMs));
  const more = moreMs < 1_000 ? '' : `, up to ${formatDuration(moreMs)} more`;
  return `waiting for ${counted(left.length, 'container')}${more}: ${namesOf(left)}`;
}

function namesOf(all: readonly Stopping[]): string {
  const names = all.map(({ container: { pod, name } }) => `${pod.namespace}/${pod.name}/${name}`).sort();
  const rest = names.length - MAX_NAMES;
  return `${names.slice(0, MAX_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

async function unlessRefused<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RuntimeError && error.reason !== 'EngineUnavailable') return undefined;
    throw error;
  }
}
