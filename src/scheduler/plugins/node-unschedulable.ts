import type { FilterPlugin } from '../plugin.ts';
import { toleratesTaint } from './taint-toleration.ts';

const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;
const REFUSAL = { reasons: ['node(s) were unschedulable'], isResolvable: false };

/**
 * "NodeUnschedulable: filters out nodes that have .spec.unschedulable set to true", unless the pod tolerates that
 * taint.
 */
export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  wakesOn: ['node-added', 'node-taints', 'pod-changed'],
  prepare: ({ pod }, cluster) => {
    if (!cluster.hasRestrictedNodes) return undefined;
    const isTolerated = (pod.spec?.tolerations ?? []).some((toleration) => toleratesTaint(toleration, TAINT));
    if (isTolerated) return undefined;
    return ({ node }) => (node?.spec?.unschedulable === true ? REFUSAL : undefined);
  },
};
