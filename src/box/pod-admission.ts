import type { Admission, AdmissionRequest } from '../api/index.ts';
import { type PodSecurityPolicy, type PodSpec, podSecurityProblems } from '../kubelet/index.ts';
import { jsonEqual } from '../lib/json.ts';
import { type FieldPath, type FieldProblem, POD_TEMPLATES } from '../objects/index.ts';

/**
 * "Whoever can push must not thereby be root": refuses pods, and workloads whose pods would be refused, that ask for
 * more of the machine than the box's own configuration allows their namespace. A workload is refused where it is
 * declared, with its line, and not only its pods.
 */
export function createPodAdmission(policy: PodSecurityPolicy): Admission {
  return (request) => {
    const path = POD_TEMPLATES[request.kind.kind];
    if (path === undefined || request.verb === 'delete' || request.subresource !== undefined) return undefined;
    // What an earlier configuration let in may be scaled and go on: only a changed pod spec is judged again.
    if (request.previous !== undefined && jsonEqual(specAt(request.previous, path), specAt(request.object, path)))
      return undefined;
    const problems = problemsOf(policy, request, path);
    return problems.length === 0 ? undefined : { problems };
  };
}

function specAt(object: object, path: FieldPath): unknown {
  return [...path, 'spec'].reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown> | undefined)?.[step],
    object,
  );
}

function problemsOf(policy: PodSecurityPolicy, { object }: AdmissionRequest, path: FieldPath): readonly FieldProblem[] {
  const spec = specAt(object, path);
  if (typeof spec !== 'object' || spec === null) return [];
  const namespace = object.metadata?.namespace ?? 'default';
  return podSecurityProblems(spec as PodSpec, namespace, policy, [...path, 'spec']);
}
