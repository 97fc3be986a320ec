import { jsonEqual } from '../../../lib/json.ts';
import { formatObject } from '../../../objects/index.ts';
import { specOf } from '../../pod-specs.ts';
import { findingOn, ofKind, type Rule } from '../rule.ts';

/**
 * "Selector updates — changing the existing value in a selector key — result in orphaning"; "in API version apps/v1, a Deployment's label selector is immutable
 * after it gets created" (Deployments, kubernetes.io).
 */
export const orphanedPods: Rule = ({ objects, before, podsOf }) =>
  ofKind(objects, 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet').flatMap((planned) => {
    const old = before.get(planned.key);
    if (old === undefined || jsonEqual(specOf(old.object)['selector'], specOf(planned.object)['selector'])) return [];
    const pods = podsOf(formatObject(planned.id));
    const message =
      pods === 0
        ? 'its selector changes, which an object that exists refuses'
        : `its selector changes: the ${pods} pods that run would belong to nobody, and an object that exists refuses it`;
    return [findingOn(planned, 'PodsOrphaned', { severity: 'error', field: ['spec', 'selector'], message })];
  });
