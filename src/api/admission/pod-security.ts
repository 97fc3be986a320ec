import type { FieldProblem } from '../../objects/field-problem.ts';
import {
  describeViolations,
  evaluatePodSecurity,
  type PodSecurityLevel,
  readPodSecurityLevels,
} from '../../objects/pod-security/index.ts';
import { podTemplateOf } from '../../plan/pod-specs.ts';
import type { Client } from '../client.ts';
import type { Admission } from '../context.ts';

/**
 * The Pod Security admission: "enforce: policy violations will cause the pod to be rejected", "warn: will trigger a user-facing warning"; "enforce mode is not
 * applied to workload resources", only to the pods that come of them, while warnings are. What runs already stays (Pod Security Admission, kubernetes.io).
 */
export function createPodSecurityAdmission(client: () => Client): Admission {
  return ({ verb, subresource, kind, object, previous }) => {
    if (verb === 'delete' || subresource !== undefined || !kind.namespaced) return undefined;
    const template = podTemplateOf(object);
    if (template === undefined || (kind.kind === 'Pod' && previous !== undefined)) return undefined;
    const namespace = client().get('Namespace', { name: object.metadata?.namespace ?? 'default' });
    const { enforce, warn } = readPodSecurityLevels(namespace?.metadata.labels);
    const said = (
      level: PodSecurityLevel,
      severity: FieldProblem['severity'],
      verbs: string,
    ): readonly FieldProblem[] => {
      const violations = evaluatePodSecurity(level, template);
      const message = `${verbs} PodSecurity "${level}:latest": ${describeViolations(violations)}`;
      return violations.length === 0 ? [] : [{ code: 'FieldValueForbidden', severity, path: [], at: 'value', message }];
    };
    const refused = kind.kind === 'Pod' ? said(enforce, 'error', 'violates') : [];
    const problems = refused.length > 0 ? refused : said(warn, 'warning', 'would violate');
    return problems.length === 0 ? undefined : { problems };
  };
}
