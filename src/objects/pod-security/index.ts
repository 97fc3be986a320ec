/**
 * The Pod Security Standards as `k8s.io/pod-security-admission` judges them, at their latest version: `evaluatePodSecurity` finds what a level forbids of a pod, each
 * with its field; `describeViolations` says it in the words of Kubernetes' admission. It knows neither namespaces nor who asks.
 */
export { SAFE_SYSCTLS } from './baseline.ts';
export { describeViolations } from './describe-violations.ts';
export { evaluatePodSecurity } from './evaluate-pod-security.ts';
export {
  type PodSecurityLevel,
  type PodSecurityLevels,
  type PodSecurityMode,
  podSecurityLabel,
  readPodSecurityLevels,
} from './levels.ts';
export type { JudgedPod, PodSecurityViolation } from './violation.ts';
