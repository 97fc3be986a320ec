import { expect, test } from 'vitest';
import { problemsOf } from '../testing/sample-objects.ts';

const port = (containerPort: number, more: object = {}) => ({ containerPort, protocol: 'UDP', ...more });
const withPorts = (...ports: readonly (readonly object[])[]) => ({
  containers: ports.map((list, index) => ({ name: `c${index}`, image: 'a:1', ports: list })),
});
const term = (labelSelector?: object) => ({ topologyKey: 'a', ...(labelSelector && { labelSelector }) });
const weighted = (labelSelector?: object) => ({ weight: 1, podAffinityTerm: term(labelSelector) });
const affine = (...terms: readonly ReturnType<typeof term>[]) => ({
  requiredDuringSchedulingIgnoredDuringExecution: terms,
});
const leaning = (...terms: readonly ReturnType<typeof weighted>[]) => ({
  preferredDuringSchedulingIgnoredDuringExecution: terms,
});
const keys = ['foo', 'beta.kubernetes.io/arch', 'failure-domain.beta.kubernetes.io/zone'];
const expressions = { matchExpressions: keys.map((key) => ({ key, operator: 'Exists' })) };
const NONE = 'a null labelSelector results in matching no pod';
const ARCH = 'deprecated since v1.14; use "kubernetes.io/arch" instead';
const ZONE = 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead';
const PROFILE = 'non-functional in v1.27+; use the "seccompProfile" field instead';

// The rows of TestWarnings (pod/warnings_test.go) that have to do with what Berth acts upon, but for what is an error
// here.
test.each<[rule: string, spec: object, annotations: Record<string, string>, warnings: readonly string[]]>([
  [
    'node labels in nodeSelector',
    {
      nodeSelector: {
        'beta.kubernetes.io/arch': 'a',
        'beta.kubernetes.io/os': 'a',
        'failure-domain.beta.kubernetes.io/region': 'a',
        'failure-domain.beta.kubernetes.io/zone': 'a',
        'beta.kubernetes.io/instance-type': 'a',
      },
    },
    {},
    [
      `spec.nodeSelector[beta.kubernetes.io/arch]: ${ARCH}`,
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.nodeSelector[failure-domain.beta.kubernetes.io/region]: deprecated since v1.17; use "topology.kubernetes.io/region" instead',
      `spec.nodeSelector[failure-domain.beta.kubernetes.io/zone]: ${ZONE}`,
      'spec.nodeSelector[beta.kubernetes.io/instance-type]: deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
    ],
  ],
  [
    'node labels in affinity',
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [expressions] },
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: expressions }],
        },
      },
    },
    {},
    [
      'requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]',
      'preferredDuringSchedulingIgnoredDuringExecution[0].preference',
    ].flatMap((way) => [
      `spec.affinity.nodeAffinity.${way}.matchExpressions[1].key: beta.kubernetes.io/arch is ${ARCH}`,
      `spec.affinity.nodeAffinity.${way}.matchExpressions[2].key: failure-domain.beta.kubernetes.io/zone is ${ZONE}`,
    ]),
  ],
  [
    'node labels in topologySpreadConstraints',
    {
      topologySpreadConstraints: keys.map((topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: {},
      })),
    },
    {},
    [
      `spec.topologySpreadConstraints[1].topologyKey: beta.kubernetes.io/arch is ${ARCH}`,
      `spec.topologySpreadConstraints[2].topologyKey: failure-domain.beta.kubernetes.io/zone is ${ZONE}`,
    ],
  ],
  [
    'no selector in topologySpreadConstraints',
    {
      topologySpreadConstraints: [
        { topologyKey: 'a', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
        { topologyKey: 'b', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' },
      ],
    },
    {},
    [`spec.topologySpreadConstraints[1].labelSelector: ${NONE}`],
  ],
  [
    'no selector in affinities',
    {
      affinity: {
        podAffinity: { ...affine(term({}), term()), ...leaning(weighted({}), weighted()) },
        podAntiAffinity: { ...affine(term({}), term()), ...leaning(weighted({}), weighted()) },
      },
    },
    {},
    ['podAffinity', 'podAntiAffinity'].flatMap((kind) => [
      `spec.affinity.${kind}.requiredDuringSchedulingIgnoredDuringExecution[1].labelSelector: ${NONE}`,
      `spec.affinity.${kind}.preferredDuringSchedulingIgnoredDuringExecution[1].podAffinityTerm.labelSelector: ${NONE}`,
    ]),
  ],
  [
    'annotations',
    {},
    {
      foo: 'bar',
      'scheduler.alpha.kubernetes.io/critical-pod': 'true',
      'seccomp.security.alpha.kubernetes.io/pod': 'default',
      'container.seccomp.security.alpha.kubernetes.io/c': 'default',
      'container.apparmor.security.beta.kubernetes.io/c': 'unconfined',
      'container.apparmor.security.beta.kubernetes.io/other': 'unconfined',
      'security.alpha.kubernetes.io/sysctls': 'a',
      'security.alpha.kubernetes.io/unsafe-sysctls': 'd',
    },
    [
      'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
      'metadata.annotations[security.alpha.kubernetes.io/sysctls]: non-functional in v1.11+; use the "sysctls" field instead',
      'metadata.annotations[security.alpha.kubernetes.io/unsafe-sysctls]: non-functional in v1.11+; use the "sysctls" field instead',
      `metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: ${PROFILE}`,
      `metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: ${PROFILE}`,
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
    ],
  ],
  [
    'an empty imagePullSecret',
    { imagePullSecrets: [{ name: '' }] },
    {},
    ['spec.imagePullSecrets[0].name: invalid empty name ""'],
  ],
  ['no ports', withPorts([]), {}, []],
  ['two ports', withPorts([port(80), port(81)]), {}, []],
  ['two protocols', withPorts([port(80), port(80, { protocol: 'TCP' })]), {}, []],
  ['two containers, two ports', withPorts([port(80)], [port(81)]), {}, []],
  ['two containers, two protocols', withPorts([port(80)], [port(80, { protocol: 'TCP' })]), {}, []],
  ['two host ports', withPorts([port(80, { hostPort: 80 })], [port(80, { hostPort: 81 })]), {}, []],
  [
    'two host addresses',
    withPorts([port(80, { hostPort: 80, hostIP: '10.0.0.1' })], [port(80, { hostPort: 80, hostIP: '10.0.0.2' })]),
    {},
    [],
  ],
  [
    'one port for two containers',
    withPorts([port(80)], [port(80)]),
    {},
    ['spec.containers[1].ports[0]: duplicate port definition with spec.containers[0].ports[0]'],
  ],
  [
    'one port for three',
    withPorts([port(80)], [port(80)], [port(80)]),
    {},
    [
      'spec.containers[1].ports[0]: duplicate port definition with spec.containers[0].ports[0]',
      'spec.containers[2].ports[0]: duplicate port definition with spec.containers[0].ports[0]',
      'spec.containers[2].ports[0]: duplicate port definition with spec.containers[1].ports[0]',
    ],
  ],
  [
    'a host address without a host port',
    withPorts([port(80, { hostIP: '10.0.0.1' })]),
    {},
    [
      'spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:UDP HostIP:10.0.0.1}',
    ],
  ],
  [
    'one host port set and one not',
    withPorts([port(80, { hostPort: 80, hostIP: '10.0.0.1' })], [port(80, { hostIP: '10.0.0.1' })]),
    {},
    [
      'spec.containers[1].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:UDP HostIP:10.0.0.1}',
      'spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]',
    ],
  ],
  [
    'one host address set and one not',
    withPorts([port(80, { hostPort: 80 })], [port(80, { hostPort: 80, hostIP: '10.0.0.1' })]),
    {},
    ['spec.containers[1].ports[0]: dangerously ambiguous port definition with spec.containers[0].ports[0]'],
  ],
])('a pod is warned of %s', (_rule, spec, annotations, warnings) => {
  const containers = [{ name: 'c', image: 'a:1' }];
  const pod = { metadata: { annotations }, spec: { containers, ...spec } };
  expect(warningsOf({ apiVersion: 'v1', kind: 'Pod', ...pod, metadata: { name: 'p', annotations } })).toEqual(warnings);
  const template = { ...pod, metadata: { labels: { app: 'a' }, annotations } };
  const deployment = { selector: { matchLabels: { app: 'a' } }, template };
  expect(warningsOf({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'p' }, spec: deployment })).toEqual(
    warnings.map((warning) => `spec.template.${warning.replaceAll('with spec.', 'with spec.template.spec.')}`),
  );
});

test('nothing is said of annotations beside the fields that took their places', () => {
  const metadata = {
    name: 'p',
    annotations: {
      'seccomp.security.alpha.kubernetes.io/pod': 'default',
      'container.seccomp.security.alpha.kubernetes.io/c': 'default',
      'container.apparmor.security.beta.kubernetes.io/c': 'unconfined',
    },
  };
  const securityContext = { seccompProfile: { type: 'RuntimeDefault' } };
  const own = { ...securityContext, appArmorProfile: { type: 'Unconfined' } };
  const spec = { securityContext, containers: [{ name: 'c', image: 'a:1', securityContext: own }] };
  expect(warningsOf({ apiVersion: 'v1', kind: 'Pod', metadata, spec })).toEqual([]);
});

/** As a client sees them; problems of other kinds do not matter. */
function warningsOf(object: Parameters<typeof problemsOf>[0]): readonly string[] {
  return problemsOf(object)
    .filter((line) => line.startsWith('~FieldValueInvalid '))
    .map((line) => line.slice('~FieldValueInvalid '.length));
}
