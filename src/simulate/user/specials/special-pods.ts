import { CONFIG_MARKER, SECRET_MARKER } from '../markers.ts';
import {
  annotated,
  container,
  type Fields,
  inTurn,
  ON_THE_BOX,
  object,
  type Special,
  type SpecialInput,
  template,
  workload,
} from './special.ts';

const READ_ONCE = {
  requests: { cpu: '20m', memory: '16Mi' },
  limits: { cpu: '20m', memory: '16Mi' },
};

/** Pods that use what the pods of Deployments in Git leave out. */
export const SPECIAL_PODS = {
  'pod with all kinds of variables': {
    fate: 'heals',
    make: (input) => [
      object('v1', 'ConfigMap', `${input.name}-values`, {
        data: { plain: `${CONFIG_MARKER}-${input.version}`, '1st': 'skipped', UPPER: 'yes' },
        binaryData: { bytes: 'AAEC' },
      }),
      object('v1', 'Secret', `${input.name}-values`, { stringData: { token: `${SECRET_MARKER}-${input.name}` } }),
      workload(
        input,
        'Deployment',
        { replicas: 1, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
        podOfAllSources(input),
      ),
    ],
  },
  'pod that ails at first': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: 1 },
        {
          containers: [
            container({
              image: inTurn(input.version, ['ailing:1', 'late:1', 'hookless:1']),
              startupProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 2, failureThreshold: 4 },
              livenessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 3, failureThreshold: 2 },
              lifecycle: {
                postStart: { exec: { command: ['true'] } },
                preStop: { httpGet: { path: '/', port: 8080 } },
              },
            }),
          ],
        },
      ),
    ],
  },
  'pod that waits for a gate': {
    fate: 'passes',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: 1, progressDeadlineSeconds: 60 },
        { readinessGates: [{ conditionType: 'person.example/open' }], containers: [container()] },
      ),
    ],
  },
  'pod that is wrong in one way': {
    fate: 'passes',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: 1, progressDeadlineSeconds: 60, strategy: { type: 'Recreate' } },
        mistakenPod(input),
      ),
    ],
  },
  'pod that hangs': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: 1 },
        {
          terminationGracePeriodSeconds: 8,
          containers: [hanging('main', 2), hanging('other', 3)],
        },
      ),
    ],
  },
  'pod of the host': {
    fate: 'passes',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: 1, strategy: { type: 'Recreate' }, progressDeadlineSeconds: 60 },
        {
          hostNetwork: input.version % 2 === 0,
          containers: [container({ volumeMounts: [{ name: 'host', mountPath: '/host' }] })],
          volumes: [
            {
              name: 'host',
              hostPath: {
                path: `/srv/${input.name}`,
                type: inTurn(input.version, ['DirectoryOrCreate', 'DirectoryOrCreate', 'Socket']),
              },
            },
          ],
        },
      ),
    ],
  },
  // No sandbox is made for it, so that it is judged anew whenever the node agent starts.
  'pod of the host that waits': {
    fate: 'passes',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: 1, strategy: { type: 'Recreate' }, progressDeadlineSeconds: 60 },
        {
          containers: [container()],
          volumes: [
            { name: 'host', hostPath: { path: '/srv' } },
            { name: 'waits', configMap: { name: 'nowhere' } },
          ],
        },
      ),
    ],
  },
  // Nobody but the node agent looks whether it may run there.
  'pod that names its node': {
    fate: 'passes',
    make: ({ name, version }) => {
      const spec = { terminationGracePeriodSeconds: 2, nodeName: 'sim', ...inTurn<object>(version, BOUND_BY_HAND) };
      return ['a', 'b'].map((half) => object('v1', 'Pod', `${name}-${version}-${half}`, { spec }, { declared: 'git' }));
    },
  },
  'pod that writes too much': {
    fate: 'passes',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: 1, strategy: { type: 'Recreate' }, progressDeadlineSeconds: 60 },
        { ...ON_THE_BOX, ...inTurn(input.version, WRITERS) },
      ),
    ],
  },
  'hook of a chart': {
    fate: 'passes',
    make: (input) => {
      const { name, version } = input;
      const made = inTurn<Fields>(version, [
        { apiVersion: 'v1', kind: 'Pod', spec: { terminationGracePeriodSeconds: 2, containers: [container()] } },
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          spec: {
            template: template(input, { restartPolicy: 'Never', containers: [{ name: 'main', image: 'task:2' }] }),
          },
        },
      ]);
      const { apiVersion, kind, ...rest } = made;
      const hook = object(String(apiVersion), String(kind), `${name}-${version}`, rest, { declared: 'git' });
      return [annotated(hook, { 'helm.sh/hook': 'post-install' })];
    },
  },
  'pod of its own': {
    fate: 'passes',
    make: ({ name, version }) => [
      object(
        'v1',
        'Pod',
        `${name}-${version}`,
        {
          spec: {
            terminationGracePeriodSeconds: 2,
            ...inTurn<object>(version, [
              { activeDeadlineSeconds: 20, containers: [container()] },
              { restartPolicy: 'OnFailure', containers: [{ name: 'main', image: 'task:1' }] },
              {
                restartPolicy: 'Never',
                initContainers: [
                  { name: 'beside', image: 'sidecar:1', restartPolicy: 'Always' },
                  { name: 'prepare', image: 'crashing:1' },
                ],
                containers: [container()],
              },
              {
                restartPolicy: 'OnFailure',
                containers: [
                  { name: 'work', image: 'task:2' },
                  { name: 'again', image: 'crashing:1', terminationMessagePolicy: 'FallbackToLogsOnError' },
                ],
              },
              {
                restartPolicy: 'Never',
                nodeName: 'sim',
                activeDeadlineSeconds: 3_600,
                containers: [
                  { name: 'b', image: 'task:1' },
                  { name: 'a', image: 'task:2' },
                ],
              },
            ]),
          },
        },
        { declared: 'git' },
      ),
    ],
  },
} satisfies Record<string, Special>;

const GADGET = { 'example.com/gadget': '1' };

/**
 * Too large, in the wrong place, with something that the node knows nothing of, for which it is not turned away, and on
 * the port of another.
 */
const BOUND_BY_HAND: readonly [object, ...object[]] = [
  { containers: [container({ resources: { requests: { cpu: '5' } } })] },
  { nodeSelector: { disk: 'tape' }, containers: [container()] },
  { containers: [container({ resources: { requests: { cpu: '10m', ...GADGET }, limits: GADGET } })] },
  { containers: [container({ ports: [{ containerPort: 8080, hostPort: 19_999 }] })] },
];

function writer(name: string, storage: string): Fields {
  const limits = { 'ephemeral-storage': storage };
  return { name, image: 'writing:1', resources: { requests: { cpu: '10m', memory: '8Mi' }, limits } };
}

/**
 * Each writes 50 MiB: more than a pod, one of its containers, or none of them may; and a volume that may hold little.
 */
const WRITERS: readonly [Fields, ...Fields[]] = [
  { containers: [writer('main', '20Mi')] },
  { containers: [writer('main', '20Mi'), writer('other', '1Gi')] },
  {
    containers: [container({ volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] })],
    volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '512Ki' } }],
  },
  {
    containers: [{ ...writer('main', '1Gi'), volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] }],
    volumes: [{ name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '512Ki' } }],
  },
  {
    containers: [container({ volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] })],
    volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '1Gi' } }],
  },
];

/** Stops answering after a while, and does not heed the signal to end. */
function hanging(name: string, periodSeconds: number): Fields {
  return {
    name,
    image: 'hanging:1',
    livenessProbe: { exec: { command: ['ask'] }, periodSeconds, failureThreshold: 1 },
    resources: { requests: { cpu: '10m', memory: '8Mi' } },
  };
}

function podOfAllSources({ name }: SpecialInput) {
  const values = `${name}-values`;
  return {
    securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
    tolerations: [{ key: 'person.example/busy', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 20 }],
    containers: [
      container({
        resources: READ_ONCE,
        envFrom: [{ configMapRef: { name: values } }, { prefix: 'S_', secretRef: { name: values } }],
        env: [
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
          { name: 'PLAIN', valueFrom: { configMapKeyRef: { name: values, key: 'plain' } } },
          { name: 'TOKEN', valueFrom: { secretKeyRef: { name: values, key: 'token' } } },
          { name: 'NONE', valueFrom: { secretKeyRef: { name: values, key: 'none', optional: true } } },
        ],
        volumeMounts: [
          { name: 'scratch', mountPath: '/scratch', subPathExpr: 'of/$(POD)' },
          { name: 'fast', mountPath: 'fast' },
          { name: 'values', mountPath: '/values', readOnly: true },
          { name: 'pod', mountPath: '/pod' },
          { name: 'all', mountPath: '/all' },
          { name: 'open', mountPath: '/open' },
        ],
      }),
      { name: 'another', image: 'sidecar:1', resources: READ_ONCE },
    ],
    volumes: [
      { name: 'scratch', emptyDir: {} },
      { name: 'fast', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      { name: 'values', configMap: { name: values, defaultMode: 0o400 } },
      {
        name: 'pod',
        downwardAPI: {
          items: [
            { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
            { path: 'cpu', mode: 0o400, resourceFieldRef: { containerName: 'main', resource: 'limits.cpu' } },
          ],
        },
      },
      {
        name: 'all',
        projected: {
          sources: [
            { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
            { secret: { name: values } },
            { configMap: { name: values, optional: true, items: [{ key: 'none', path: 'none' }] } },
          ],
        },
      },
      { name: 'open', projected: { sources: [{ configMap: { name: values } }] } },
    ],
  };
}

function mistakenVolume(volume: Fields): Fields {
  return {
    containers: [container({ volumeMounts: [{ name: 'wrong', mountPath: '/wrong' }] })],
    volumes: [{ name: 'wrong', ...volume }],
  };
}

function variable(valueFrom: Fields): Fields {
  return { env: [{ name: 'WRONG', valueFrom }] };
}

/** What a node agent cannot start a container for. */
const MISTAKES_OF_CONTAINERS: readonly [Fields, ...Fields[]] = [
  variable({ configMapKeyRef: { name: 'nowhere', key: 'a' } }),
  variable({ configMapKeyRef: { name: 'settings', key: 'nowhere' } }),
  variable({ secretKeyRef: { name: 'nowhere', key: 'a' } }),
  variable({ secretKeyRef: { name: 'credentials', key: 'nowhere' } }),
  { envFrom: [{ configMapRef: { name: 'nowhere' } }] },
  { envFrom: [{ secretRef: { name: 'nowhere' } }] },
  { envFrom: [{ configMapRef: { name: 'nowhere', optional: true } }], securityContext: { runAsNonRoot: true } },
  { securityContext: { runAsNonRoot: true, runAsUser: 0 } },
  { image: 'named:1', securityContext: { runAsNonRoot: true } },
  { image: 'numbered:1', securityContext: { runAsNonRoot: true } },
  { env: [{ name: 'ROOT', value: '/root' }], ...subPath('$(ROOT)') },
  { env: [{ name: 'UP', value: '..' }], ...subPath('$(UP)/elsewhere') },
  { image: 'named:6', imagePullPolicy: 'Never' },
  subPath('$(NOWHERE)'),
];

function subPath(subPathExpr: string): Fields {
  return { volumeMounts: [{ name: 'scratch', mountPath: '/scratch', subPathExpr }] };
}

/** What it cannot start a pod for. */
const MISTAKES_OF_VOLUMES: readonly [Fields, ...Fields[]] = [
  { configMap: { name: 'nowhere' } },
  { secret: { secretName: 'nowhere' } },
  { configMap: { name: 'settings', items: [{ key: 'nowhere', path: 'nowhere' }] } },
  { secret: { secretName: 'credentials', items: [{ key: 'nowhere', path: 'nowhere' }] } },
  { persistentVolumeClaim: { claimName: 'nowhere' } },
];

/**
 * A pod that the API takes and the node agent cannot start: for a volume, or for three of its containers, each for
 * another reason.
 */
function mistakenPod({ version }: SpecialInput): Fields {
  const turn = Math.floor(version / 2);
  if (version % 2 === 0) return mistakenVolume(inTurn(turn, MISTAKES_OF_VOLUMES));
  const containers = ['first', 'second', 'third'].map((name, index) =>
    container({ name, ports: [], ...inTurn(turn + 4 * index, MISTAKES_OF_CONTAINERS) }),
  );
  return { containers, volumes: [{ name: 'scratch', emptyDir: {} }] };
}
