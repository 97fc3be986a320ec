import { isPodTerminal, storageKeyOf } from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';
import type { SimCall } from '../../runtime/sim/sim-behaviour.ts';
import type { SimEngine } from '../../runtime/sim/sim-engine.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { Life, LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import type { SimNode } from '../nodes/sim-node.ts';
import { OUT_OF_SERVICE } from '../user/unusual-live-actions.ts';
import { objectOf, previousOf } from './store-events.ts';

/**
 * "At most one pod per StatefulSet identity": a pod's object goes only once its containers are down, unless somebody
 * forces it or its node is away, so that a successor under the same name never runs beside it. It is called ended no
 * sooner either, as its room is given away then.
 */
export class RemovalChecker implements LifeWatcher {
  readonly #machine: Machine;
  /** Names of pods that were forced out: whoever does that answers for two of them. */
  readonly #forced = new Set<string>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  onCommit(events: readonly StoreEvent[], { store }: Pick<OpenLife, 'store'>): void {
    for (const event of events) {
      const before = previousOf(event, 'Pod') as Pod | undefined;
      const pod = objectOf(event, 'Pod') as Pod | undefined;
      if (before !== undefined && objectOf(event) === undefined) this.#onRemoved(before, store);
      else if (pod !== undefined && isPodTerminal(pod) && before !== undefined && !isPodTerminal(before))
        this.#onEnded(pod, store);
    }
  }

  onEngineCall({ operation, target }: SimCall, { open }: Life, engine: SimEngine): void {
    if (operation !== 'startContainer' || open === undefined) return;
    const [namespace = '', name = ''] = target.split('/');
    const key = storageKeyOf({ apiVersion: 'v1', kind: 'Pod', namespace, name });
    const pod = open.store.get(key)?.value as unknown as Pod | undefined;
    const isIdentity = pod?.metadata.ownerReferences?.some(({ kind }) => kind === 'StatefulSet') === true;
    if (!isIdentity || this.#forced.has(`${namespace}/${name}`)) return;
    const other = this.#machine.engines
      .flatMap((one) => one.containers())
      .find((one) => one.status === 'running' && isNamed(one.pod, namespace, name) && one.pod.uid !== pod.metadata.uid);
    if (other !== undefined)
      this.#machine.report('identity', `${target} starts on ${engine.nodeIp}, and a pod of that name still runs`);
  }

  #onRemoved(pod: Pod, store: OpenLife['store']): void {
    const { metadata } = pod;
    const isForced = metadata.deletionTimestamp === undefined || metadata.deletionGracePeriodSeconds === 0;
    if (isForced || this.#isAnsweredFor(pod, store)) this.#forced.add(`${metadata.namespace}/${metadata.name}`);
    else this.#checkDown(pod, 'was removed');
  }

  #onEnded(pod: Pod, store: OpenLife['store']): void {
    if (!this.#isAnsweredFor(pod, store)) this.#checkDown(pod, `is ${pod.status?.phase}`);
  }

  /** Whether a person did it, or nobody can say what runs on the node. */
  #isAnsweredFor({ spec }: Pod, store: OpenLife['store']): boolean {
    const node = this.#nodeOf(spec?.nodeName);
    if (this.#machine.actor === 'user' || node === undefined || !node.isMember || !node.isReachable) return true;
    // "You should verify that the node is already in shutdown or power off state" (Non-graceful node shutdown): who
    // sets the taint answers for it.
    const key = storageKeyOf({ apiVersion: 'v1', kind: 'Node', name: node.name });
    const taints = (store.get(key)?.value as unknown as Node | undefined)?.spec?.taints ?? [];
    return taints.some((taint) => taint.key === OUT_OF_SERVICE);
  }

  #checkDown({ metadata, spec }: Pod, what: string): void {
    const containers = this.#nodeOf(spec?.nodeName)?.engine.containers() ?? [];
    const running = containers.filter((one) => one.pod.uid === metadata.uid && one.status === 'running');
    if (running.length === 0) return;
    const name = `${metadata.namespace}/${metadata.name}`;
    this.#machine.report('identity', `${name} ${what} while its ${running.map((one) => one.name).join()} runs`);
  }

  #nodeOf(name: string | undefined): SimNode | undefined {
    return this.#machine.nodes.find((one) => one.name === name);
  }
}

function isNamed(pod: { readonly namespace: string; readonly name: string }, namespace: string, name: string): boolean {
  return pod.namespace === namespace && pod.name === name;
}
