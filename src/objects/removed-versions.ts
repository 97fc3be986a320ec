function sameKinds(successor: string, kinds: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(kinds.map((kind) => [kind, successor]));
}

const APPS = sameKinds('apps/v1', ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet']);
const INGRESS = sameKinds('networking.k8s.io/v1', ['Ingress', 'IngressClass']);
const RBAC = sameKinds('rbac.authorization.k8s.io/v1', ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']);
const STORAGE = sameKinds('storage.k8s.io/v1', [
  'StorageClass',
  'CSIDriver',
  'CSINode',
  'CSIStorageCapacity',
  'VolumeAttachment',
]);
const HPA = sameKinds('autoscaling/v2', ['HorizontalPodAutoscaler']);
const FLOW = sameKinds('flowcontrol.apiserver.k8s.io/v1', ['FlowSchema', 'PriorityLevelConfiguration']);

/**
 * Versions that Kubernetes 1.32 no longer serves: apiVersion, the release that dropped it, and where each kind went (an
 * empty string: nowhere). Source: the API deprecation guide of the Kubernetes documentation.
 */
export const REMOVED_VERSIONS: readonly (readonly [
  apiVersion: string,
  removedIn: string,
  kinds: Readonly<Record<string, string>>,
])[] = [
  ['extensions/v1beta1', '1.16', { ...APPS, NetworkPolicy: 'networking.k8s.io/v1', PodSecurityPolicy: '' }],
  ['extensions/v1beta1', '1.22', INGRESS],
  ['apps/v1beta1', '1.16', APPS],
  ['apps/v1beta2', '1.16', APPS],
  ['batch/v2alpha1', '1.21', { CronJob: 'batch/v1' }],
  ['batch/v1beta1', '1.25', { CronJob: 'batch/v1' }],
  ['networking.k8s.io/v1beta1', '1.22', INGRESS],
  ['policy/v1beta1', '1.25', { PodDisruptionBudget: 'policy/v1', PodSecurityPolicy: '' }],
  ['autoscaling/v2beta1', '1.25', HPA],
  ['autoscaling/v2beta2', '1.26', HPA],
  ['rbac.authorization.k8s.io/v1alpha1', '1.22', RBAC],
  ['rbac.authorization.k8s.io/v1beta1', '1.22', RBAC],
  ['scheduling.k8s.io/v1alpha1', '1.22', { PriorityClass: 'scheduling.k8s.io/v1' }],
  ['scheduling.k8s.io/v1beta1', '1.22', { PriorityClass: 'scheduling.k8s.io/v1' }],
  [
    'storage.k8s.io/v1alpha1',
    '1.24',
    { CSIStorageCapacity: 'storage.k8s.io/v1', VolumeAttachment: 'storage.k8s.io/v1' },
  ],
  ['storage.k8s.io/v1beta1', '1.22', STORAGE],
  ['node.k8s.io/v1alpha1', '1.22', { RuntimeClass: 'node.k8s.io/v1' }],
  ['node.k8s.io/v1beta1', '1.25', { RuntimeClass: 'node.k8s.io/v1' }],
  ['coordination.k8s.io/v1beta1', '1.22', { Lease: 'coordination.k8s.io/v1' }],
  ['discovery.k8s.io/v1beta1', '1.25', { EndpointSlice: 'discovery.k8s.io/v1' }],
  ['events.k8s.io/v1beta1', '1.25', { Event: 'v1' }],
  ['certificates.k8s.io/v1beta1', '1.22', { CertificateSigningRequest: 'certificates.k8s.io/v1' }],
  ['apiextensions.k8s.io/v1beta1', '1.22', { CustomResourceDefinition: 'apiextensions.k8s.io/v1' }],
  ['apiregistration.k8s.io/v1beta1', '1.22', { APIService: 'apiregistration.k8s.io/v1' }],
  [
    'admissionregistration.k8s.io/v1beta1',
    '1.22',
    sameKinds('admissionregistration.k8s.io/v1', ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']),
  ],
  ['authentication.k8s.io/v1beta1', '1.22', { TokenReview: 'authentication.k8s.io/v1' }],
  [
    'authorization.k8s.io/v1beta1',
    '1.22',
    sameKinds('authorization.k8s.io/v1', [
      'LocalSubjectAccessReview',
      'SelfSubjectAccessReview',
      'SelfSubjectRulesReview',
      'SubjectAccessReview',
    ]),
  ],
  ['flowcontrol.apiserver.k8s.io/v1beta1', '1.26', FLOW],
  ['flowcontrol.apiserver.k8s.io/v1beta2', '1.29', FLOW],
  ['flowcontrol.apiserver.k8s.io/v1beta3', '1.32', FLOW],
];
