/**
 * The rules by which nodes are chosen, in the order in which kube-scheduler runs them: the first filter that refuses a
 * node speaks for it. A new rule is a new file and a line here. It must not know queues, time or the API.
 */
import type { FilterPlugin, ScorePlugin } from '../plugin.ts';
import { imageLocality } from './image-locality.ts';
import { interPodAffinity, interPodAffinityScore } from './inter-pod-affinity.ts';
import { nodeAffinity, nodeAffinityConflict, nodeAffinityOfPod, nodeAffinityScore } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { balancedAllocation, leastAllocated, nodeResourcesFit } from './node-resources.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { podTopologySpread, podTopologySpreadScore } from './pod-topology-spread.ts';
import { taintToleration, taintTolerationScore } from './taint-toleration.ts';
import { volumeBinding, volumeBindingOfPod, volumeRestrictions } from './volume-binding.ts';
import { volumeZone, volumeZoneOfPod } from './volume-zone.ts';

/** Those that speak for the pod, whatever the node, come first: in kube-scheduler they are asked once (PreFilter). */
export const FILTERS: readonly FilterPlugin[] = [
  nodeAffinityConflict,
  volumeBindingOfPod,
  volumeZoneOfPod,
  nodeAffinityOfPod,
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  volumeRestrictions,
  volumeBinding,
  volumeZone,
  podTopologySpread,
  interPodAffinity,
];

export const SCORES: readonly ScorePlugin[] = [
  taintTolerationScore,
  nodeAffinityScore,
  leastAllocated,
  podTopologySpreadScore,
  interPodAffinityScore,
  balancedAllocation,
  imageLocality,
];
