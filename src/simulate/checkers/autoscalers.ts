import type { HorizontalPodAutoscaler, StoredObject } from '../../objects/types.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { keyOf, objectOf, previousOf } from './store-events.ts';

const AUTOSCALERS = '/autoscaling/horizontalpodautoscalers/';
/** "scaleDown: … with a 300 second stabilization window" where the spec says nothing. */
const DEFAULT_WINDOW_S = 300;

interface Raise {
  readonly to: number;
  readonly atMs: number;
  readonly generation: number;
}

/**
 * Each change of the size of what an autoscaler scales is its own, within its bounds, and does not take back what it
 * did within the stabilization window: "the highest recommendation of the window is used, so that replicas are not
 * removed and then triggered to be made anew" (Horizontal Pod Autoscaling). Git's number gives way to it.
 */
export class AutoscalersChecker implements LifeWatcher {
  readonly #machine: Pick<Machine, 'actor' | 'clock' | 'report' | 'tally'>;
  /** What each one scaled up to lately, by its uid; a restart of Berth forgets it. */
  readonly #raises = new Map<string, readonly Raise[]>();

  constructor(machine: Pick<Machine, 'actor' | 'clock' | 'report' | 'tally'>) {
    this.#machine = machine;
  }

  onOpen(): void {
    this.#raises.clear();
  }

  onCommit(events: readonly StoreEvent[], { store }: Pick<OpenLife, 'store'>): void {
    if (this.#machine.actor === 'user') return;
    for (const event of events) {
      const [object, before] = [objectOf(event), previousOf(event)];
      if (object === undefined || before === undefined || object.metadata.uid !== before.metadata.uid) continue;
      if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') continue;
      const [from, to] = [replicasOf(before), replicasOf(object)];
      if (from === to) continue;
      const autoscaler = autoscalersOf(object, store)[0];
      if (autoscaler === undefined) continue;
      const isOwn = events.some((other) => isScalingBy(autoscaler, other));
      if (isOwn) this.#checkScaling(autoscaler, from, to);
      else if (isCeded(before))
        this.#report(`${nameOf(object)} has an autoscaler and was set from ${from} to ${to} replicas by somebody else`);
    }
  }

  #checkScaling(autoscaler: HorizontalPodAutoscaler, from: number, to: number): void {
    const { metadata, spec } = autoscaler;
    const [least, most] = boundsOf(autoscaler);
    const name = nameOf(autoscaler);
    const direction = to > from ? 'up' : 'down';
    this.#machine.tally.count(`an autoscaler scaled ${direction}`);
    if (to < least || to > most) this.#report(`${name} scaled to ${to}, and asks for ${least} to ${most}`);
    const nowMs = this.#machine.clock.monotonicMs();
    const generation = metadata.generation ?? 0;
    const windowMs = (spec?.behavior?.scaleDown?.stabilizationWindowSeconds ?? DEFAULT_WINDOW_S) * 1_000;
    const raises = (this.#raises.get(metadata.uid) ?? []).filter(
      (one) => one.atMs > nowMs - windowMs && one.generation === generation,
    );
    if (to > from) return void this.#raises.set(metadata.uid, [...raises, { to, atMs: nowMs, generation }]);
    this.#raises.set(metadata.uid, raises);
    // "If there are more than maxReplicas", that counts at once.
    const higher = from > most ? undefined : raises.find((one) => one.to > to);
    if (higher !== undefined)
      this.#report(`${name} scaled down to ${to} ${nowMs - higher.atMs} ms after it had scaled up to ${higher.to}`);
  }

  #report(message: string): void {
    this.#machine.report('autoscalers', message);
  }
}

/** What keeps autoscalers from being at rest, at the end of a history. */
export function autoscalerProblems({ store }: Pick<OpenLife, 'store'>): readonly string[] {
  return store.list(AUTOSCALERS).flatMap(({ value }) => {
    const autoscaler = value as unknown as HorizontalPodAutoscaler;
    const { status } = autoscaler;
    const targets = ['deployments', 'statefulsets'].map((plural) => targetOf(autoscaler, plural, store));
    const target = targets.find((one) => one !== undefined);
    if (target === undefined) return [];
    const [least, most] = boundsOf(autoscaler);
    const replicas = replicasOf(target);
    const name = nameOf(autoscaler);
    const able = status?.conditions?.find(({ type }) => type === 'AbleToScale');
    // "Scaling is disabled since the replica count of the target is zero."
    const isOut = replicas !== 0 && (replicas < least || replicas > most);
    return [
      ...(isOut ? [`${name} asks for ${least} to ${most}, and there are ${replicas}`] : []),
      ...(status?.currentReplicas === replicas ? [] : [`${name} has not seen the ${replicas} replicas of its target`]),
      ...(able?.reason === 'ScaleDownStabilized' ? [`${name} is about to scale down`] : []),
    ];
  });
}

/** Those whose target this is, without those that are on their way out. */
function autoscalersOf({ kind, metadata }: StoredObject, store: OpenLife['store']): readonly HorizontalPodAutoscaler[] {
  return store
    .list(`${AUTOSCALERS}${metadata.namespace}/`)
    .map(({ value }) => value as unknown as HorizontalPodAutoscaler)
    .filter(({ spec }) => spec?.scaleTargetRef.kind === kind && spec.scaleTargetRef.name === metadata.name);
}

function targetOf({ metadata, spec }: HorizontalPodAutoscaler, plural: string, store: OpenLife['store']) {
  const { kind = '', name = '' } = spec?.scaleTargetRef ?? {};
  if (`${kind.toLowerCase()}s` !== plural) return undefined;
  return store.get(`/apps/${plural}/${metadata.namespace}/${name}`)?.value as unknown as StoredObject | undefined;
}

/**
 * An autoscaler writes its own status in the transaction in which it scales; Git's changes of its spec come without a
 * time of scaling.
 */
function isScalingBy({ metadata }: HorizontalPodAutoscaler, event: StoreEvent): boolean {
  const [now, before] = [objectOf(event), previousOf(event)].map((one) => one as HorizontalPodAutoscaler | undefined);
  return (
    keyOf(event).startsWith(AUTOSCALERS) &&
    now?.metadata.uid === metadata.uid &&
    now.metadata.generation === before?.metadata.generation &&
    now.status?.conditions?.some(({ reason }) => reason === 'SucceededRescale') === true
  );
}

/** Whether an autoscaler has set the number before, which is what Git gives way to. */
function isCeded({ metadata }: StoredObject): boolean {
  return (metadata.managedFields ?? []).some(
    ({ manager, subresource, fieldsV1 }) =>
      manager === 'kube-controller-manager' &&
      subresource === 'scale' &&
      JSON.stringify(fieldsV1).includes('"f:replicas"'),
  );
}

function boundsOf({ spec }: HorizontalPodAutoscaler): readonly [least: number, most: number] {
  return [spec?.minReplicas ?? 1, spec?.maxReplicas ?? 1];
}

function replicasOf(object: StoredObject): number {
  return (object['spec'] as { readonly replicas?: number } | undefined)?.replicas ?? 1;
}

function nameOf({ metadata }: Pick<StoredObject, 'metadata'>): string {
  return `${metadata.namespace}/${metadata.name}`;
}
