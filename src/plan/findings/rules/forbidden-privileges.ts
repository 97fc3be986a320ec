import { BASELINE_CAPABILITIES } from '../../../objects/baseline-capabilities.ts';
import type { FieldPath } from '../../../objects/field-problem.ts';
import { containersOf, type PlannedContainer, type PodSpec, podTemplateOf } from '../../pod-specs.ts';
import type { PlannedObject, PlannedObjects } from '../planned-object.ts';
import { findingOn, type Rule } from '../rule.ts';

type Level = 'privileged' | 'baseline' | 'restricted';

interface Violation {
  readonly field: FieldPath;
  readonly what: string;
}

const LABEL = 'pod-security.kubernetes.io/enforce';

/**
 * The Pod Security Standards that a namespace asks for with its labels: "baseline: minimally restrictive policy which prevents known privilege escalations",
 * "restricted: following current Pod hardening best practices" (Pod Security Standards, kubernetes.io).
 */
export const forbiddenPrivileges: Rule = ({ objects }) =>
  [...objects.values()].flatMap((planned) => {
    const level = levelOf(objects, planned);
    const template = podTemplateOf(planned.object);
    if (template === undefined || level === 'privileged') return [];
    const violations = [...baseline(template.spec), ...(level === 'restricted' ? restricted(template.spec) : [])];
    return violations.map(({ field, what }) =>
      findingOn(planned, 'PrivilegeForbidden', {
        severity: 'warning',
        field: [...template.path, 'spec', ...field],
        message: `the namespace ${planned.id.namespace ?? 'default'} enforces the level ${level}, which forbids ${what}`,
      }),
    );
  });

function levelOf(objects: PlannedObjects, { id }: PlannedObject): Level {
  const namespace = [...objects.values()].find(
    (one) => one.id.kind === 'Namespace' && one.id.name === (id.namespace ?? 'default'),
  );
  const level = namespace?.object.metadata?.labels?.[LABEL];
  return level === 'baseline' || level === 'restricted' ? level : 'privileged';
}

function baseline(spec: PodSpec): readonly Violation[] {
  const host = (['hostNetwork', 'hostPID', 'hostIPC'] as const).flatMap((field) =>
    spec[field] === true ? [{ field: [field], what: `${field}` }] : [],
  );
  const volumes = (spec.volumes ?? []).flatMap((volume, index) =>
    volume.hostPath === undefined
      ? []
      : [{ field: ['volumes', index, 'hostPath'], what: `the hostPath volume ${volume.name}` }],
  );
  const containers = containersOf(spec).flatMap(({ container, path }) => baselineOf(container, path));
  return [...host, ...volumes, ...containers];
}

function baselineOf({ name, securityContext, ports = [] }: PlannedContainer, path: FieldPath): readonly Violation[] {
  const at = [...path, 'securityContext'];
  const added = (securityContext?.capabilities?.add ?? []).filter(
    (capability) => !BASELINE_CAPABILITIES.includes(capability),
  );
  return [
    ...(securityContext?.privileged === true
      ? [{ field: [...at, 'privileged'], what: `the privileged container ${name}` }]
      : []),
    ...(added.length > 0
      ? [{ field: [...at, 'capabilities', 'add'], what: `the capabilities ${added.join(', ')} of ${name}` }]
      : []),
    ...ports.flatMap(({ hostPort = 0 }, index) =>
      hostPort === 0
        ? []
        : [{ field: [...path, 'ports', index, 'hostPort'], what: `the host port ${hostPort} of ${name}` }],
    ),
  ];
}

function restricted(spec: PodSpec): readonly Violation[] {
  return containersOf(spec).flatMap(({ container, path }) => {
    const { name, securityContext: own = {} } = container;
    const ofPod = spec.securityContext ?? {};
    const at = [...path, 'securityContext'];
    const rules: readonly (readonly [boolean, FieldPath, string])[] = [
      [
        own.allowPrivilegeEscalation === false,
        [...at, 'allowPrivilegeEscalation'],
        `privilege escalation in ${name} (set it to false)`,
      ],
      [
        (own.runAsNonRoot ?? ofPod.runAsNonRoot) === true,
        [...at, 'runAsNonRoot'],
        `running ${name} as root (set runAsNonRoot)`,
      ],
      [(own.runAsUser ?? ofPod.runAsUser) !== 0, [...at, 'runAsUser'], `running ${name} as user 0`],
      [
        own.capabilities?.drop?.includes('ALL') === true,
        [...at, 'capabilities', 'drop'],
        `capabilities in ${name} (drop ALL)`,
      ],
      [
        (own.seccompProfile ?? ofPod.seccompProfile)?.type !== undefined &&
          (own.seccompProfile ?? ofPod.seccompProfile)?.type !== 'Unconfined',
        [...at, 'seccompProfile'],
        `running ${name} without a seccomp profile (set RuntimeDefault)`,
      ],
    ];
    return rules.flatMap(([isMet, field, what]) => (isMet ? [] : [{ field, what }]));
  });
}
