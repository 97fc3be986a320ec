import { LIMITS } from '../../lib/limits.ts';
import { type FieldsEntry, type FieldsTree, newNode } from './fields-tree.ts';

/**
 * A node of a set of fields while its children are being added, one after the other. Objects of one shape take the same
 * steps, and a step that was taken before is found again: putting a known node together costs one comparison a child,
 * and no text is built for it.
 */
export class GrowingNode {
  readonly #parent: GrowingNode | undefined;
  /** The last child: its name as the object has it, its key in the tree, and its node. */
  readonly #name: string;
  readonly #key: string;
  readonly #child: FieldsTree | undefined;
  /** Whether two children have one key: this is no node then. */
  readonly isAmbiguous: boolean;
  /** The step that was taken from here last, and all of them by the name of the child. */
  #recent: GrowingNode | undefined;
  #steps: Map<string, GrowingNode[]> | undefined;
  #node: FieldsTree | undefined;
  #member: FieldsTree | undefined;

  private constructor(parent?: GrowingNode, name = '', key = '', child?: FieldsTree) {
    this.#parent = parent;
    this.#name = name;
    this.#key = key;
    this.#child = child;
    this.isAmbiguous = parent !== undefined && (parent.isAmbiguous || parent.#has(key));
  }

  /**
   * The node without children from which all of one kind begin; `name` of a child must tell them apart among
   * themselves.
   */
  static root(): GrowingNode {
    return new GrowingNode();
  }

  /** With one child more. `keyOf` gives its key in the tree, `f:name`, when it is needed. */
  with(name: string, child: FieldsTree, keyOf: (name: string) => string): GrowingNode {
    const recent = this.#recent;
    if (recent !== undefined && recent.#name === name && recent.#child === child) return recent;
    const known = this.#steps?.get(name)?.find((step) => step.#child === child);
    this.#recent = known ?? this.#step(name, child, keyOf(name));
    return this.#recent;
  }

  /** The finished node; `undefined` when it is empty. */
  finish(isMember: boolean): FieldsTree | undefined {
    if (isMember) {
      this.#member ??= newNode(this.#entries(), true);
      return this.#member;
    }
    this.#node ??= newNode(this.#entries(), false);
    return this.#node;
  }

  #step(name: string, child: FieldsTree, key: string): GrowingNode {
    if (steps >= LIMITS.fieldNodeSteps) forget();
    steps++;
    if (this.#parent === undefined) roots.add(this);
    const step = new GrowingNode(this, name, key, child);
    this.#steps ??= new Map();
    const others = this.#steps.get(name);
    if (others === undefined) this.#steps.set(name, [step]);
    else others.push(step);
    return step;
  }

  #has(key: string): boolean {
    for (let node: GrowingNode | undefined = this; node !== undefined; node = node.#parent) {
      if (node.#child !== undefined && node.#key === key) return true;
    }
    return false;
  }

  #entries(): readonly FieldsEntry[] {
    const entries: FieldsEntry[] = [];
    for (let node: GrowingNode | undefined = this; node !== undefined; node = node.#parent) {
      if (node.#child !== undefined) entries.push([node.#key, node.#child]);
    }
    return entries.reverse();
  }

  /** Forgets every step from here. */
  forget(): void {
    this.#recent = undefined;
    this.#steps = undefined;
  }
}

/** Steps that are remembered, from these roots; beyond the limit remembering starts anew. */
let steps = 0;
const roots = new Set<GrowingNode>();

function forget(): void {
  for (const root of roots) root.forget();
  roots.clear();
  steps = 0;
}
