import type { Client } from '../../api/client.ts';
import { ERROR_CODES } from '../../lib/error-codes.ts';
import { isConditionTrue } from '../../objects/index.ts';
import type { Node } from '../../objects/types.ts';
import type { BoxProblem } from './status-document.ts';

/** What a node may be short of, in words. */
const SHORTAGES = { DiskPressure: 'disk', MemoryPressure: 'memory', PIDPressure: 'process ids' } as const;

/**
 * Why a node takes no pods, where a person can do something about it: the scheduler only counts such nodes
 * (`1 node(s) were unschedulable`).
 */
export function computeNodeProblems({ metadata: { name }, spec, status }: Node): readonly BoxProblem[] {
  const cordoned = {
    code: 'NodeCordoned',
    message: `no further pod starts on node "${name}": it is cordoned (kubectl cordon or drain)`,
    help: `let it take pods again: kubectl uncordon ${name}`,
  };
  const pressures = Object.entries(SHORTAGES).flatMap(([type, what]) => {
    if (!isConditionTrue(status?.conditions, type)) return [];
    const message = `node "${name}" is short of ${what}: no further pod starts on it, and some may be evicted`;
    return [{ code: 'NodePressure', message, help: ERROR_CODES.NodePressure.help }];
  });
  return [...(spec?.unschedulable === true ? [cordoned] : []), ...pressures];
}

/** The problems of all nodes as they are now; tells when they are others. */
export class NodeProblems {
  readonly #client: Client;
  readonly #onChange: () => void;
  /** By the name of the node; of nodes that have one. */
  readonly #byNode = new Map<string, readonly BoxProblem[]>();
  #unwatch: (() => void) | undefined;

  constructor(client: Client, onChange: () => void) {
    this.#client = client;
    this.#onChange = onChange;
  }

  /** Sorted by the name of the node. */
  get problems(): readonly BoxProblem[] {
    return [...this.#byNode].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, problems]) => problems);
  }

  start(): void {
    for (const node of this.#client.list('Node')) this.#take(node.metadata.name, computeNodeProblems(node));
    this.#unwatch = this.#client.watch('Node', ({ type, object }) => {
      if (this.#take(object.metadata.name, type === 'DELETED' ? [] : computeNodeProblems(object))) this.#onChange();
    });
  }

  stop(): void {
    this.#unwatch?.();
  }

  /** Returns whether they are others than before. */
  #take(name: string, problems: readonly BoxProblem[]): boolean {
    const texts = (of: readonly BoxProblem[] = []) => of.map(({ message }) => message).join('\n');
    if (texts(this.#byNode.get(name)) === texts(problems)) return false;
    if (problems.length === 0) this.#byNode.delete(name);
    else this.#byNode.set(name, problems);
    return true;
  }
}
