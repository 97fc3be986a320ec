import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../types.ts';

type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>;
type Modes = NonNullable<ClaimSpec['accessModes']>;

const CREATED = '2026-01-01T00:00:00Z';

/** A claim `default/data` of 1Gi without a class, pending, unless said otherwise: for tests. */
export function claimOf(sketch: {
  readonly storage?: string;
  readonly className?: string;
  readonly modes?: Modes;
  readonly selector?: NonNullable<ClaimSpec['selector']>;
  readonly volumeName?: string;
  readonly annotations?: Record<string, string>;
  readonly phase?: 'Pending' | 'Bound' | 'Lost';
  readonly granted?: string;
  /** What the status says of its volume; default: what it asks for. */
  readonly grantedModes?: Modes;
}): PersistentVolumeClaim {
  const { storage = '1Gi', className, modes = ['ReadWriteOnce'], selector, volumeName, annotations, granted } = sketch;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: 'data',
      namespace: 'default',
      uid: 'uid-data',
      resourceVersion: '1',
      creationTimestamp: CREATED,
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      accessModes: modes,
      resources: { requests: { storage } },
      ...(className === undefined ? {} : { storageClassName: className }),
      ...(selector === undefined ? {} : { selector }),
      ...(volumeName === undefined ? {} : { volumeName }),
    },
    status: {
      phase: sketch.phase ?? 'Pending',
      ...(sketch.phase === 'Bound' ? { accessModes: sketch.grantedModes ?? modes } : {}),
      ...(granted === undefined ? {} : { capacity: { storage: granted } }),
    },
  };
}

/** A volume of 1Gi without a class, available, unless said otherwise. */
export function volumeOf(
  name: string,
  sketch: {
    readonly storage?: string;
    readonly className?: string;
    readonly modes?: Modes;
    readonly labels?: Record<string, string>;
    readonly phase?: 'Available' | 'Bound' | 'Released' | 'Failed' | 'Pending';
    readonly policy?: 'Delete' | 'Retain';
    /** Name of a claim in `default`. */
    readonly reservedFor?: string;
    readonly reservedUid?: string;
    readonly isProvisioned?: boolean;
    readonly isChosen?: boolean;
    readonly node?: string;
  } = {},
): PersistentVolume {
  const { storage = '1Gi', className, modes = ['ReadWriteOnce'], labels, reservedFor, reservedUid, node } = sketch;
  const annotations = {
    ...(sketch.isProvisioned === true ? { 'pv.kubernetes.io/provisioned-by': 'rancher.io/local-path' } : {}),
    ...(sketch.isChosen === true ? { 'pv.kubernetes.io/bound-by-controller': 'yes' } : {}),
  };
  const uid = reservedUid === undefined ? {} : { uid: reservedUid };
  const expression = { key: 'kubernetes.io/hostname', operator: 'In' as const, values: [node ?? ''] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: CREATED,
      ...(labels === undefined ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      accessModes: modes,
      capacity: { storage },
      local: { path: `/volumes/${name}` },
      persistentVolumeReclaimPolicy: sketch.policy ?? 'Retain',
      ...(className === undefined ? {} : { storageClassName: className }),
      ...(reservedFor === undefined ? {} : { claimRef: { namespace: 'default', name: reservedFor, ...uid } }),
      ...(node === undefined
        ? {}
        : { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } } }),
    },
    status: { phase: sketch.phase ?? 'Available' },
  };
}

export function classOf(
  name: string,
  options: { readonly provisioner?: string; readonly isDefault?: boolean } = {},
): StorageClass {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': String(options.isDefault ?? false) };
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: CREATED, annotations },
    provisioner: options.provisioner ?? 'rancher.io/local-path',
    volumeBindingMode: 'Immediate',
  };
}

/** The class `wait`, whose claims wait for a pod. */
export const DELAYED: StorageClass = { ...classOf('wait'), volumeBindingMode: 'WaitForFirstConsumer' };
