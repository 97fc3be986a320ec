import { NO_DOMAIN, type Topology } from './topology.ts';

/** Sums by the domains of a topology. Kept up to date by the tally that it comes from. */
export interface DomainCounts {
  readonly topology: Topology;
  /** By the number of the domain. */
  readonly amounts: ArrayLike<number>;
  /** How many of them are not zero. */
  readonly nonZero: number;
}

interface GrowingCounts extends DomainCounts {
  readonly amounts: Float64Array;
  nonZero: number;
}

/**
 * Amounts per node, and per domain of any topology, kept up to date one by one.
 *
 * Invariant: every entry of `#byKey` holds the sums of `#byNode` over the domains of its topology.
 */
export class NodeTally {
  readonly #byNode = new Map<string, number>();
  readonly #byKey = new Map<string, GrowingCounts>();

  get isEmpty(): boolean {
    return this.#byNode.size === 0;
  }

  onNode(nodeName: string): number {
    return this.#byNode.get(nodeName) ?? 0;
  }

  add(nodeName: string, amount: number): void {
    const sum = (this.#byNode.get(nodeName) ?? 0) + amount;
    if (sum === 0) this.#byNode.delete(nodeName);
    else this.#byNode.set(nodeName, sum);
    for (const counts of this.#byKey.values()) increase(counts, nodeName, amount);
  }

  /** The sums by domain. */
  counts(topology: Topology): DomainCounts {
    const known = this.#byKey.get(topology.key);
    if (known?.topology === topology) return known;
    const counts: GrowingCounts = { topology, amounts: new Float64Array(topology.size), nonZero: 0 };
    for (const [nodeName, amount] of this.#byNode) increase(counts, nodeName, amount);
    this.#byKey.set(topology.key, counts);
    return counts;
  }
}

function increase(counts: GrowingCounts, nodeName: string, amount: number): void {
  const domain = counts.topology.ofName(nodeName);
  if (domain === NO_DOMAIN) return;
  const before = counts.amounts[domain] ?? 0;
  const after = before + amount;
  counts.amounts[domain] = after;
  if (before === 0 && after !== 0) counts.nonZero++;
  else if (before !== 0 && after === 0) counts.nonZero--;
}
