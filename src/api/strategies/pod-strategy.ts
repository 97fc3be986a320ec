import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { qosClassOf } from '../../objects/pod-resources.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import type { Strategy } from './strategy.ts';

export const podStrategy: Strategy = { prepareCreate };

/** A pod starts out `Pending`, with the quality-of-service class that follows from its resources and never changes. */
function prepareCreate(_scope: WriteScope, object: KubernetesObject): KubernetesObject {
  return { ...object, status: { phase: 'Pending', qosClass: qosClassOf(object['spec'] as IPodSpec) } };
}
