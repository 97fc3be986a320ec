import { isPodGoingOn, isPodReady, REVISION_LABEL } from '../../objects/index.ts';
import type { Pod, StatefulSet } from '../../objects/types.ts';

/** A pod that keeps an update from being carried out, and what ends that. */
export interface HeldUpdate {
  readonly pod: string;
  readonly command: string;
}

/**
 * "If you update the Pod template to a configuration that never becomes Running and Ready … StatefulSet will stop the
 * rollout and wait. … it is not enough to revert the Pod template to a good configuration … After reverting the
 * template, you must also delete any Pods that StatefulSet had already attempted to run with the bad configuration"
 * (StatefulSets, Forced rollback).
 */
export function findHeldUpdate({ metadata, spec, status }: StatefulSet, pods: readonly Pod[]): HeldUpdate | undefined {
  if (spec?.podManagementPolicy === 'Parallel' || spec?.updateStrategy?.type === 'OnDelete') return undefined;
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  const held = pods.find((pod) => {
    const isOutdated = pod.metadata.labels?.[REVISION_LABEL] !== status?.updateRevision;
    const ordinal = Number(pod.metadata.name.slice(metadata.name.length + 1));
    return isOutdated && ordinal >= partition && isPodGoingOn(pod) && !isPodReady(pod);
  });
  if (held === undefined) return undefined;
  const { name, namespace } = held.metadata;
  return { pod: name, command: `kubectl delete pod -n ${namespace} ${name}` };
}
