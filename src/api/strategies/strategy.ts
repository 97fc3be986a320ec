import type { KubernetesObject, StoredObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';

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
