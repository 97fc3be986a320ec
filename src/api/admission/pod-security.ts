import { counted } from '../../lib/counted.ts';
import type { FieldProblem } from '../../objects/field-problem.ts';
import {
  describeViolations,
  evaluatePodSecurity,
  type PodSecurityLevel,
  readPodSecurityLevels,
} from '../../objects/pod-security/index.ts';
import type { KubernetesObject, StoredObject } from '../../objects/types.ts';
import { containersOf, type PodTemplate, podTemplateOf } from '../../plan/pod-specs.ts';
import type { Client } from '../client.ts';
import type { Admission } from '../context.ts';
import { objectProblem } from './object-problem.ts';

/**
 * The Pod Security admission: "enforce: policy violations will cause the pod to be rejected", "warn: will trigger a
 * user-facing warning"; "enforce mode is not applied to workload resources", only to the pods that come of them, while
 * warnings are. What runs already stays, and is judged again when its image changes; a namespace that begins to enforce
 * more warns about what runs in it (Pod Security Admission, kubernetes.io). Wrong labels are for the validation of
 * namespaces.
 */
export function createPodSecurityAdmission(client: () => Client): Admission {
  return ({ verb, subresource, kind, object, previous }) => {
    if (verb === 'delete' || subresource !== undefined) return undefined;
    if (kind.group === '' && kind.kind === 'Namespace') return toResult(judgeNamespace(client(), object, previous));
    const template = kind.namespaced ? podTemplateOf(object) : undefined;
    if (template === undefined) return undefined;
    const isPod = kind.kind === 'Pod';
    if (isPod && previous !== undefined && !hasNewImage(template, previous)) return undefined;
    const namespace = client().get('Namespace', { name: object.metadata?.namespace ?? 'default' });
    const { enforce, warn } = readPodSecurityLevels(namespace?.metadata.labels);
    const refused = isPod ? judge(template, enforce, 'error', 'violates') : [];
    return toResult(refused.length > 0 ? refused : judge(template, warn, 'warning', 'would violate'));
  };
}

function toResult(problems: readonly FieldProblem[]): { readonly problems: readonly FieldProblem[] } | undefined {
  return problems.length === 0 ? undefined : { problems };
}

function judge(
  template: PodTemplate,
  level: PodSecurityLevel,
  severity: FieldProblem['severity'],
  verb: string,
): readonly FieldProblem[] {
  const violations = evaluatePodSecurity(level, template);
  if (violations.length === 0) return [];
  return [problem(severity, `${verb} PodSecurity "${level}:latest": ${describeViolations(violations)}`)];
}

/** "isSignificantPodUpdate": of all that may change in a pod, a new image is what may bring another program. */
function hasNewImage({ spec }: PodTemplate, previous: StoredObject): boolean {
  const before = podTemplateOf(previous);
  const imagesOf = (of: PodTemplate['spec']) => containersOf(of).map(({ container }) => container.image);
  return before === undefined || JSON.stringify(imagesOf(spec)) !== JSON.stringify(imagesOf(before.spec));
}

/**
 * `existing pods in namespace "shop" violate the new PodSecurity enforce level "restricted:latest"`, and why, pods with
 * the same faults together.
 */
function judgeNamespace(
  client: Client,
  { metadata }: KubernetesObject,
  previous: StoredObject | undefined,
): readonly FieldProblem[] {
  const { enforce } = readPodSecurityLevels(metadata?.labels);
  if (previous === undefined || enforce === readPodSecurityLevels(previous.metadata.labels).enforce) return [];
  const name = previous.metadata.name;
  const faults = new Map<string, string[]>();
  for (const pod of client.list('Pod', { namespace: name })) {
    const template = podTemplateOf(pod as unknown as KubernetesObject);
    const violations = template === undefined ? [] : evaluatePodSecurity(enforce, template);
    if (violations.length === 0) continue;
    const reasons = [...new Set(violations.map(({ reason }) => reason))].join(', ');
    faults.set(reasons, [...(faults.get(reasons) ?? []), pod.metadata.name]);
  }
  if (faults.size === 0) return [];
  const lines = [...faults].map(([reasons, [first = '', ...others]]) => {
    const more = others.length === 0 ? '' : ` (and ${counted(others.length, 'other pod')})`;
    return `${first}${more}: ${reasons}`;
  });
  const heading = `existing pods in namespace "${name}" violate the new PodSecurity enforce level "${enforce}:latest"`;
  return [heading, ...lines].map((message) => problem('warning', message));
}

function problem(severity: FieldProblem['severity'], message: string): FieldProblem {
  return { ...objectProblem(message, 'drop the privilege, or change the level of the namespace'), severity };
}
