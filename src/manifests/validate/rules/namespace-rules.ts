import {
  levelNamed,
  POD_SECURITY_LEVELS,
  POD_SECURITY_MODES,
  podSecurityLabel,
  podSecurityVersionLabel,
} from '../../../objects/pod-security/index.ts';
import type { Cursor } from '../cursor.ts';

/** "version must be "latest" or "v1.x"" (`k8s.io/pod-security-admission/api`, ParseVersion). */
const VERSION = /^v1\.(?:0|[1-9]\d*)$/;

/** `ValidateNamespace` of the Pod Security admission: a namespace with a wrong label of its is refused. Berth knows the standards' latest version only. */
export function checkNamespace(namespace: Cursor): void {
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
