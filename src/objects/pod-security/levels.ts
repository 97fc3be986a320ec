/** Levels of the Pod Security Standards, the least strict first. */
export const POD_SECURITY_LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type PodSecurityLevel = (typeof POD_SECURITY_LEVELS)[number];

/** What a namespace asks for: `enforce` refuses pods, `audit` and `warn` only say so. */
export const POD_SECURITY_MODES = ['enforce', 'audit', 'warn'] as const;
export type PodSecurityMode = (typeof POD_SECURITY_MODES)[number];
export type PodSecurityLevels = Readonly<Record<PodSecurityMode, PodSecurityLevel>>;

const PREFIX = 'pod-security.kubernetes.io/';

type Labels = Readonly<Record<string, string>> | undefined;

/**
 * "The per-mode level label indicates which policy level to apply for the mode"; without one it is `privileged`. As in
 * `PolicyToEvaluate` of `k8s.io/pod-security-admission`: a value that is no level fails closed where it is enforced
 * (`restricted`) and open where it is only said (`privileged`), and a namespace that enforces more than it warns about,
 * without a label for the latter, warns about the same.
 */
export function readPodSecurityLevels(labels: Labels): PodSecurityLevels {
  const read = (mode: PodSecurityMode, otherwise: PodSecurityLevel): PodSecurityLevel | undefined => {
    const value = labels?.[podSecurityLabel(mode)];
    return value === undefined ? undefined : (levelNamed(value) ?? otherwise);
  };
  const enforce = read('enforce', 'restricted') ?? 'privileged';
  const isEnforced = levelNamed(labels?.[podSecurityLabel('enforce')]) !== undefined;
  return {
    enforce,
    audit: read('audit', 'privileged') ?? 'privileged',
    warn: read('warn', 'privileged') ?? (isEnforced ? enforce : 'privileged'),
  };
}

export function levelNamed(value: string | undefined): PodSecurityLevel | undefined {
  return POD_SECURITY_LEVELS.find((level) => level === value);
}

/** `pod-security.kubernetes.io/enforce`. */
export function podSecurityLabel(mode: PodSecurityMode): string {
  return `${PREFIX}${mode}`;
}

/** `pod-security.kubernetes.io/enforce-version`. */
export function podSecurityVersionLabel(mode: PodSecurityMode): string {
  return `${PREFIX}${mode}-version`;
}
