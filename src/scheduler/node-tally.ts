/** The value of a node's label; `undefined` when the node is gone or does not have it. */
export type NodeLabel = (nodeName: string, key: string) => string | undefined;

/**
 * Amounts per node, and per value of any label of the nodes, kept up to date one by one.
 *
 * Invariant: every map in `#byValue` holds the sums of `#byNode` over the nodes with each value; none is zero.
 */
export class NodeTally {
  readonly #nodeLabel: NodeLabel;
  readonly #byNode = new Map<string, number>();
  readonly #byValue = new Map<string, Map<string, number>>();

  constructor(nodeLabel: NodeLabel) {
    this.#nodeLabel = nodeLabel;
  }

  get isEmpty(): boolean {
    return this.#byNode.size === 0;
  }

  onNode(nodeName: string): number {
    return this.#byNode.get(nodeName) ?? 0;
  }

  add(nodeName: string, amount: number): void {
    increase(this.#byNode, nodeName, amount);
    for (const [key, sums] of this.#byValue) {
      const value = this.#nodeLabel(nodeName, key);
      if (value !== undefined) increase(sums, value, amount);
    }
  }

  /** The sums by the value of a label. */
  byValue(key: string): ReadonlyMap<string, number> {
    const known = this.#byValue.get(key);
    if (known !== undefined) return known;
    const sums = new Map<string, number>();
    for (const [nodeName, amount] of this.#byNode) {
      const value = this.#nodeLabel(nodeName, key);
      if (value !== undefined) increase(sums, value, amount);
    }
    this.#byValue.set(key, sums);
    return sums;
  }

  /** To be called when the labels of a node have changed. */
  forgetValues(): void {
    this.#byValue.clear();
  }
}

function increase(sums: Map<string, number>, key: string, amount: number): void {
  const sum = (sums.get(key) ?? 0) + amount;
  if (sum === 0) sums.delete(key);
  else sums.set(key, sum);
}
