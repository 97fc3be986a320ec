import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { SYSTEM_NAMESPACES } from '../objects/built-in-objects.ts';
import { kindOf } from '../objects/kinds.ts';
import { SYSTEM_PRIORITY_CLASSES } from '../objects/system-priority-classes.ts';
import type { StoredObject } from '../objects/types.ts';
import type { Store } from '../store/store.ts';
import { judgingAdmission, mutatingAdmission } from './admission/index.ts';
import type { Client, Identity } from './client.ts';
import { type Admission, asStored, type ObjectRules, type RegistryContext } from './context.ts';
import { DEFAULT_SERVICE_CIDR } from './default-service-cidr.ts';
import { newDefaultStorageClass } from './default-storage-class.ts';
import { EventRecorder } from './event-recorder.ts';
import { keyOf } from './kind-lookup.ts';
import { NodeLeases } from './node-leases.ts';
import { builtInRules } from './object-rules.ts';
import { ObjectWatches } from './object-watches.ts';
import { RegistryClient } from './registry-client.ts';
import { parseIpv4Cidr } from './strategies/service-allocation.ts';
import { create, finalizeNamespace } from './verbs/verbs.ts';

export interface RegistryOptions {
  /** Opened with `REGISTRY_INDEXES`. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Default: those of the built-in kinds. */
  readonly rules?: ObjectRules;
  /** The uid of a cluster that is new; one that exists keeps its own. Default: drawn. */
  readonly clusterUid?: string;
  readonly admission?: readonly Admission[];
  /** Default: `DEFAULT_SERVICE_CIDR`. */
  readonly serviceCidr?: string;
  /** Default: 30000–32767. */
  readonly nodePortRange?: { readonly min: number; readonly max: number };
  /** Which events are written. Default: all. A rehearsal reads only what the controllers complain about. */
  readonly events?: 'all' | 'warnings';
  /**
   * Default: it is. No apply depends on who wrote a status, so that a rehearsal, which nobody looks into, does without.
   */
  readonly tracksStatus?: boolean;
}

/** The only door to the objects: defaulting, validation, conflict checks, ownership, watches. */
export interface Registry {
  /**
   * The uid of this cluster: that of its `kube-system` namespace, as is the custom. It stays for as long as the store
   * does.
   */
  readonly clusterUid: string;
  readonly store: Store;
  readonly clock: Clock;
  client(identity: Identity): Client;
  /**
   * Sets `spec.finalizers` of a namespace; with none left and the deletion asked for, it goes. For the namespace
   * controller.
   */
  finalizeNamespace(identity: Identity, name: string, finalizers: readonly string[]): StoredObject;
  /** Notes that a node is alive; kept in memory, outside of the revisions. */
  renewLease(nodeName: string): void;
  /** Monotonic milliseconds of the node's last sign of life in this process. */
  leaseTime(nodeName: string): number | undefined;
  /** Stops watches and timers. The store stays open. */
  close(): void;
}

const SYSTEM: Identity = { user: 'system:apiserver', fieldManager: 'berth' };

/**
 * Opens the registry over a store, and makes the system namespaces, the default storage class and the system priority
 * classes where they are missing.
 */
export function createRegistry(options: RegistryOptions): Registry {
  const { store, clock, random } = options;
  const rules = options.rules ?? builtInRules;
  const serviceCidr = options.serviceCidr ?? DEFAULT_SERVICE_CIDR;
  parseIpv4Cidr(serviceCidr);
  const reader = () => client(SYSTEM);
  const context: RegistryContext = {
    store,
    clock,
    random,
    rules,
    admission: [
      ...mutatingAdmission(reader),
      ...(options.admission ?? []),
      ...judgingAdmission(reader, () => options.clock.wallMs()),
    ],
    serviceCidr,
    nodePortRange: options.nodePortRange ?? { min: 30_000, max: 32_767 },
    tracksStatus: options.tracksStatus ?? true,
  };
  const watches = new ObjectWatches(store);
  const events = new EventRecorder(context, options.events ?? 'all');
  const leases = new NodeLeases(clock);
  const client = (identity: Identity) => new RegistryClient({ context, watches, events }, identity);
  const clusterUid = ensureSystemNamespaces(context, options.clusterUid);
  ensureDefaultStorageClass(context);
  ensureSystemPriorityClasses(context);
  return {
    clusterUid,
    store,
    clock,
    client,
    finalizeNamespace: (identity, name, finalizers) => finalizeNamespace(context, identity, name, finalizers),
    renewLease: (nodeName) => leases.renew(nodeName),
    leaseTime: (nodeName) => leases.timeOf(nodeName),
    close: () => {
      watches.close();
      events.close();
    },
  };
}

function ensureSystemNamespaces(context: RegistryContext, clusterUid: string | undefined): string {
  return context.store.transact(() => {
    const uids = SYSTEM_NAMESPACES.map((name) => {
      const entry = context.store.get(keyOf(kindOf('Namespace'), { name }));
      if (entry !== undefined) return asStored(entry.value).metadata.uid;
      const options = name === 'kube-system' && clusterUid !== undefined ? { uid: clusterUid } : {};
      return create(context, SYSTEM, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, options).metadata.uid;
    });
    return uids.at(-1) ?? '';
  });
}

/**
 * A cluster has storage from the start. Whoever wants another default takes the mark off this one; one that was deleted
 * comes back.
 */
function ensureDefaultStorageClass(context: RegistryContext): void {
  const storageClass = newDefaultStorageClass();
  context.store.transact(() => {
    if (context.store.get(keyOf(kindOf('StorageClass'), storageClass.metadata)) !== undefined) return;
    create(context, SYSTEM, storageClass, {});
  });
}

/**
 * "Adding system priority classes is important. If they fail to add, many critical system components may fail"
 * (AddSystemPriorityClasses).
 */
function ensureSystemPriorityClasses(context: RegistryContext): void {
  context.store.transact(() => {
    for (const { name, ...fields } of SYSTEM_PRIORITY_CLASSES) {
      if (context.store.get(keyOf(kindOf('PriorityClass'), { name })) !== undefined) continue;
      const type = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' };
      create(context, SYSTEM, { ...type, metadata: { name }, ...fields }, {});
    }
  });
}
