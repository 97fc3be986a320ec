import type { Client } from '../../api/client.ts';
import { parseTime } from '../../lib/clock.ts';
import { isToEnd } from '../../objects/index.ts';
import { digestOf } from '../../objects/template-hash.ts';
import type { Pod } from '../../objects/types.ts';
import type { SimCall, SimFault, SimImage, SimProcess, SimStart } from '../../runtime/sim/sim-behaviour.ts';
import type { ObservedDurations } from './observed-durations.ts';
import { workloadOfPod } from './workload-of-pod.ts';

type Container = NonNullable<Pod['spec']>['containers'][number];

/** How long a container that is to end works, where nobody has seen it: an init container, the container of a Job. */
const WORK_MS = 500;
/** What the engine of the rehearsal takes for a start besides the delay that `startDelay` adds. */
export const BASE_START_MS = 380;

export interface PodBehaviourOptions {
  readonly client: Client;
  readonly durations: ObservedDurations;
  /** Pods that run now: what fails of them will fail again in the same way. */
  readonly livePods: readonly Pod[];
  /** When that was so, wall time. */
  readonly nowMs: number;
}

/**
 * How containers behave in a rehearsal. What runs goes on as it does: a container that crashes on the box crashes here
 * after the same time, and one that never becomes ready never does. What changed is taken to work, since nobody can
 * know otherwise without running it.
 */
export class PodBehaviour {
  readonly #options: PodBehaviourOptions;
  readonly #troubled: ReadonlyMap<string, SimProcess>;

  constructor(options: PodBehaviourOptions) {
    this.#options = options;
    this.#troubled = findTroubled(options);
  }

  /** The behaviour of every image that can be pulled; a user that is no root satisfies `runAsNonRoot`. */
  image(present: boolean): SimImage {
    return { present, user: '65532', process: (start) => this.#process(start) };
  }

  /** Makes a pod's start take as long as it was seen to, and a pull too. */
  delay({ operation, target }: SimCall): SimFault | undefined {
    const { durations } = this.#options;
    if (operation === 'pullImage') return { kind: 'delay', delayMs: durations.pullOrGuessMs(target) };
    if (operation !== 'runSandbox') return undefined;
    const pod = this.#podNamed(target);
    if (pod === undefined) return undefined;
    return { kind: 'delay', delayMs: Math.max(0, this.#durationsOf(pod).startMs - BASE_START_MS) };
  }

  #process({ pod: { namespace, name }, name: containerName }: SimStart): SimProcess {
    const pod = this.#podNamed(`${namespace}/${name}`);
    const init = pod?.spec?.initContainers?.find((one) => one.name === containerName);
    const container = init ?? pod?.spec?.containers.find((one) => one.name === containerName);
    if (pod === undefined || container === undefined) return {};
    const troubled = this.#troubled.get(definitionOf(container));
    if (troubled !== undefined) return troubled;
    if (isToEnd(pod, containerName)) return { exit: { afterMs: WORK_MS, code: 0 } };
    const { listenMs, stopMs } = this.#durationsOf(pod);
    return { listensAfterMs: listenMs, ...(stopMs === undefined ? {} : { heedsStopAfterMs: stopMs }) };
  }

  #podNamed(target: string): Pod | undefined {
    const [namespace = '', name = ''] = target.split('/');
    return this.#options.client.get('Pod', { namespace, name });
  }

  #durationsOf(pod: Pod) {
    const { kind, namespace, name } = workloadOfPod(this.#options.client, pod);
    return this.#options.durations.ofPod(`${kind}/${namespace}/${name}`, imagesOfPod(pod), probePeriodMs(pod));
  }
}

export function imagesOfPod(pod: Pod): readonly string[] {
  return (pod.spec?.containers ?? []).flatMap(({ image }) => (image === undefined ? [] : [image]));
}

/** Why a container waits whose image the engine could not get: kubelet's images/types.go. */
const PULL_FAILURES: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'RegistryUnavailable',
]);

/**
 * Images of a live pod that the engine has, as far as its status tells; what it failed to pull it will fail to pull
 * again.
 */
export function heldImagesOf(pod: Pod): readonly string[] {
  const lacks = (name: string) => {
    const status = pod.status?.containerStatuses?.find((one) => one.name === name);
    return PULL_FAILURES.has(status?.state?.waiting?.reason ?? '');
  };
  return (pod.spec?.containers ?? []).flatMap(({ name, image }) => (image === undefined || lacks(name) ? [] : [image]));
}

export function probePeriodMs(pod: Pod): number {
  const periods = (pod.spec?.containers ?? []).flatMap(({ readinessProbe, startupProbe }) =>
    [readinessProbe, startupProbe].flatMap((probe) => (probe === undefined ? [] : [probe.periodSeconds ?? 10])),
  );
  return periods.length === 0 ? 0 : Math.min(...periods) * 1_000;
}

/** Equal for containers that are started and probed in the same way. */
function definitionOf(container: Container): string {
  return digestOf({ ...container, resources: {} });
}

/** A container that has failed this often does not do so by chance. */
const PROVEN_RESTARTS = 3;
/** A container that is not ready for so long after its start is taken to stay so. */
const PROVEN_UNREADY_MS = 60_000;

function findTroubled({ livePods, nowMs }: PodBehaviourOptions): ReadonlyMap<string, SimProcess> {
  const troubled = new Map<string, SimProcess>();
  for (const pod of livePods) {
    for (const status of pod.status?.containerStatuses ?? []) {
      const container = pod.spec?.containers.find(({ name }) => name === status.name);
      const process = processOf(status, nowMs);
      if (container !== undefined && process !== undefined) troubled.set(definitionOf(container), process);
    }
  }
  return troubled;
}

type Status = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function processOf({ restartCount, lastState, state, ready }: Status, nowMs: number): SimProcess | undefined {
  if (ready) return undefined;
  const ended = state?.terminated ?? lastState?.terminated;
  if (ended !== undefined && restartCount >= PROVEN_RESTARTS) {
    const ranMs = (parseTime(ended.finishedAt) ?? 0) - (parseTime(ended.startedAt) ?? 0);
    return { exit: { afterMs: Math.max(100, ranMs), code: ended.exitCode }, ports: [] };
  }
  const startedMs = parseTime(state?.running?.startedAt);
  return startedMs !== undefined && nowMs - startedMs >= PROVEN_UNREADY_MS ? { ports: [] } : undefined;
}
