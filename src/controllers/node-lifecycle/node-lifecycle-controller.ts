import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { findCondition, isPodReady, isPodTerminal, setCondition } from '../../objects/index.ts';
import type { Node } from '../../objects/types.ts';
import type {
  Controller,
  ControllerChange,
  ControllerContext,
  ControllerWatch,
  ReconcileResult,
} from '../controller.ts';
import { computeNodeLabels } from './compute-node-labels.ts';
import { computeNodeTaints, taintsOf } from './compute-node-taints.ts';
import { computeUnknownConditions } from './compute-unknown-conditions.ts';
import { zoneEvictions, zoneStateOf } from './zone-evictions.ts';

/**
 * "node-monitor-grace-period: amount of time which we allow a running Node to be unresponsive before marking it
 * unhealthy": 50 s since Kubernetes 1.32, 40 s before.
 */
export const GRACE_MS = 50_000;
/**
 * "node-startup-grace-period: amount of time which we allow starting Node to be unresponsive before marking it
 * unhealthy", 1 min.
 */
const STARTUP_GRACE_MS = 60_000;

export interface NodeLifecycleContext extends ControllerContext {
  /** Monotonic time of the node's last sign of life; `undefined` when it has given none in this process. */
  readonly leaseTime?: ((nodeName: string) => number | undefined) | undefined;
}

interface KnownNode {
  readonly node: Node;
  /** Monotonic time. */
  readonly sinceMs: number;
}

/** Notices nodes that fall silent, and taints those that are not well. */
export class NodeLifecycleController implements Controller {
  readonly name = 'node-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #leaseTime: NodeLifecycleContext['leaseTime'];
  /** Since when this process knows each node: one that was never alive since gets its grace period, too. */
  readonly #known = new Map<string, KnownNode>();

  constructor({ client, clock, leaseTime }: NodeLifecycleContext) {
    this.#client = client;
    this.#clock = clock;
    this.#leaseTime = leaseTime;
    this.watches = [{ kind: 'Node', keysOf: (node, previous, change) => this.#nodesAfter(node, previous, change) }];
  }

  reconcile(name: string): ReconcileResult {
    const node = this.#client.get('Node', { name });
    const known = this.#known.get(name);
    if (node === undefined) {
      if (known !== undefined) this.#report(known.node, 'RemovingNode', `Removing Node ${name} from Controller`);
      this.#known.delete(name);
      return {};
    }
    if (known === undefined) this.#report(node, 'RegisteredNode', `Registered Node ${name} in Controller`);
    this.#know(node);
    const waitMs = this.#silentInMs(node);
    if (waitMs === 0) this.#markUnknown(node);
    this.#writeMarks(this.#client.get('Node', { name }) ?? node);
    return waitMs === undefined || waitMs === 0 ? {} : { requeueAfterMs: waitMs };
  }

  /**
   * Whether a node is well decides for all of them whether anything is evicted. Those that are there at the start were
   * registered before: Kubernetes says so of each again whenever its controllers start, and Berth would write an event
   * for each restart.
   */
  #nodesAfter(node: Node, previous: Node | undefined, change: ControllerChange): readonly string[] {
    const own = [node.metadata.name];
    if (change === 'initial') {
      this.#know(node);
      return own;
    }
    const isSame = previous !== undefined && change !== 'deleted' && zoneStateOf(node) === zoneStateOf(previous);
    return isSame ? own : [...own, ...this.#client.list('Node').map(({ metadata }) => metadata.name)];
  }

  #know(node: Node): void {
    const { name } = node.metadata;
    const sinceMs = this.#known.get(name)?.sinceMs ?? this.#clock.monotonicMs();
    this.#known.set(name, { node, sinceMs });
  }

  /** Milliseconds until the node counts as silent; `undefined` where nobody listens to heartbeats. */
  #silentInMs({ metadata: { name }, status }: Node): number | undefined {
    if (this.#leaseTime === undefined) return undefined;
    const nowMs = this.#clock.monotonicMs();
    const lastMs = Math.max(this.#leaseTime(name) ?? 0, this.#known.get(name)?.sinceMs ?? nowMs);
    const isStarting = findCondition(status?.conditions, 'Ready') === undefined;
    return Math.max(0, lastMs + (isStarting ? STARTUP_GRACE_MS : GRACE_MS) - nowMs);
  }

  /**
   * "NodeReady condition or lease was last set longer ago than gracePeriod, so update it to Unknown (regardless of its
   * current value)" (node_lifecycle_controller, tryUpdateNodeHealth), and the node's pods count as not ready, since
   * nobody can tell (MarkPodsNotReady). "Report node event only once when status changed": of a node that was ready.
   */
  #markUnknown(node: Node): void {
    const nowMs = this.#clock.wallMs();
    const conditions = computeUnknownConditions(node, nowMs);
    if (conditions === undefined) return;
    this.#client.updateStatus({ ...node, status: { ...node.status, conditions: [...conditions] } });
    this.#markPodsUnready(node, nowMs);
    if (findCondition(node.status?.conditions, 'Ready')?.status !== 'True') return;
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
    const event = { type: 'Normal', reason: 'NodeNotReady', message } as const;
    this.#client.recordEvent({ regarding: node, ...event, component: this.name });
  }

  #report(regarding: Node, reason: string, what: string): void {
    const message = `Node ${regarding.metadata.name} event: ${what}`;
    this.#client.recordEvent({ regarding, type: 'Normal', reason, message, component: this.name });
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

  /** The taints and labels that follow from what the node says, in one write. */
  #writeMarks(node: Node): void {
    const evictions = zoneEvictions(node, this.#client.list('Node'));
    const taints = computeNodeTaints({ node, evictions, nowMs: this.#clock.wallMs() });
    const labels = computeNodeLabels(node);
    if (taints === taintsOf(node) && labels === node.metadata.labels) return;
    const { taints: _before, ...spec } = node.spec ?? {};
    const metadata = { ...node.metadata, ...(labels === undefined ? {} : { labels: { ...labels } }) };
    this.#client.update({
      ...node,
      metadata,
      spec: { ...spec, ...(taints.length === 0 ? {} : { taints: [...taints] }) },
    });
  }
}
