import type { Client } from '../../api/client.ts';
import type { Admission } from '../../api/context.ts';
import type { CustomMetrics, ResourceMetrics } from '../../api/metrics.ts';
import { builtInRules } from '../../api/object-rules.ts';
import { createTestRegistry } from '../../api/testing.ts';
import { formatTime } from '../../lib/clock.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import type { VirtualClock } from '../../lib/virtual-clock.ts';
import { isPodTerminal } from '../../objects/index.ts';
import type { KubernetesObject, Pod } from '../../objects/types.ts';
import type { Store } from '../../store/store.ts';
import { createControllers } from '../create-controllers.ts';
import { ControllerManager } from '../manager/controller-manager.ts';

export interface TestControlPlane {
  readonly client: Client;
  readonly clock: VirtualClock;
  readonly manager: ControllerManager;
  /** Starts new controllers over the same state, as a restart of Berth does. */
  restartManager(): void;
  readonly kubelet: FakeKubelet;
  /** Fires timers until nothing is due within `withinMs`. Throws when that does not end. */
  settle(withinMs?: number): void;
  /** Fires everything that is due within `ms`, and moves the clock that far. */
  advance(ms: number): void;
  stop(): void;
}

/** The controllers over a registry in memory with a virtual clock, and a node agent that only pretends: for tests. */
export function startTestControlPlane(
  options: {
    readonly logger?: Logger;
    readonly admission?: readonly Admission[];
    readonly leaseTime?: (nodeName: string) => number | undefined;
    readonly resourceMetrics?: ResourceMetrics;
    readonly customMetrics?: CustomMetrics;
    /** What is there before the controllers start. */
    readonly store?: Store;
  } = {},
): TestControlPlane {
  const { registry, client, clock, random } = createTestRegistry({
    admission: options.admission ?? [],
    rules: { ...builtInRules, validateObject: validateAnyKind },
    ...(options.store === undefined ? {} : { store: options.store }),
  });
  const logger = options.logger ?? silentLogger;
  const finalizeNamespace = (name: string, finalizers: readonly string[]) => {
    registry.finalizeNamespace({ user: 'test', fieldManager: 'test' }, name, finalizers);
  };
  const startManager = () => {
    const controllers = createControllers({
      client,
      clock,
      random,
      logger,
      finalizeNamespace,
      leaseTime: options.leaseTime,
      resourceMetrics: options.resourceMetrics,
      customMetrics: options.customMetrics,
    });
    const started = new ControllerManager({ client, clock, logger, controllers });
    started.start();
    return started;
  };
  let manager = startManager();
  const kubelet = new FakeKubelet(client, clock);
  const advance = (ms: number) => {
    const endMs = clock.monotonicMs() + ms;
    for (let fired = 0; (clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= endMs; fired++) {
      if (fired > 200_000) throw new Error('the control plane does not come to rest');
      clock.fireNext();
    }
    clock.moveTo(endMs);
  };
  const settle = (withinMs = 5_000) => {
    for (let steps = 0; (clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= clock.monotonicMs() + withinMs; steps++) {
      if (steps > 200_000) throw new Error('the control plane does not come to rest');
      clock.fireNext();
    }
  };
  const stop = () => {
    manager.stop();
    kubelet.stop();
    registry.close();
  };
  const restartManager = () => {
    manager.stop();
    manager = startManager();
  };
  return {
    client,
    clock,
    kubelet,
    settle,
    advance,
    stop,
    restartManager,
    get manager() {
      return manager;
    },
  };
}

/** A controller is tested before its kind and fields are let in. */
function validateAnyKind(object: KubernetesObject): ReturnType<typeof builtInRules.validateObject> {
  return builtInRules.validateObject(object).filter(({ code }) => code !== 'KindRefused' && code !== 'FieldRefused');
}

/**
 * Makes pods ready and removes deleted ones after short delays, whether they have a node or not. `isReady` decides
 * which pods ever get ready.
 */
export class FakeKubelet {
  isReady: (pod: Pod) => boolean = () => true;
  /** How a pod that has started ends by itself, if it does. */
  exitOf: (pod: Pod) => { readonly code: number; readonly afterMs: number } | undefined = () => undefined;
  startMs = 100;
  stopMs = 50;
  readonly #client: Client;
  readonly #clock: VirtualClock;
  readonly #unwatch: () => void;
  #addresses = 0;

  constructor(client: Client, clock: VirtualClock) {
    this.#client = client;
    this.#clock = clock;
    this.#unwatch = client.watch('Pod', ({ type, object }) => {
      const { namespace, name, deletionTimestamp, uid } = object.metadata;
      if (type === 'ADDED') clock.setTimer(this.startMs, () => this.#start({ namespace, name }, uid));
      if (type === 'MODIFIED' && deletionTimestamp !== undefined) {
        clock.setTimer(this.stopMs, () => this.#remove({ namespace, name }, uid));
      }
    });
  }

  stop(): void {
    this.#unwatch();
  }

  /** Sets the pod's readiness now, as a probe would. */
  setReady(pod: Pod, ready: boolean): void {
    const current = this.#client.get('Pod', { namespace: pod.metadata.namespace, name: pod.metadata.name });
    if (current === undefined || isPodTerminal(current)) return;
    const podIP = current.status?.podIP ?? `10.88.0.${++this.#addresses}`;
    const lastTransitionTime = formatTime(this.#clock.wallMs());
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }];
    const others = (current.status?.conditions ?? []).filter((condition) => condition.type !== 'Ready');
    this.#client.updateStatus({
      ...current,
      status: {
        ...current.status,
        phase: 'Running',
        podIP,
        podIPs: [{ ip: podIP }],
        conditions: [...others, ...conditions],
      },
    });
  }

  #start(name: { namespace: string | undefined; name: string }, uid: string): void {
    const pod = this.#client.get('Pod', name);
    if (pod?.metadata.uid !== uid || pod.metadata.deletionTimestamp !== undefined) return;
    this.setReady(pod, this.isReady(pod));
    const exit = this.exitOf(pod);
    if (exit !== undefined) this.#clock.setTimer(exit.afterMs, () => this.#end(name, uid, exit.code));
  }

  #end(name: { namespace: string | undefined; name: string }, uid: string, exitCode: number): void {
    const pod = this.#client.get('Pod', name);
    if (pod?.metadata.uid !== uid || isPodTerminal(pod)) return;
    const finishedAt = formatTime(this.#clock.wallMs());
    const containerStatuses = (pod.spec?.containers ?? []).map((container) => ({
      ...{ name: container.name, image: container.image ?? '', imageID: '', ready: false, restartCount: 0 },
      state: { terminated: { exitCode, finishedAt } },
    }));
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: finishedAt }];
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    this.#client.updateStatus({ ...pod, status: { ...pod.status, phase, conditions, containerStatuses } });
  }

  #remove(name: { namespace: string | undefined; name: string }, uid: string): void {
    const pod = this.#client.get('Pod', name);
    if (pod?.metadata.uid !== uid) return;
    // "A deleted pod reaches Failed or Succeeded first": who holds it by a finalizer sees how it ended.
    if ((pod.metadata.finalizers ?? []).length > 0) this.#end(name, uid, 137);
    if (this.#client.get('Pod', name) === undefined) return;
    this.#client.delete({ apiVersion: 'v1', kind: 'Pod', ...name }, { gracePeriodSeconds: 0 });
  }
}

/** A Deployment of one container; `over` is merged into its spec. */
export function testDeployment(name: string, over: Record<string, unknown> = {}, image = 'app:1'): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
      ...over,
    },
  };
}
