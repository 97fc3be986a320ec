import type { NodeInfo } from './node-info.ts';

/** No value: the node does not have the label. */
export const NO_DOMAIN = -1;

/**
 * The values that nodes have of one label, as small numbers: 0, 1, 2, … Of a set of nodes and labels; when those
 * change, another one takes its place.
 */
export class Topology {
  readonly key: string;
  /** How many different values there are. */
  readonly size: number;
  /** Whether every node has the label. */
  readonly isComplete: boolean;
  readonly #bySlot: Int32Array;
  readonly #byName = new Map<string, number>();

  constructor(key: string, nodes: readonly NodeInfo[]) {
    this.key = key;
    const ids = new Map<string, number>();
    const slots = nodes.reduce((most, { slot }) => Math.max(most, slot + 1), 0);
    this.#bySlot = new Int32Array(slots).fill(NO_DOMAIN);
    let labelled = 0;
    for (const { name, slot, labels } of nodes) {
      const value = labels[key];
      if (value === undefined) continue;
      labelled++;
      const id = ids.get(value) ?? ids.size;
      ids.set(value, id);
      this.#bySlot[slot] = id;
      this.#byName.set(name, id);
    }
    this.size = ids.size;
    this.isComplete = labelled === nodes.length;
  }

  /** The number of the node's value, or `NO_DOMAIN`. */
  of(node: NodeInfo): number {
    return this.#bySlot[node.slot] ?? NO_DOMAIN;
  }

  /** The same by the node's name, also for nodes that do not exist. */
  ofName(name: string): number {
    return this.#byName.get(name) ?? NO_DOMAIN;
  }
}
