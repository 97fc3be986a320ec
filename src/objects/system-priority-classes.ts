/** A class that Kubernetes ships with. */
export interface SystemPriorityClass {
  readonly name: string;
  readonly value: number;
  readonly description: string;
}

/**
 * "Kubernetes already ships with two PriorityClasses" (Pod Priority and Preemption); values and descriptions as in
 * scheduling/v1 helpers.go.
 */
export const SYSTEM_PRIORITY_CLASSES: readonly SystemPriorityClass[] = [
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
];

export function findSystemPriorityClass(name: string): SystemPriorityClass | undefined {
  return SYSTEM_PRIORITY_CLASSES.find((each) => each.name === name);
}
