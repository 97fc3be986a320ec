import type { FieldPath } from '../field-problem.ts';
import type { Pod } from '../types.ts';

export type PodSpec = NonNullable<Pod['spec']>;
export type Container = PodSpec['containers'][number];

/** What is judged: the annotations of a pod or a template, and its spec. */
export interface JudgedPod {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** One thing that a level forbids. */
export interface PodSecurityViolation {
  /** In the words of `k8s.io/pod-security-admission`: `privileged`, `runAsNonRoot != true`. */
  readonly reason: string;
  /** Where it is, below the pod spec; for an annotation, `annotations` and its name. */
  readonly field: FieldPath;
  /** Who it is, where that is a container; containers with the same wording are told together. */
  readonly container?: string;
  /**
   * What follows the subject: `must not set securityContext.privileged=true`; the whole detail where there is no
   * subject.
   */
  readonly wording: string;
  /** `pod`, or `pod or` where a container may leave it to its pod. */
  readonly subject?: 'pod' | 'pod or';
}

export interface LocatedContainer {
  readonly container: Container;
  /** `['containers', 0]`. */
  readonly path: FieldPath;
}

/** "visitContainers": init, app and ephemeral ones alike. */
export function listContainers(spec: PodSpec): readonly LocatedContainer[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    ((spec[list] ?? []) as readonly Container[]).map((container, index) => ({ container, path: [list, index] })),
  );
}
