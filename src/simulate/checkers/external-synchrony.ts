import { isPodTerminal, storageKeyOf } from '../../objects/index.ts';
import type { EndpointSlice, Pod } from '../../objects/types.ts';
import type { PodIdentity } from '../../runtime/runtime.ts';
import type { SimCall } from '../../runtime/sim/sim-behaviour.ts';
import type { SimEngine } from '../../runtime/sim/sim-engine.ts';
import type { CommitInfo } from '../../source/source.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { Life, LifeWatcher } from '../life.ts';
import type { Machine } from '../machine.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';
import type { DurabilityChecker } from './durability.ts';
import { objectOf } from './store-events.ts';

const SLICES = '/discovery.k8s.io/endpointslices/';
/** How an object's version is written in what is published, and the longest one. */
const VERSION = '"resourceVersion":"';
const VERSION_DIGITS = 16;
/** How a log line begins that tells of a stop. */
const STOPS = 'debug container stops ';
/** What the node agent says of a stop whose cause is nothing but the deletion. */
const DELETED = 'the pod is deleted';

interface SpokenOf {
  readonly pod: string;
  readonly container: string;
  readonly why: string;
  /** By a deletion. */
  readonly isShortened: boolean;
}

const POD_ADDRESS = /\b10\.(?:88|89|90)\.\d+\.\d+\b/g;

/**
 * "Whatever leaves the process waits until the revision that it depends on is durable": a container is made only for a
 * pod that a crash would leave bound, it is stopped only for a deletion that a crash would leave, the kernel hears of
 * no endpoint and the status branch shows no object that a crash would take back.
 */
export class ExternalSynchronyChecker implements LifeWatcher {
  readonly #machine: Machine;
  readonly #durable: DurabilityChecker;
  /** Pods, by `namespace/name`, that were bound on disk once: one that was deleted since may still be acted for. */
  readonly #bound = new Set<string>();
  /** Addresses that an EndpointSlice on disk ever had. Engines hand out each address once. */
  readonly #endpoints = new Set<string>();
  /**
   * The stop that the node agent has just spoken of, which it asks for in the same tick: a probe or a hook that failed
   * is a cause of its own. Of a stop that it only shortens it says nothing.
   */
  #spokenOf: SpokenOf | undefined;

  constructor(machine: Machine, durable: DurabilityChecker) {
    this.#machine = machine;
    this.#durable = durable;
  }

  onEngineCall(call: SimCall, life: Life, engine: SimEngine): void {
    const { operation, target } = call;
    if (operation === 'runSandbox' || operation === 'createContainer') {
      const [namespace = '', name = ''] = target.split('/');
      const isBound = this.#bound.has(`${namespace}/${name}`) || this.#isBoundOnDisk({ namespace, name });
      if (!isBound) this.#report(`${operation} ${target}: no such pod is bound on disk`);
      return;
    }
    const spokenOf = this.#spokenOf;
    this.#spokenOf = undefined;
    const pod = podOf(call, engine);
    if (pod === undefined || hasOtherCause(call, pod, spokenOf)) return;
    const durable = this.#durablePod(pod);
    const inMemory = life.open?.store.get(storageKeyOf({ apiVersion: 'v1', kind: 'Pod', ...pod }))?.value as
      | Pod
      | undefined;
    if (durable?.metadata.uid !== pod.uid || durable.metadata.deletionTimestamp !== undefined) return;
    // What has ended on disk is cleared away whether somebody deletes it or not.
    if (isPodTerminal(durable)) return;
    const isGoing = inMemory?.metadata.uid !== pod.uid || inMemory.metadata.deletionTimestamp !== undefined;
    if (isGoing) this.#report(`${operation} ${target}: the pod's deletion is not on disk yet`);
  }

  onLog(line: string): void {
    if (line.startsWith(STOPS)) this.#spokenOf = JSON.parse(line.slice(STOPS.length));
  }

  onDurable(events: readonly StoreEvent[]): void {
    for (const event of events) {
      const pod = objectOf(event, 'Pod') as Pod | undefined;
      if (pod?.spec?.nodeName !== undefined) this.#bound.add(`${pod.metadata.namespace}/${pod.metadata.name}`);
      const slice = objectOf(event, 'EndpointSlice') as EndpointSlice | undefined;
      for (const { addresses } of slice?.endpoints ?? []) for (const address of addresses) this.#endpoints.add(address);
    }
  }

  onPacketRules(commands: string): void {
    // What survived a crash without having been reported durable is on disk, too.
    for (const { value } of this.#durable.list(SLICES))
      for (const { addresses } of (value as unknown as EndpointSlice).endpoints ?? [])
        for (const address of addresses) this.#endpoints.add(address);
    for (const [address] of commands.matchAll(POD_ADDRESS)) {
      if (this.#endpoints.has(address) || address.endsWith('.0.1') || address.endsWith('.0.0')) continue;
      return this.#report(`the kernel is told of the endpoint ${address}, which is not on disk yet`);
    }
  }

  onStatusCommit(commit: CommitInfo): void {
    const text = this.#machine.repository.readFiles(commit.id).get(`${WORLD_SETTINGS.cluster}/live.json`) ?? '[]';
    for (let at = text.indexOf(VERSION); at >= 0; at = text.indexOf(VERSION, at + VERSION.length)) {
      const version = Number.parseInt(text.slice(at + VERSION.length, at + VERSION.length + VERSION_DIGITS), 10);
      if (!(version > this.#durable.revision)) continue;
      return this.#report(`the status branch shows revision ${version}, and ${this.#durable.revision} is on disk`);
    }
  }

  #isBoundOnDisk(pod: Pick<PodIdentity, 'namespace' | 'name'>): boolean {
    return this.#durablePod(pod)?.spec?.nodeName !== undefined;
  }

  #durablePod({ namespace, name }: Pick<PodIdentity, 'namespace' | 'name'>): Pod | undefined {
    const key = storageKeyOf({ apiVersion: 'v1', kind: 'Pod', namespace, name });
    return this.#durable.get(key)?.value as Pod | undefined;
  }

  #report(message: string): void {
    this.#machine.report('external synchrony', message);
  }
}

function hasOtherCause({ operation, target }: SimCall, pod: PodIdentity, spokenOf: SpokenOf | undefined): boolean {
  if (operation !== 'stopContainer' || spokenOf === undefined) return false;
  if (spokenOf.why === DELETED || spokenOf.isShortened) return false;
  return spokenOf.pod.endsWith(`(${pod.uid})`) && target.endsWith(`/${spokenOf.container}`);
}

/** The pod whose running container or sandbox a call is about to stop. */
function podOf({ operation, target }: SimCall, engine: SimEngine): PodIdentity | undefined {
  if (operation === 'stopSandbox' || operation === 'removeSandbox')
    return engine.sandboxes().find(({ id, running }) => running && id === target)?.pod;
  if (operation !== 'stopContainer') return undefined;
  const running = engine.containers().filter(({ status }) => status === 'running');
  return running.find(({ pod, name }) => `${pod.namespace}/${pod.name}/${name}` === target)?.pod;
}
