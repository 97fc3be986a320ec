import type { KindInfo } from '../../objects/kinds.ts';
import type { KubernetesObject, StoredObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import { jobStrategy } from './job-strategy.ts';
import { namespaceStrategy } from './namespace-strategy.ts';
import { podStrategy } from './pod-strategy.ts';
import { serviceStrategy } from './service-strategy.ts';
import { storageStrategy } from './storage-strategy.ts';

/**
 * What a kind does to its own objects on top of what all kinds have in common (Kubernetes'
 * `rest.RESTCreateUpdateStrategy`).
 */
export interface Strategy {
  /** Fills in what the server decides of a new object. Its fields have no owner. */
  readonly prepareCreate?: (scope: WriteScope, object: KubernetesObject) => KubernetesObject;
  /** Carries over and fills in what the server decides of a changed object. */
  readonly prepareUpdate?: (scope: WriteScope, object: KubernetesObject, previous: StoredObject) => KubernetesObject;
  /** Whether a new object keeps the `status` that it is created with; otherwise it is dropped. */
  readonly keepsStatusOnCreate?: boolean;
}

const PLAIN: Strategy = {};
/** The kubelet registers a node together with what it found out about it. */
const NODE: Strategy = { keepsStatusOnCreate: true };

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  '/Namespace': namespaceStrategy,
  '/Node': NODE,
  '/PersistentVolume': storageStrategy,
  '/PersistentVolumeClaim': storageStrategy,
  '/Pod': podStrategy,
  '/Service': serviceStrategy,
  'batch/Job': jobStrategy,
};

export function strategyOf(kind: KindInfo): Strategy {
  return STRATEGIES[`${kind.group}/${kind.kind}`] ?? PLAIN;
}
