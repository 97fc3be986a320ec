/** Levels of the Pod Security Standards, the least strict first. */
export const POD_SECURITY_LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type PodSecurityLevel = (typeof POD_SECURITY_LEVELS)[number];

/** What a namespace asks for: `enforce` refuses pods, `audit` and `warn` only say so. */
export type PodSecurityMode = 'enforce' | 'audit' | 'warn';
export type PodSecurityLevels = Readonly<Record<PodSecurityMode, PodSecurityLevel>>;

const PREFIX = 'pod-security.kubernetes.io/';

/**
 * "The per-mode level label indicates which policy level to apply for the mode"; without one it is `privileged`. A value that is no level counts as `restricted`, as
 * in `k8s.io/pod-security-admission/api`: a mistake must not open a namespace.
 */
export function readPodSecurityLevels(labels: Readonly<Record<string, string>> | undefined): PodSecurityLevels {
  const read = (mode: PodSecurityMode): PodSecurityLevel => {
    const value = labels?.[`${PREFIX}${mode}`];
    if (value === undefined) return 'privileged';
    return POD_SECURITY_LEVELS.find((level) => level === value) ?? 'restricted';
  };
  return { enforce: read('enforce'), audit: read('audit'), warn: read('warn') };
}

/** `pod-security.kubernetes.io/enforce`. */
export function podSecurityLabel(mode: PodSecurityMode): string {
  return `${PREFIX}${mode}`;
}
