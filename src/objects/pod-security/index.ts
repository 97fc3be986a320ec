/**
 * The Pod Security Standards as `k8s.io/pod-security-admission` judges them, at their latest version:
 * `evaluatePodSecurity` finds what a level forbids of a pod, each with its field; `describeViolations` says it in the
 * words of Kubernetes' admission. It knows neither namespaces nor who asks.
 */
export { SAFE_SYSCTLS } from './baseline.ts';
export { describeViolations } from './describe-violations.ts';
export { evaluatePodSecurity } from './evaluate-pod-security.ts';
export {
  levelNamed,
  POD_SECURITY_LEVELS,
  POD_SECURITY_MODES,
  type PodSecurityLevel,
  type PodSecurityLevels,
  type PodSecurityMode,
  podSecurityLabel,
  podSecurityVersionLabel,
  readPodSecurityLevels,
} from './levels.ts';
export type { PodSecurityViolation } from './violation.ts';
