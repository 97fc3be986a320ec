import { parseResources, quantityValue } from '../../objects/index.ts';
import type { Node } from '../../objects/types.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { accumulate, emptyVector, type ResourceVector, vectorOf } from './resource-vector.ts';

export type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];

const ANY_IP = '0.0.0.0';

/**
 * Whether two pods of one node cannot both have them: "0.0.0.0" stands for every address of the node
 * (HostPortInfo.CheckConflict).
 */
export function portsConflict(a: HostPort, b: HostPort): boolean {
  const isSameIp = a.ip === b.ip || a.ip === ANY_IP || b.ip === ANY_IP;
  return isSameIp && a.port === b.port && a.protocol === b.protocol;
}

/**
 * A node with what its pods take of it. Kept up to date pod by pod.
 *
 * Invariant: `requested`, `scoredRequested` and the ports are the sums over `pods`.
 */
export class NodeInfo {
  readonly name: string;
  /** A small number of its own among the nodes that are known: an index for tables about nodes. */
  readonly slot: number;
  readonly requested: ResourceVector = emptyVector();
  readonly scoredRequested: ResourceVector = emptyVector();
  readonly pods = new Map<string, PodInfo>();
  #node: Node | undefined;
  #allocatable: ResourceVector = emptyVector();
  #allowedPods = 0;
  #hardTaints: readonly Taint[] = [];
  #softTaints: readonly Taint[] = [];
  readonly #hostPorts = new Map<string, number>();

  readonly #nextRevision: () => number;
  #revision: number;

  constructor(name: string, place: { readonly slot: number; readonly nextRevision: () => number }) {
    this.name = name;
    this.slot = place.slot;
    this.#nextRevision = place.nextRevision;
    this.#revision = place.nextRevision();
  }

  /** Another one after each change, and never that of another node; > 0. */
  get revision(): number {
    return this.#revision;
  }

  /** `undefined` while pods are known of a node that is not. */
  get node(): Node | undefined {
    return this.#node;
  }

  get allocatable(): ResourceVector {
    return this.#allocatable;
  }

  get allowedPods(): number {
    return this.#allowedPods;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#node?.metadata.labels ?? {};
  }

  /** Taints that keep pods away: `NoSchedule` and `NoExecute`. */
  get hardTaints(): readonly Taint[] {
    return this.#hardTaints;
  }

  /** Taints that only cost a node points: `PreferNoSchedule`. */
  get softTaints(): readonly Taint[] {
    return this.#softTaints;
  }

  setNode(node: Node | undefined): void {
    this.#node = node;
    this.#revision = this.#nextRevision();
    const amounts = parseResources(node?.status?.allocatable ?? node?.status?.capacity);
    // A node whose disk nobody measures says nothing of it: to Kubernetes that is none, and no pod that requests any
    // would ever run there.
    const unmeasured = amounts.has('ephemeral-storage') ? {} : { ephemeralStorageBytes: Number.POSITIVE_INFINITY };
    this.#allocatable = { ...vectorOf(amounts), ...unmeasured };
    const pods = amounts.get('pods');
    this.#allowedPods = pods === undefined ? 0 : quantityValue(pods);
    const taints = node?.spec?.taints ?? [];
    this.#hardTaints = taints.filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
    this.#softTaints = taints.filter(({ effect }) => effect === 'PreferNoSchedule');
  }

  addPod(info: PodInfo): void {
    this.removePod(info.pod.metadata.uid);
    this.pods.set(info.pod.metadata.uid, info);
    this.#account(info, 1);
  }

  removePod(uid: string): void {
    const info = this.pods.get(uid);
    if (info === undefined) return;
    this.pods.delete(uid);
    this.#account(info, -1);
  }

  /** Whether one of its pods holds a port that conflicts with this one; see `portsConflict`. */
  isPortTaken({ ip, protocol, port }: HostPort): boolean {
    if (this.#hostPorts.size === 0) return false;
    if (ip !== ANY_IP) return this.#hasPort(ip, protocol, port) || this.#hasPort(ANY_IP, protocol, port);
    const suffix = ` ${protocol} ${port}`;
    return [...this.#hostPorts.keys()].some((key) => key.endsWith(suffix));
  }

  #hasPort(ip: string, protocol: string, port: number): boolean {
    return this.#hostPorts.has(`${ip} ${protocol} ${port}`);
  }

  #account(info: PodInfo, sign: 1 | -1): void {
    this.#revision = this.#nextRevision();
    accumulate(this.requested, info.requests, sign);
    accumulate(this.scoredRequested, info.scoredRequests, sign);
    for (const { ip, protocol, port } of info.hostPorts) {
      const key = `${ip} ${protocol} ${port}`;
      const count = (this.#hostPorts.get(key) ?? 0) + sign;
      if (count > 0) this.#hostPorts.set(key, count);
      else this.#hostPorts.delete(key);
    }
  }
}
