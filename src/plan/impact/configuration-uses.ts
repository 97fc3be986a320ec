import { containersOf, type PodSpec } from '../pod-specs.ts';

/**
 * How a pod takes a ConfigMap or a Secret in. "ConfigMaps consumed as environment variables are not updated
 * automatically and require a pod restart"; "a container using a ConfigMap as a subPath volume mount will not receive
 * ConfigMap updates" (ConfigMaps, kubernetes.io).
 */
export type ConfigurationUse = 'environment' | 'subPath' | 'volume' | 'imagePull';

/** Every way in which a pod uses the ConfigMap or Secret of this name. */
export function usesOf(spec: PodSpec, kind: 'ConfigMap' | 'Secret', name: string): readonly ConfigurationUse[] {
  const uses = new Set<ConfigurationUse>();
  const volumes = new Set<string>();
  for (const volume of spec.volumes ?? []) {
    const sources = [volume, ...(volume.projected?.sources ?? [])];
    const isUsed = sources.some((source) =>
      kind === 'ConfigMap'
        ? source.configMap?.name === name
        : ('secret' in source && namesSecret(source.secret, name)) === true,
    );
    if (isUsed) volumes.add(volume.name);
  }
  for (const { container } of containersOf(spec)) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      if ((kind === 'ConfigMap' ? configMapRef : secretRef)?.name === name) uses.add('environment');
    }
    for (const { valueFrom } of container.env ?? []) {
      const reference = kind === 'ConfigMap' ? valueFrom?.configMapKeyRef : valueFrom?.secretKeyRef;
      if (reference?.name === name) uses.add('environment');
    }
    for (const mount of container.volumeMounts ?? []) {
      if (!volumes.has(mount.name)) continue;
      const isPart = (mount.subPath ?? '') !== '' || (mount.subPathExpr ?? '') !== '';
      uses.add(isPart ? 'subPath' : 'volume');
    }
  }
  if (kind === 'Secret' && (spec.imagePullSecrets ?? []).some((secret) => secret.name === name)) uses.add('imagePull');
  return [...uses].sort();
}

function namesSecret(
  secret: { readonly secretName?: string; readonly name?: string } | undefined,
  name: string,
): boolean {
  return secret?.secretName === name || secret?.name === name;
}
