import { controllerOf, isPodTerminal } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { isActive } from './replica-set-sizes.ts';
import type { Rollout } from './rolling-update.ts';

/**
 * "All existing Pods are killed before new ones are created when .spec.strategy.type==Recreate" (Deployment,
 * kubernetes.io). Scales the old sets to nothing and says whether the new one may start: every pod of an old set must
 * have ended or be gone; one that is still terminating holds it up.
 */
export function shutDownOldSets({ oldSets }: Rollout, pods: readonly Pod[]): boolean {
  const isShutDown = !oldSets.some(isActive);
  for (const set of oldSets) set.replicas = 0;
  const old = new Set(oldSets.map((set) => set.replicaSet.metadata.uid));
  const isRunning = (pod: Pod) => old.has(controllerOf(pod)?.uid ?? '') && !isPodTerminal(pod);
  return isShutDown && !pods.some(isRunning);
}
