import type { Job, KubernetesObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import type { Strategy } from './strategy.ts';

export const jobStrategy: Strategy = { prepareCreate };

/** Labels as they are since 1.27, and the older ones without a prefix that are kept beside them. */
const PREFIX = 'batch.kubernetes.io/';

/**
 * "manualSelector: when left unset, the system picks labels unique to this job and appends those labels to the pod
 * template" (batch/v1): two Jobs never take each other's pods.
 */
function prepareCreate(_scope: WriteScope, object: KubernetesObject): KubernetesObject {
  const spec = object['spec'] as Job['spec'];
  if (spec === undefined || spec.manualSelector === true) return object;
  const { name = '', uid = '' } = (object.metadata ?? {}) as { readonly name?: string; readonly uid?: string };
  const { metadata } = spec.template;
  const labels = {
    ...metadata?.labels,
    [`${PREFIX}controller-uid`]: uid,
    [`${PREFIX}job-name`]: name,
    'controller-uid': uid,
    'job-name': name,
  };
  const template = { ...spec.template, metadata: { ...metadata, labels } };
  return { ...object, spec: { ...spec, selector: { matchLabels: { [`${PREFIX}controller-uid`]: uid } }, template } };
}
