import {
  annotated,
  container,
  inTurn,
  ON_THE_BOX,
  object,
  type Special,
  type SpecialInput,
  workload,
} from './special.ts';

/** Classes, volumes and claims beside those of StatefulSets. */
export const SPECIAL_STORAGE = {
  'claims of a class of its own': {
    fate: 'heals',
    make: (input) => [
      object('storage.k8s.io/v1', 'StorageClass', input.name, {
        provisioner: 'rancher.io/local-path',
        volumeBindingMode: 'Immediate',
        allowVolumeExpansion: true,
      }),
      claim(input.name, {
        storageClassName: input.name,
        resources: { requests: { storage: `${input.isResting ? MOST_GIBIBYTES : 1 + input.version}Gi` } },
      }),
    ],
  },
  'claim of the default class': {
    fate: 'heals',
    make: (input) => [
      claim(input.name, {}),
      workload(
        input,
        'Deployment',
        { replicas: 1, strategy: { type: 'Recreate' } },
        {
          ...ON_THE_BOX,
          containers: [
            container({
              volumeMounts: [
                { name: 'data', mountPath: '/data', subPath: 'part' },
                { name: 'own', mountPath: '/own' },
              ],
            }),
          ],
          volumes: [
            { name: 'data', persistentVolumeClaim: { claimName: input.name } },
            {
              name: 'own',
              ephemeral: {
                volumeClaimTemplate: {
                  ...inTurn<object>(input.version, [
                    { metadata: { labels: { of: input.name }, annotations: { note: 'goes with its pod' } } },
                    {},
                  ]),
                  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
                },
              },
            },
          ],
        },
      ),
    ],
  },
  'claim that nobody meets': {
    fate: 'passes',
    make: (input) => [
      claim(`${input.name}-${input.version}`, inTurn(input.version, UNMET)(input.name)),
      object('storage.k8s.io/v1', 'StorageClass', `${input.name}-by-hand`, {
        provisioner: 'kubernetes.io/no-provisioner',
      }),
      object('storage.k8s.io/v1', 'StorageClass', `${input.name}-elsewhere`, { provisioner: 'example.com/elsewhere' }),
      object('storage.k8s.io/v1', 'StorageClass', `${input.name}-at-once`, { provisioner: 'rancher.io/local-path' }),
    ],
  },
  'volume of one’s own': {
    fate: 'passes',
    make: (input) => {
      const name = `${input.name}-${input.version}`;
      const { volume, ask } = inTurn(input.version, OWN_VOLUMES)(name, input.namespace);
      const spec = { ...OWN_VOLUME, storageClassName: '', local: { path: `/srv/${name}` }, ...volume };
      return [object('v1', 'PersistentVolume', name, { spec }), claim(name, { storageClassName: '', ...ask })];
    },
  },
  'volume of a class that grows': {
    fate: 'passes',
    make: ({ name }) => [
      object('storage.k8s.io/v1', 'StorageClass', name, {
        provisioner: 'rancher.io/local-path',
        allowVolumeExpansion: true,
      }),
      object('v1', 'PersistentVolume', name, {
        spec: { ...OWN_VOLUME, storageClassName: name, local: { path: `/srv/${name}` } },
      }),
      claim(name, { storageClassName: name, volumeName: name }),
    ],
  },
  'claim that was brought back': {
    fate: 'passes',
    make: (input) => inTurn(input.version, BROUGHT_BACK)({ ...input, name: `${input.name}-${input.version}` }),
  },
  'claim of pods without a node': {
    fate: 'passes',
    make: (input) => [
      claim(input.name, {}),
      workload(
        input,
        'Deployment',
        { replicas: inTurn(input.version, [2, 1]), strategy: { type: 'Recreate' }, progressDeadlineSeconds: 60 },
        {
          nodeSelector: { disk: 'nowhere' },
          containers: [container({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: input.name } }],
        },
      ),
    ],
  },
  'pod whose claim is somebody else’s': {
    fate: 'passes',
    make: ({ name, version }) => [
      claim(`${name}-${version}-own`, {}),
      object(
        'v1',
        'Pod',
        `${name}-${version}`,
        {
          spec: {
            terminationGracePeriodSeconds: 2,
            containers: [container({ volumeMounts: [{ name: 'own', mountPath: '/own' }] })],
            volumes: [{ name: 'own', ephemeral: { volumeClaimTemplate: { spec: ASK } } }],
          },
        },
        { declared: 'git' },
      ),
    ],
  },
  'claim of a class that keeps': {
    fate: 'heals',
    make: (input) => [
      object('storage.k8s.io/v1', 'StorageClass', input.name, {
        provisioner: 'rancher.io/local-path',
        reclaimPolicy: 'Retain',
        volumeBindingMode: 'Immediate',
      }),
      claim(`${input.name}-${input.version}`, { storageClassName: input.name }),
    ],
  },
} satisfies Record<string, Special>;

/**
 * A claim never shrinks, so that a commit which takes a growth back cannot be applied: in the end each has grown to
 * this.
 */
const MOST_GIBIBYTES = 1_000;

const ASK = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

function claim(name: string, spec: object) {
  return object('v1', 'PersistentVolumeClaim', name, { spec: { ...ASK, ...spec } });
}

const ON_THE_BOX_ONLY = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['sim'] }] }];
const OWN_VOLUME = {
  capacity: { storage: '1Gi' },
  accessModes: ['ReadWriteOnce'],
  nodeAffinity: { required: { nodeSelectorTerms: ON_THE_BOX_ONLY } },
};

const BOUND = { 'pv.kubernetes.io/bind-completed': 'yes' };

/** Claims as a backup of the API's objects has them: they say that they are bound, and are not. */
const BROUGHT_BACK: readonly [Special['make'], ...Special['make'][]] = [
  ({ name }) => [annotated(claim(name, {}), BOUND)],
  ({ name }: SpecialInput) => [
    object('v1', 'PersistentVolume', name, {
      spec: { ...OWN_VOLUME, storageClassName: '', local: { path: `/srv/${name}` } },
    }),
    claim(`${name}-a`, { storageClassName: '', volumeName: name }),
    annotated(claim(`${name}-b`, { storageClassName: '', volumeName: name }), BOUND),
  ],
  ({ name }) => [annotated(claim(name, {}), { 'volume.kubernetes.io/storage-provisioner': 'rancher.io/local-path' })],
];

type OwnVolume = (name: string, namespace: string) => { readonly volume: object; readonly ask: object };

/** Volumes that a person made, with what the claim beside each asks for. */
const OWN_VOLUMES: readonly [OwnVolume, ...OwnVolume[]] = [
  (name, namespace) => ({ volume: { claimRef: { name, namespace } }, ask: {} }),
  (name) => ({ volume: {}, ask: { volumeName: name } }),
  (name) => ({ volume: {}, ask: { volumeName: name, resources: { requests: { storage: '5Gi' } } } }),
  (name, namespace) => ({ volume: { claimRef: { name: 'another', namespace } }, ask: { volumeName: name } }),
  () => ({ volume: { persistentVolumeReclaimPolicy: 'Delete' }, ask: {} }),
  (name, namespace) => ({ volume: { claimRef: { name, namespace } }, ask: { volumeName: name } }),
];

/** Claims that stay pending, each for a reason of its own. */
const UNMET: readonly [(name: string) => object, ...((name: string) => object)[]] = [
  () => ({ storageClassName: 'nowhere' }),
  (name) => ({ storageClassName: `${name}-by-hand` }),
  (name) => ({ storageClassName: `${name}-elsewhere` }),
  (name) => ({ storageClassName: `${name}-at-once`, selector: { matchLabels: { no: 'such' } } }),
  () => ({ storageClassName: '' }),
  () => ({ storageClassName: '', volumeName: 'nowhere' }),
];
