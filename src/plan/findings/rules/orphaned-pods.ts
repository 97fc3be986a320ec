import { jsonEqual } from '../../../lib/json.ts';
import { formatObject } from '../../../objects/index.ts';
import { specOf } from '../../pod-specs.ts';
import { findingOn, ofKind, type Rule } from '../rule.ts';

/**
 * "Selector updates — changing the existing value in a selector key — result in orphaning"; "in API version apps/v1, a
 * Deployment's label selector is immutable after it gets created" (Deployments, kubernetes.io), so that only a
 * ReplicationController takes the change. What is deleted and made anew takes its pods along.
 */
export const orphanedPods: Rule = ({ objects, before, replaced, podsOf }) =>
  ofKind(objects, 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'ReplicationController').flatMap(
    (planned) => {
      const old = before.get(planned.key);
      if (old === undefined || replaced.has(planned.key)) return [];
      if (jsonEqual(specOf(old.object)['selector'], specOf(planned.object)['selector'])) return [];
      const pods = podsOf(formatObject(planned.id));
      const isTaken = planned.id.kind === 'ReplicationController';
      if (isTaken && pods === 0) return [];
      const counted = `the ${pods} ${pods === 1 ? 'pod that runs' : 'pods that run'}`;
      const orphans = isTaken
        ? `: ${counted} ${pods === 1 ? 'belongs' : 'belong'} to nobody from then on`
        : pods === 0
          ? ', which an object that exists refuses'
          : `: ${counted} would belong to nobody, and an object that exists refuses it`;
      const message = `its selector changes${orphans}`;
      return [findingOn(planned, 'PodsOrphaned', { severity: 'error', field: ['spec', 'selector'], message })];
    },
  );
