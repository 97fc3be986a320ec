import type { Pod } from '../../objects/types.ts';
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
  couldHelp: ({ pod }, { node }) => node?.node?.spec?.unschedulable !== true || toleratesCordon(pod),
  prepare: ({ pod }, cluster) => {
    if (!cluster.hasRestrictedNodes || toleratesCordon(pod)) return undefined;
    return ({ node }) => (node?.spec?.unschedulable === true ? REFUSAL : undefined);
  },
};

function toleratesCordon({ spec }: Pod): boolean {
  return (spec?.tolerations ?? []).some((toleration) => toleratesTaint(toleration, TAINT));
}
