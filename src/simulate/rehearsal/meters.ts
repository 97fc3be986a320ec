import type { Client } from '../../api/client.ts';
import {
  addQuantities,
  compareQuantities,
  controllerOf,
  formatQuantity,
  isPodTerminal,
  maxQuantity,
  parseQuantity,
  podRequests,
  type Quantity,
  subtractQuantities,
  ZERO_QUANTITY,
} from '../../objects/index.ts';
import type { EndpointSlice, Event, Pod } from '../../objects/types.ts';
import type { NodeCapacity } from '../../report/index.ts';

const SERVICE_LABEL = 'kubernetes.io/service-name';

export interface ServiceAvailability {
  /** `Service/shop/web`. */
  readonly service: string;
  readonly readyBefore: number;
  readonly lowestReady: number;
  readonly readyAfter: number;
}

/** Follows how many endpoints of each Service are ready. */
export class ServiceMeter {
  readonly #slices = new Map<string, { readonly service: string; readonly ready: number }>();
  readonly #services = new Map<string, { before: number; lowest: number; now: number }>();
  readonly #unwatch: () => void;

  constructor(client: Client) {
    for (const slice of client.list('EndpointSlice')) this.#take(slice, false);
    for (const counts of this.#services.values()) counts.before = counts.now;
    for (const counts of this.#services.values()) counts.lowest = counts.now;
    this.#unwatch = client.watch('EndpointSlice', ({ type, object }) => this.#take(object, type === 'DELETED'));
  }

  stop(): void {
    this.#unwatch();
  }

  /** Sorted by name. */
  get services(): readonly ServiceAvailability[] {
    return [...this.#services]
      .map(([service, { before, lowest, now }]) => ({
        service,
        readyBefore: before,
        lowestReady: Math.min(lowest, before),
        readyAfter: now,
      }))
      .sort((a, b) => (a.service < b.service ? -1 : 1));
  }

  #take(slice: EndpointSlice, isGone: boolean): void {
    const { name, namespace = 'default', labels = {}, uid } = slice.metadata;
    const service = `Service/${namespace}/${labels[SERVICE_LABEL] ?? name}`;
    const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready === true).length;
    const known = this.#slices.get(uid);
    if (isGone) this.#slices.delete(uid);
    else this.#slices.set(uid, { service, ready });
    const counts = this.#services.get(service) ?? { before: 0, lowest: Number.POSITIVE_INFINITY, now: 0 };
    this.#services.set(service, counts);
    counts.now += (isGone ? 0 : ready) - (known?.ready ?? 0);
    counts.lowest = Math.min(counts.lowest, counts.now);
  }
}

/** What a controller or the node agent complained about while a change was played. */
export interface PlayedWarning {
  readonly object: string;
  readonly reason: string;
  readonly message: string;
  /** It was said of the object before the change came in, too. */
  readonly wasBefore: boolean;
}

/** Keeps what is complained about from now on: an event that came with the live state tells of a time that is over. */
export class WarningMeter {
  readonly #client: Client;
  readonly #before = new Set<string>();
  readonly #since = new Map<string, PlayedWarning>();
  readonly #unwatch: () => void;
  #hasBegun = false;

  constructor(client: Client) {
    this.#client = client;
    this.#unwatch = client.watch('Event', ({ type, object }) => {
      if (type !== 'DELETED') this.#take(object);
    });
  }

  /** The change comes in. */
  begin(): void {
    this.#hasBegun = true;
  }

  stop(): void {
    this.#unwatch();
  }

  /** Sorted by object. */
  get warnings(): readonly PlayedWarning[] {
    return [...this.#since.values()].sort((a, b) => (a.object < b.object ? -1 : 1));
  }

  #take({ metadata, type, involvedObject, reason = '', message = '' }: Event): void {
    if (type !== 'Warning') return;
    const { kind = '', namespace = '', name = '' } = involvedObject;
    const object = this.#cronJobOf(involvedObject) ?? `${kind}/${namespace}/${name}`;
    const complaint = `${reason} ${object}`;
    if (this.#hasBegun)
      this.#since.set(metadata.uid, { object, reason, message, wasBefore: this.#before.has(complaint) });
    else this.#before.add(complaint);
  }

  /** A run has a name of its own each time: what is said of it is said of its CronJob. */
  #cronJobOf({ kind, namespace = '', name = '' }: Event['involvedObject']): string | undefined {
    const job = kind === 'Job' ? this.#client.get('Job', { namespace, name }) : undefined;
    const owner = job === undefined ? undefined : controllerOf(job);
    return owner?.kind === 'CronJob' ? `CronJob/${namespace}/${owner.name}` : undefined;
  }
}

/** Resources that people size machines by; others appear where a pod asks for them. */
const ALWAYS_SHOWN = ['cpu', 'memory'];

interface Meter {
  readonly before: Quantity;
  now: Quantity;
  peak: Quantity;
}

/** Follows what the pods on each node request. */
export class CapacityMeter {
  readonly #client: Client;
  readonly #pods = new Map<string, { readonly node: string; readonly requests: ReturnType<typeof podRequests> }>();
  readonly #meters = new Map<string, Map<string, Meter>>();
  readonly #unwatch: () => void;
  #isRecording = false;

  constructor(client: Client) {
    this.#client = client;
    for (const pod of client.list('Pod')) this.#take(pod, false);
    for (const node of this.#meters.values()) {
      for (const [name, { now }] of node) node.set(name, { before: now, now, peak: now });
    }
    this.#isRecording = true;
    this.#unwatch = client.watch('Pod', ({ type, object }) => this.#take(object, type === 'DELETED'));
  }

  stop(): void {
    this.#unwatch();
  }

  /** Of each node and resource, sorted. */
  get capacity(): readonly NodeCapacity[] {
    return this.#client.list('Node').flatMap((node) => {
      const { name } = node.metadata;
      const meters = this.#meters.get(name) ?? new Map<string, Meter>();
      const resources = [...new Set([...ALWAYS_SHOWN, ...meters.keys()])].sort();
      return resources.flatMap((resource) => {
        const allocatable = node.status?.allocatable?.[resource];
        if (allocatable === undefined) return [];
        const { before, now, peak } = meters.get(resource) ?? NOTHING;
        return [
          {
            node: name,
            resource,
            allocatable: formatQuantity(parseQuantity(allocatable)),
            before: formatQuantity(before),
            after: formatQuantity(now),
            peak: formatQuantity(peak),
          },
        ];
      });
    });
  }

  #take(pod: Pod, isGone: boolean): void {
    const { uid } = pod.metadata;
    const node = pod.spec?.nodeName;
    const known = this.#pods.get(uid);
    const counts = node !== undefined && !isGone && !isPodTerminal(pod);
    if (counts === (known !== undefined)) return;
    if (known !== undefined) {
      this.#pods.delete(uid);
      this.#add(known.node, known.requests, subtractQuantities);
    } else if (node !== undefined && pod.spec !== undefined) {
      const requests = podRequests(pod.spec);
      this.#pods.set(uid, { node, requests });
      this.#add(node, requests, addQuantities);
    }
  }

  #add(node: string, requests: ReturnType<typeof podRequests>, combine: (a: Quantity, b: Quantity) => Quantity): void {
    const meters = this.#meters.get(node) ?? new Map<string, Meter>();
    this.#meters.set(node, meters);
    for (const [resource, amount] of requests) {
      const meter = meters.get(resource) ?? { ...NOTHING };
      meter.now = combine(meter.now, amount);
      if (this.#isRecording && compareQuantities(meter.now, meter.peak) > 0)
        meter.peak = maxQuantity(meter.now, meter.peak);
      meters.set(resource, meter);
    }
  }
}

const NOTHING: Meter = { before: ZERO_QUANTITY, now: ZERO_QUANTITY, peak: ZERO_QUANTITY };
