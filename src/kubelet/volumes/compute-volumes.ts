import type { IIoK8sApiCoreV1DownwardAPIVolumeFile } from 'kubernetes-models/v1/DownwardAPIVolumeFile';
import type { IIoK8sApiCoreV1KeyToPath } from 'kubernetes-models/v1/KeyToPath';
import type { IIoK8sApiCoreV1Volume } from 'kubernetes-models/v1/Volume';
import type { IIoK8sApiCoreV1VolumeProjection } from 'kubernetes-models/v1/VolumeProjection';
import type { PayloadFile, VolumePlace } from '../../host/volume-files.ts';
import { compareText } from '../../lib/compare-text.ts';
import { parseQuantity, quantityValue } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { type ConfigSources, decodeBase64, MissingConfigError } from '../environment/config-sources.ts';
import { type DownwardContext, fieldValue, resourceFieldValue } from '../environment/field-value.ts';
import { specOf } from '../observed-pod.ts';
import { type ClaimedVolume, claimedVolumeOf, isClaimVolume, type StorageSources } from './claimed-volume.ts';

export type Volume = IIoK8sApiCoreV1Volume;

/** What one volume of a pod consists of. */
export type VolumePlan =
  | {
      readonly type: 'payload';
      readonly name: string;
      readonly place: VolumePlace;
      readonly files: readonly PayloadFile[];
    }
  | { readonly type: 'emptyDir'; readonly name: string; readonly place: VolumePlace }
  | {
      readonly type: 'memoryDir';
      readonly name: string;
      readonly place: VolumePlace;
      readonly sizeBytes: number | undefined;
    }
  | { readonly type: 'hostPath'; readonly name: string; readonly path: string; readonly pathType: string }
  | { readonly type: 'claimed'; readonly name: string; readonly claimed: ClaimedVolume };

export interface VolumeInput {
  readonly pod: Pod;
  readonly sources: ConfigSources & StorageSources;
  readonly downward: DownwardContext;
}

const DEFAULT_FILE_MODE = 0o644;

/**
 * What the volumes of a pod have to hold now. Throws a `MissingConfigError`, worded as the kubelet's FailedMount, when
 * something that is not optional is missing; with `skipsMissing` the volumes that lack it are left out instead.
 */
export function computeVolumes(
  input: VolumeInput,
  options: { readonly skipsMissing?: boolean } = {},
): readonly VolumePlan[] {
  return (specOf(input.pod).volumes ?? []).flatMap((volume) => {
    try {
      return [planVolume(input, volume)];
    } catch (error) {
      if (options.skipsMissing === true && error instanceof MissingConfigError) return [];
      throw error;
    }
  });
}

function planVolume(input: VolumeInput, volume: Volume): VolumePlan {
  const { name, hostPath, emptyDir } = volume;
  if (hostPath !== undefined) return { type: 'hostPath', name, path: hostPath.path, pathType: hostPath.type ?? '' };
  if (isClaimVolume(volume))
    return { type: 'claimed', name, claimed: claimedVolumeOf(input.pod, volume, input.sources) };
  const place = volumePlace(input.pod.metadata.uid, volume);
  if (emptyDir?.medium === 'Memory') {
    const { sizeLimit } = emptyDir;
    const sizeBytes = sizeLimit === undefined ? undefined : quantityValue(parseQuantity(sizeLimit));
    return { type: 'memoryDir', name, place, sizeBytes };
  }
  if (emptyDir !== undefined) return { type: 'emptyDir', name, place };
  try {
    return { type: 'payload', name, place, files: payloadOf(input, volume) };
  } catch (error) {
    throw MissingConfigError.within(`MountVolume.SetUp failed for volume "${name}"`, error);
  }
}

/** Whether a volume's files change with the objects that they come from. */
export function isPayloadVolume(volume: Volume): boolean {
  return [volume.configMap, volume.secret, volume.downwardAPI, volume.projected].some((it) => it !== undefined);
}

/**
 * Where a volume lies, which depends on nothing but the pod's spec. "Secret volumes are backed by tmpfs so they are
 * never written to non-volatile storage" (Secret documentation); the folder names are the kubelet's.
 */
export function volumePlace(podUid: string, volume: Volume): VolumePlace {
  const holdsSecret =
    volume.secret !== undefined || (volume.projected?.sources ?? []).some(({ secret }) => secret !== undefined);
  if (holdsSecret) return { area: 'memory', path: `pods/${podUid}/${volume.name}` };
  const plugin = pluginOf(volume);
  return { area: 'disk', path: `pods/${podUid}/volumes/kubernetes.io~${plugin}/${volume.name}` };
}

function pluginOf(volume: Volume): string {
  if (volume.configMap !== undefined) return 'configmap';
  if (volume.downwardAPI !== undefined) return 'downward-api';
  if (volume.projected !== undefined) return 'projected';
  return 'empty-dir';
}

function payloadOf(input: VolumeInput, volume: Volume): readonly PayloadFile[] {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) return configMapFiles(input, configMap, configMap.defaultMode ?? DEFAULT_FILE_MODE);
  if (secret !== undefined) {
    return secretFiles(input, { ...secret, name: secret.secretName ?? '' }, secret.defaultMode ?? DEFAULT_FILE_MODE);
  }
  if (downwardAPI !== undefined) {
    return downwardFiles(input, downwardAPI.items ?? [], downwardAPI.defaultMode ?? DEFAULT_FILE_MODE);
  }
  const { defaultMode: mode = DEFAULT_FILE_MODE, sources = [] } = projected ?? {};
  const files = sources.flatMap((source) => projectedFiles(input, source, mode));
  // "If a path is projected twice, the last one wins", as files of one map are written in order.
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

/** Tokens and trust bundles are refused where a pod is declared. */
function projectedFiles(
  input: VolumeInput,
  source: IIoK8sApiCoreV1VolumeProjection,
  mode: number,
): readonly PayloadFile[] {
  if (source.configMap !== undefined) return configMapFiles(input, source.configMap, mode);
  if (source.secret !== undefined) return secretFiles(input, source.secret, mode);
  return downwardFiles(input, source.downwardAPI?.items ?? [], mode);
}

interface KeyedSource {
  readonly name?: string;
  readonly items?: readonly IIoK8sApiCoreV1KeyToPath[];
  readonly optional?: boolean;
}

function configMapFiles(input: VolumeInput, source: KeyedSource, mode: number): readonly PayloadFile[] {
  const { name = '', optional = false } = source;
  const configMap = input.sources.configMap(name);
  if (configMap === undefined && !optional) throw new MissingConfigError(`configmap "${name}" not found`);
  const encoder = new TextEncoder();
  const values = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(configMap?.data ?? {})) values.set(key, encoder.encode(text));
  for (const [key, base64] of Object.entries(configMap?.binaryData ?? {})) values.set(key, decodeBase64(base64));
  return selectItems(values, source, mode, 'config');
}

function secretFiles(input: VolumeInput, source: KeyedSource, mode: number): readonly PayloadFile[] {
  const { name = '', optional = false } = source;
  const secret = input.sources.secret(name);
  if (secret === undefined && !optional) throw new MissingConfigError(`secret "${name}" not found`);
  const values = new Map(Object.entries(secret?.data ?? {}).map(([key, base64]) => [key, decodeBase64(base64)]));
  return selectItems(values, source, mode, 'secret');
}

/**
 * "If unspecified, each key-value pair will be projected into the volume as a file whose name is the key. If specified,
 * the listed keys will be projected into the specified paths, and unlisted keys will not be present. If a key is
 * specified which is not present, the volume setup will error unless it is marked optional"
 * (ConfigMapVolumeSource.items).
 */
function selectItems(
  values: ReadonlyMap<string, Uint8Array>,
  source: KeyedSource,
  mode: number,
  kind: 'config' | 'secret',
): readonly PayloadFile[] {
  if (source.items === undefined || source.items.length === 0) {
    return [...values].sort(([a], [b]) => compareText(a, b)).map(([path, bytes]) => ({ path, bytes, mode }));
  }
  return source.items.flatMap((item) => {
    const bytes = values.get(item.key);
    if (bytes !== undefined) return [{ path: item.path, bytes, mode: item.mode ?? mode }];
    if (source.optional === true) return [];
    throw new MissingConfigError(`references non-existent ${kind} key: ${item.key}`);
  });
}

function downwardFiles(
  { pod, downward }: VolumeInput,
  items: readonly IIoK8sApiCoreV1DownwardAPIVolumeFile[],
  mode: number,
): readonly PayloadFile[] {
  const encoder = new TextEncoder();
  return items.map((item) => {
    const text =
      item.fieldRef !== undefined
        ? fieldValue(pod, item.fieldRef.fieldPath, downward)
        : resourceFieldValue(pod, undefined, item.resourceFieldRef ?? { resource: '' }, downward);
    return { path: item.path, bytes: encoder.encode(text), mode: item.mode ?? mode };
  });
}
