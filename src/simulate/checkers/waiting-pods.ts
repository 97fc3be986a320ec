import { podInfoOf, schedule } from '../../scheduler/index.ts';
import type { OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { clusterStateOf, isToBeScheduled, waitsForVolumes } from './scheduler-view.ts';

/** Longer than the longest back-off, "podMaxBackoffSeconds: 10". */
const LOOK_AGAIN_MS = 11_000;
/** So often in a row a pod must have found a node, of which it was not told: others come and go meanwhile. */
const LOOKS = 3;

/** A pod that waits, as it was at the last look. */
interface Waiting {
  readonly lookedAtMs: number;
  readonly placeable: number;
}

/**
 * No pod waits for a node where a scheduler that begins now would find one: "the scheduler moves a pod back to the
 * active queue when something happens that may make it schedulable" (scheduling queue), and whatever it does not notice
 * leaves the pod for as long as nothing else happens.
 */
export class WaitingPodsChecker {
  readonly #machine: Machine;
  readonly #waiting = new Map<string, Waiting>();
  #life: OpenLife | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** To be asked every few seconds. */
  look(): void {
    const life = this.#machine.life?.stage === 'running' ? this.#machine.life.open : undefined;
    if (life !== this.#life) this.#waiting.clear();
    this.#life = life;
    if (life === undefined) return;
    const nowMs = this.#machine.clock.monotonicMs();
    const client = life.registry.client({ user: 'checker', fieldManager: 'checker' });
    const pods = client.list('Pod').filter(isToBeScheduled);
    const uids = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const uid of this.#waiting.keys()) if (!uids.has(uid)) this.#waiting.delete(uid);
    let cluster: ReturnType<typeof clusterStateOf> | undefined;
    for (const pod of pods) {
      const { uid, namespace, name } = pod.metadata;
      const before = this.#waiting.get(uid);
      if (before === undefined) this.#waiting.set(uid, { lookedAtMs: nowMs, placeable: 0 });
      if (before === undefined || nowMs - before.lookedAtMs < LOOK_AGAIN_MS) continue;
      cluster ??= clusterStateOf(client);
      const found = waitsForVolumes(pod, client) ? undefined : schedule(podInfoOf(pod), cluster);
      const placeable = found?.type === 'placement' ? before.placeable + 1 : 0;
      this.#waiting.set(uid, { lookedAtMs: nowMs, placeable });
      this.#machine.tally.count('a pod that waits was looked at');
      if (found?.type === 'placement' && placeable >= LOOKS)
        this.#machine.report('waiting pods', `${namespace}/${name} waits, and ${found.nodeName} takes it`);
    }
  }
}
