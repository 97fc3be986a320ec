import type { Client } from '../../api/client.ts';
import { type Clock, formatTime } from '../../lib/clock.ts';
import { findCondition, isPodReady, isPodTerminal, setCondition } from '../../objects/index.ts';
import type { Node } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { computeNodeTaints } from './compute-node-taints.ts';
import { isDown, zoneEvictions } from './zone-evictions.ts';

/**
 * "node-monitor-grace-period: amount of time which we allow a running Node to be unresponsive before marking it unhealthy": 50 s since Kubernetes 1.32,
 * 40 s before.
 */
export const GRACE_MS = 50_000;

const NEVER_TOLD = { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' };
const NOT_TELLING = { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };

export interface NodeLifecycleContext extends ControllerContext {
  /** Monotonic time of the node's last sign of life; `undefined` when it has given none in this process. */
  readonly leaseTime?: ((nodeName: string) => number | undefined) | undefined;
}

/** Notices nodes that fall silent, and taints those that are not well. */
export class NodeLifecycleController implements Controller {
  readonly name = 'node-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #leaseTime: NodeLifecycleContext['leaseTime'];
  /** When this process first saw each node: one that was never alive since gets its grace period, too. */
  readonly #seenMs = new Map<string, number>();

  constructor({ client, clock, leaseTime }: NodeLifecycleContext) {
    this.#client = client;
    this.#clock = clock;
    this.#leaseTime = leaseTime;
    this.watches = [{ kind: 'Node', keysOf: (node, previous) => this.#nodesAfter(node, previous) }];
  }

  reconcile(name: string): ReconcileResult {
    const node = this.#client.get('Node', { name });
    if (node === undefined) {
      this.#seenMs.delete(name);
      return {};
    }
    const waitMs = this.#silentInMs(node);
    // One that says itself that it is not ready is left to its word: it may be alive without its engine.
    if (waitMs === 0 && (findCondition(node.status?.conditions, 'Ready')?.status ?? 'True') === 'True')
      this.#markUnknown(node);
    this.#taint(this.#client.get('Node', { name }) ?? node);
    return waitMs === undefined || waitMs === 0 ? {} : { requeueAfterMs: waitMs };
  }

  /** Whether a node is well decides for all of them whether anything is evicted. */
  #nodesAfter(node: Node, previous: Node | undefined): readonly string[] {
    if (previous !== undefined && isDown(node) === isDown(previous)) return [node.metadata.name];
    return this.#client.list('Node').map(({ metadata }) => metadata.name);
  }

  /** Milliseconds until the node counts as silent; `undefined` where nobody listens to heartbeats. */
  #silentInMs({ metadata: { name } }: Node): number | undefined {
    if (this.#leaseTime === undefined) return undefined;
    const nowMs = this.#clock.monotonicMs();
    if (!this.#seenMs.has(name)) this.#seenMs.set(name, nowMs);
    const lastMs = Math.max(this.#leaseTime(name) ?? 0, this.#seenMs.get(name) ?? nowMs);
    return Math.max(0, lastMs + GRACE_MS - nowMs);
  }

  /**
   * "When the node becomes unreachable, the conditions of its status are set to Unknown" (those of pressure that it has among them), and its pods count as not
   * ready, since nobody can tell; what it never told is as old as itself (node_lifecycle_controller, tryUpdateNodeHealth and MarkPodsNotReady).
   */
  #markUnknown(node: Node): void {
    const nowMs = this.#clock.wallMs();
    let conditions = node.status?.conditions ?? [];
    for (const type of ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']) {
      const known = findCondition(conditions, type);
      if (known === undefined && type !== 'Ready') continue;
      const why = known === undefined ? NEVER_TOLD : NOT_TELLING;
      const lastHeartbeatTime = known === undefined ? node.metadata.creationTimestamp : known.lastHeartbeatTime;
      const condition = {
        ...{ type, status: 'Unknown', ...why },
        lastHeartbeatTime: lastHeartbeatTime ?? formatTime(nowMs),
      };
      conditions = [...setCondition(conditions, condition, nowMs)];
    }
    this.#client.updateStatus({ ...node, status: { ...node.status, conditions } });
    this.#markPodsUnready(node, nowMs);
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
    const event = { type: 'Normal', reason: 'NodeNotReady', message } as const;
    this.#client.recordEvent({ regarding: node, ...event, component: this.name });
  }

  #markPodsUnready({ metadata: { name } }: Node, nowMs: number): void {
    for (const pod of this.#client.list('Pod', { fieldSelector: `spec.nodeName=${name}` })) {
      if (isPodTerminal(pod) || !isPodReady(pod)) continue;
      const unready = { type: 'Ready', status: 'False', reason: 'NodeNotReady', message: 'Node is not ready' };
      const next = [...setCondition(pod.status?.conditions, unready, nowMs)];
      this.#client.updateStatus({ ...pod, status: { ...pod.status, conditions: next } });
      const event = { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' } as const;
      this.#client.recordEvent({ regarding: pod, ...event, component: this.name });
    }
  }

  #taint(node: Node): void {
    const evictions = zoneEvictions(node, this.#client.list('Node'));
    const taints = computeNodeTaints({ node, evictions, nowMs: this.#clock.wallMs() });
    if (taints === node.spec?.taints || (taints.length === 0 && node.spec?.taints === undefined)) return;
    const { taints: _before, ...spec } = node.spec ?? {};
    this.#client.update({ ...node, spec: { ...spec, ...(taints.length === 0 ? {} : { taints: [...taints] }) } });
  }
}
