import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../objects/types.ts';
import { validateObject } from '../validate-object.ts';
import { validateUpdate } from '../validate-update.ts';

const claim = (over: object = {}, status?: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...over },
  ...(status === undefined ? {} : { status }),
});
const AFFINITY = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] } };
const volume = (over: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'v' },
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/srv' }, ...over },
});
const storageClass = (over: object = {}): KubernetesObject => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 's' },
  provisioner: 'rancher.io/local-path',
  ...over,
});
const setWith = (templates: readonly object[]): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: {
    serviceName: 'db',
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
    volumeClaimTemplates: templates,
  },
});
const OLD_CLASS = { 'volume.beta.kubernetes.io/storage-class': 'slow' };
const DEPRECATED_CLASS =
  'metadata.annotations.volume.beta.kubernetes.io/storage-class deprecated since v1.8; use "storageClassName" attribute instead';
const topology = (...values: readonly string[]) => ({ matchLabelExpressions: [{ key: 'zone', values }] });
const template = (name: string) => ({ metadata: { name }, spec: claim()['spec'] });

test.each<[string, KubernetesObject, readonly string[]]>([
  ['a claim', claim(), []],
  [
    'a claim without modes',
    claim({ accessModes: [] }),
    ['spec.accessModes Required value: at least 1 access mode is required'],
  ],
  [
    'one pod and others',
    claim({ accessModes: ['ReadWriteOncePod', 'ReadOnlyMany'] }),
    ['spec.accessModes Forbidden: may not use ReadWriteOncePod with other access modes'],
  ],
  [
    'a claim without a size',
    claim({ resources: {} }),
    ['spec.resources.requests.storage Required value: say how much storage is needed'],
  ],
  [
    'a claim of nothing',
    claim({ resources: { requests: { storage: '0' } } }),
    ['spec.resources.requests.storage Invalid value: "0": must be greater than zero'],
  ],
  [
    'a block device',
    claim({ volumeMode: 'Block' }),
    ['spec.volumeMode volumeMode is refused: Berth has no block devices'],
  ],
  ['no class at all', claim({ storageClassName: '' }), []],
  ['a volume', volume(), []],
  ['a volume of nothing', volume({ hostPath: undefined }), ['spec Required value: must specify a volume type']],
  [
    'two sources',
    volume({ local: { path: '/x' }, nodeAffinity: AFFINITY }),
    ['spec.local Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'a local volume anywhere',
    volume({ hostPath: undefined, local: { path: '/x' } }),
    ['spec.nodeAffinity Required value: Local volume requires node affinity'],
  ],
  ['a volume without a size', volume({ capacity: {} }), ['spec.capacity Required value']],
  [
    'a way out',
    volume({ hostPath: { path: '/a/../b' } }),
    ['spec.hostPath.path Invalid value: "/a/../b": must not contain \'..\''],
  ],
  [
    'network storage',
    volume({ hostPath: undefined, nfs: { server: 's', path: '/' } }),
    [
      'spec.nfs nfs is refused: Berth attaches no network or cloud storage; mount it on the box and use hostPath where the box allows it',
    ],
  ],
  [
    'scrubbing',
    volume({ persistentVolumeReclaimPolicy: 'Recycle' }),
    ['spec.persistentVolumeReclaimPolicy persistentVolumeReclaimPolicy is refused: Berth scrubs no volumes'],
  ],
  ['a class', storageClass(), []],
  [
    'a foreign provisioner',
    storageClass({ provisioner: 'ebs.csi.aws.com' }),
    [
      'provisioner provisioner is stored and not acted on: Berth provisions for rancher.io/local-path only; claims of this class wait for a volume that somebody else makes',
    ],
  ],
  [
    'a class that scrubs',
    storageClass({ reclaimPolicy: 'Recycle' }),
    ['reclaimPolicy Unsupported value: "Recycle": supported values: "Delete", "Retain"'],
  ],
  [
    'a claim of parts of a byte',
    claim({ resources: { requests: { storage: '1500m' } } }),
    ['spec.resources.requests.storage fractional byte value "1500m": must be an integer'],
  ],
  [
    'a claim that names its class as of old',
    { ...claim(), metadata: { name: 'c', annotations: OLD_CLASS } },
    [DEPRECATED_CLASS],
  ],
  [
    'a volume that names its class as of old',
    { ...volume(), metadata: { name: 'v', annotations: OLD_CLASS } },
    [DEPRECATED_CLASS],
  ],
  [
    'topologies',
    storageClass({ allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'b'] }] }] }),
    [],
  ],
  [
    'topologies that are none',
    storageClass({
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'a b', values: [] }] }, topology('a', 'a')],
    }),
    [
      expect.stringMatching(/^allowedTopologies.0.matchLabelExpressions.0.key Invalid value: "a b"/),
      'allowedTopologies.0.matchLabelExpressions.0.values Required value',
      'allowedTopologies.1.matchLabelExpressions.0.values.1 Duplicate value: "a"',
    ],
  ],
  ['claim templates', setWith([template('a'), template('b')]), []],
  [
    'equal templates',
    setWith([template('a'), template('a')]),
    ['spec.volumeClaimTemplates.1.metadata.name Duplicate value: "a"'],
  ],
  [
    'a template without a name',
    setWith([{ metadata: {}, spec: claim()['spec'] }]),
    ['spec.volumeClaimTemplates.0.metadata.name Required value'],
  ],
  [
    'a template without a size',
    setWith([{ metadata: { name: 'a' }, spec: { accessModes: ['ReadWriteOnce'] } }]),
    ['spec.volumeClaimTemplates.0.spec.resources.requests.storage Required value: say how much storage is needed'],
  ],
])('%s', (_what, object, expected) => {
  expect(validateObject(object).map(({ path, message }) => `${path.join('.')} ${message}`)).toEqual(expected);
});

const BOUND = { phase: 'Bound', capacity: { storage: '1Gi' } };
const asks = (storage: string) => ({ resources: { requests: { storage } } });

test.each<[string, KubernetesObject, KubernetesObject, readonly string[]]>([
  ['the binder names a volume', claim(), claim({ volumeName: 'v' }), []],
  ['another volume', claim({ volumeName: 'v' }), claim({ volumeName: 'w' }), ['spec.volumeName']],
  ['the default class comes later', claim(), claim({ storageClassName: 's' }), []],
  ['another class', claim({ storageClassName: 's' }), claim({ storageClassName: 't' }), ['spec.storageClassName']],
  ['other modes', claim(), claim({ accessModes: ['ReadOnlyMany'] }), ['spec.accessModes']],
  ['a size before it is bound', claim(), claim(asks('2Gi')), ['spec.resources']],
  ['a larger size', claim({}, BOUND), claim(asks('2Gi')), []],
  ['a smaller size', claim({}, BOUND), claim(asks('1Mi')), ['spec.resources.requests.storage']],
  ['another path', volume(), volume({ hostPath: { path: '/other' } }), ['spec.hostPath']],
  ['another policy', volume(), volume({ persistentVolumeReclaimPolicy: 'Delete' }), []],
  ['where it can be reached', volume({ nodeAffinity: AFFINITY }), volume(), ['spec.nodeAffinity']],
  ['another provisioner', storageClass(), storageClass({ provisioner: 'a/b' }), ['provisioner']],
  ['expansion', storageClass(), storageClass({ allowVolumeExpansion: true }), []],
])('changing %s', (_what, before, next, paths) => {
  expect(validateUpdate(next, before).map(({ path }) => path.join('.'))).toEqual(paths);
});
