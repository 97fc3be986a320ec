import type { KubernetesObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import type { Strategy } from './strategy.ts';

/** Claims and volumes start out `Pending` (PrepareForCreate of both); what binds them tells the rest. */
export const storageStrategy: Strategy = { prepareCreate };

function prepareCreate(_scope: WriteScope, object: KubernetesObject): KubernetesObject {
  return { ...object, status: { phase: 'Pending' } };
}
