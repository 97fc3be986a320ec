import {
  eachContainer,
  eachContext,
  forbiddenCapabilities,
  isConfined,
  type PodSecurityCheck,
  type SecurityContext,
} from './baseline.ts';
import { type JudgedPod, listContainers, type PodSecurityViolation } from './violation.ts';

const VOLUME_KINDS: readonly string[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/**
 * "Restricted: following current Pod hardening best practices" (Pod Security Standards, kubernetes.io;
 * `k8s.io/pod-security-admission/policy`).
 */
export const RESTRICTED_CHECKS: readonly PodSecurityCheck[] = [
  restrictedVolumes,
  allowPrivilegeEscalation,
  runAsNonRoot,
  runAsUser,
  seccompProfile,
  capabilities,
];

function restrictedVolumes({ spec }: JudgedPod): readonly PodSecurityViolation[] {
  return (spec.volumes ?? []).flatMap((volume, index) => {
    const kinds = Object.keys(volume).filter((field) => field !== 'name');
    if (kinds.some((kind) => VOLUME_KINDS.includes(kind))) return [];
    const [kind = 'emptyDir'] = kinds;
    const wording = `volume "${volume.name}" uses restricted volume type "${kind}"`;
    return kinds.length === 0 ? [] : [{ reason: 'restricted volume types', field: ['volumes', index, kind], wording }];
  });
}

function allowPrivilegeEscalation(pod: JudgedPod): readonly PodSecurityViolation[] {
  return eachContainer(pod, ({ name, securityContext }, path) =>
    securityContext?.allowPrivilegeEscalation === false
      ? []
      : [
          {
            reason: 'allowPrivilegeEscalation != false',
            field: [...path, 'securityContext', 'allowPrivilegeEscalation'],
            container: name,
            wording: 'must set securityContext.allowPrivilegeEscalation=false',
          },
        ],
  );
}

function runAsNonRoot(pod: JudgedPod): readonly PodSecurityViolation[] {
  return setHereOrInPod(pod, {
    reason: 'runAsNonRoot != true',
    field: ['runAsNonRoot'],
    judge: ({ runAsNonRoot: value }) => (value === undefined ? 'unset' : value),
    isForbidden: () => 'must not set securityContext.runAsNonRoot=false',
    isMissing: 'must set securityContext.runAsNonRoot=true',
  });
}

function runAsUser(pod: JudgedPod): readonly PodSecurityViolation[] {
  return eachContext(pod, ({ runAsUser: user }, at, who) =>
    user === 0
      ? [{ reason: 'runAsUser=0', field: [...at, 'runAsUser'], ...who, wording: 'must not set runAsUser=0' }]
      : [],
  );
}

function seccompProfile(pod: JudgedPod): readonly PodSecurityViolation[] {
  return setHereOrInPod(pod, {
    reason: 'seccompProfile',
    field: ['seccompProfile', 'type'],
    judge: ({ seccompProfile: profile }) => (profile === undefined ? 'unset' : isConfined(profile.type)),
    isForbidden: ({ seccompProfile: profile }) =>
      `must not set securityContext.seccompProfile.type to "${profile?.type ?? ''}"`,
    isMissing: 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
  });
}

function capabilities(pod: JudgedPod): readonly PodSecurityViolation[] {
  const reason = 'unrestricted capabilities';
  const kept = eachContainer(pod, ({ name, securityContext }, path) =>
    securityContext?.capabilities?.drop?.includes('ALL') === true
      ? []
      : [
          {
            reason,
            field: [...path, 'securityContext', 'capabilities', 'drop'],
            container: name,
            wording: 'must set securityContext.capabilities.drop=["ALL"]',
          },
        ],
  );
  return [...kept, ...forbiddenCapabilities(pod, ['NET_BIND_SERVICE'], reason)];
}

interface SharedField {
  readonly reason: string;
  readonly field: readonly string[];
  readonly judge: (context: SecurityContext) => boolean | 'unset';
  readonly isForbidden: (context: SecurityContext) => string;
  readonly isMissing: string;
}

/**
 * "Container-level fields may be undefined if the pod-level field is set"; what is set wrongly is said in place of what
 * is missing.
 */
function setHereOrInPod(pod: JudgedPod, shared: SharedField): readonly PodSecurityViolation[] {
  const { reason, field, judge, isForbidden, isMissing } = shared;
  const wrong = eachContext(pod, (context, at, who) =>
    judge(context) === false ? [{ reason, field: [...at, ...field], ...who, wording: isForbidden(context) }] : [],
  );
  if (wrong.length > 0 || judge(pod.spec.securityContext ?? {}) === true) return wrong;
  return listContainers(pod.spec).flatMap(({ container, path }) =>
    judge(container.securityContext ?? {}) === 'unset'
      ? [
          {
            reason,
            field: [...path, 'securityContext', ...field],
            container: container.name,
            subject: 'pod or',
            wording: isMissing,
          },
        ]
      : [],
  );
}
