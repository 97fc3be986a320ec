import {
  levelNamed,
  POD_SECURITY_LEVELS,
  POD_SECURITY_MODES,
  podSecurityLabel,
  podSecurityVersionLabel,
} from '../../../objects/pod-security/index.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { type Cursor, checkText } from '../cursor.ts';
import { finalizerProblems } from './finalizer-rules.ts';

/** "version must be "latest" or "v1.x"" (`k8s.io/pod-security-admission/api`, ParseVersion). */
const VERSION = /^v1\.(?:0|[1-9]\d*)$/;

const LABELS = POD_SECURITY_MODES.flatMap((mode) => [podSecurityLabel(mode), podSecurityVersionLabel(mode)]);

/**
 * `ValidateNamespace` of the Pod Security admission: "require valid labels on create; require valid labels on update if
 * they have changed". Berth knows the standards' latest version only.
 */
export function checkNamespace(namespace: Cursor, previous: KubernetesObject | undefined): void {
  for (const finalizer of namespace.get('spec').get('finalizers').items) checkText(finalizer, finalizerProblems);
  if (previous !== undefined && LABELS.every((name) => hasSameLabel(namespace, previous, name))) return;
  const labels = namespace.get('metadata').get('labels');
  for (const mode of POD_SECURITY_MODES) {
    const level = labels.get(podSecurityLabel(mode));
    if (!level.isAbsent && levelNamed(level.text) === undefined)
      level.invalid(`must be one of ${POD_SECURITY_LEVELS.join(', ')}`);
    const version = labels.get(podSecurityVersionLabel(mode));
    if (version.isAbsent || version.text === 'latest') continue;
    if (VERSION.test(version.text ?? ''))
      version.warn('Berth judges by the latest version of the standards, whatever is written here', 'write latest');
    else version.invalid('must be "latest" or "v1.x"');
  }
}

function hasSameLabel(namespace: Cursor, { metadata }: KubernetesObject, name: string): boolean {
  return namespace.get('metadata').get('labels').get(name).value === metadata?.labels?.[name];
}
