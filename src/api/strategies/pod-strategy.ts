import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { formatTime } from '../../lib/clock.ts';
import { qosClassOf } from '../../objects/pod-resources.ts';
import { SCHEDULING_GATED } from '../../objects/pods.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import type { Strategy } from './strategy.ts';

export const podStrategy: Strategy = { prepareCreate };

/**
 * A pod starts out `Pending`, with the quality-of-service class that follows from its resources and never changes.
 * "A pod with scheduling gates is reported with reason SchedulingGated in its condition PodScheduled" (Pod Scheduling
 * Readiness).
 */
function prepareCreate({ context }: WriteScope, object: KubernetesObject): KubernetesObject {
  const spec = object['spec'] as IPodSpec;
  const gated = {
    ...{ type: 'PodScheduled', status: 'False', reason: SCHEDULING_GATED },
    message: 'Scheduling is blocked due to non-empty scheduling gates',
    lastTransitionTime: formatTime(context.clock.wallMs()),
  };
  const conditions = (spec.schedulingGates ?? []).length > 0 ? { conditions: [gated] } : {};
  return { ...object, status: { phase: 'Pending', qosClass: qosClassOf(spec), ...conditions } };
}
