/**
 * One line of the table of kinds. Neither `inert` nor `refused`: implemented. Both are clauses that say why and what to
 * do.
 */
export interface KindRow {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Default: namespaced. */
  readonly scope?: 'cluster';
  readonly subresources?: readonly string[];
  /** The version in which its objects are kept, where that is another one: they are converted at the border. */
  readonly storedAs?: string;
  readonly inert?: string;
  readonly refused?: string;
}

const ALL = ['all'];
const API_EXTENSIONS = ['api-extensions'];
const STATUS = ['status'];
const SCALED = ['status', 'scale'];
const ONE_STORAGE = 'Berth has local volumes only; it runs no storage drivers and attaches nothing';
const NO_ACCESS_CONTROL = 'Berth does not enforce access control yet; it is stored and grants or denies nothing';
const NO_WEBHOOKS =
  'Berth calls no admission webhooks and runs no admission policies; what it should guard would be unguarded';
const NO_DEVICES = 'Berth does not allocate devices';
const A_QUESTION = 'it is a question to an API server, not an object that can be kept';
const OWN_FLOW = 'Berth does not queue requests by priority';

/** The built-in kinds of Kubernetes 1.32: all that are generally available, and the beta ones in common use. */
export const KIND_ROWS: readonly KindRow[] = [
  {
    apiVersion: 'v1',
    kind: 'Binding',
    plural: 'bindings',
    refused: 'the scheduler alone binds pods; set spec.nodeName instead',
  },
  {
    apiVersion: 'v1',
    kind: 'ComponentStatus',
    plural: 'componentstatuses',
    shortNames: ['cs'],
    scope: 'cluster',
    refused: 'it is deprecated and only ever read',
  },
  { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', shortNames: ['cm'] },
  { apiVersion: 'v1', kind: 'Endpoints', plural: 'endpoints', shortNames: ['ep'] },
  { apiVersion: 'v1', kind: 'Event', plural: 'events', shortNames: ['ev'] },
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    plural: 'limitranges',
    shortNames: ['limits'],
  },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    scope: 'cluster',
    subresources: ['status', 'finalize'],
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    plural: 'nodes',
    shortNames: ['no'],
    scope: 'cluster',
    subresources: ['status', 'proxy'],
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    plural: 'persistentvolumeclaims',
    shortNames: ['pvc'],
    subresources: STATUS,
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    plural: 'persistentvolumes',
    shortNames: ['pv'],
    scope: 'cluster',
    subresources: STATUS,
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    plural: 'pods',
    shortNames: ['po'],
    categories: ALL,
    subresources: [
      'status',
      'log',
      'exec',
      'attach',
      'portforward',
      'proxy',
      'binding',
      'eviction',
      'ephemeralcontainers',
      'resize',
    ],
  },
  { apiVersion: 'v1', kind: 'PodTemplate', plural: 'podtemplates', inert: 'nothing in Berth uses PodTemplates' },
  {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    plural: 'replicationcontrollers',
    shortNames: ['rc'],
    categories: ALL,
    subresources: SCALED,
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    plural: 'resourcequotas',
    shortNames: ['quota'],
    subresources: STATUS,
  },
  { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' },
  {
    apiVersion: 'v1',
    kind: 'Service',
    plural: 'services',
    shortNames: ['svc'],
    categories: ALL,
    subresources: ['status', 'proxy'],
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    subresources: ['token'],
    inert: 'Berth issues no tokens to pods yet; of the account only its imagePullSecrets are used',
  },

  { apiVersion: 'apps/v1', kind: 'ControllerRevision', plural: 'controllerrevisions' },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    plural: 'daemonsets',
    shortNames: ['ds'],
    categories: ALL,
    subresources: STATUS,
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    plural: 'deployments',
    shortNames: ['deploy'],
    categories: ALL,
    subresources: SCALED,
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    plural: 'replicasets',
    shortNames: ['rs'],
    categories: ALL,
    subresources: SCALED,
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    plural: 'statefulsets',
    shortNames: ['sts'],
    categories: ALL,
    subresources: SCALED,
  },

  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    shortNames: ['hpa'],
    categories: ALL,
    subresources: STATUS,
  },
  {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    shortNames: ['hpa'],
    categories: ALL,
    subresources: STATUS,
    storedAs: 'autoscaling/v2',
  },

  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    plural: 'cronjobs',
    shortNames: ['cj'],
    categories: ALL,
    subresources: STATUS,
  },
  { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', categories: ALL, subresources: STATUS },

  { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' },
  { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', plural: 'endpointslices' },
  {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    refused: 'Berth keeps events as v1',
  },

  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    plural: 'ingresses',
    shortNames: ['ing'],
    subresources: STATUS,
    inert: 'Berth does not route Ingresses yet; reach the Service through a NodePort',
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    plural: 'ingressclasses',
    scope: 'cluster',
    inert: 'Berth does not route Ingresses yet',
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    shortNames: ['netpol'],
    inert: 'Berth does not enforce NetworkPolicies yet; all traffic between pods is allowed',
  },
  {
    apiVersion: 'networking.k8s.io/v1beta1',
    kind: 'IPAddress',
    plural: 'ipaddresses',
    shortNames: ['ip'],
    scope: 'cluster',
    refused: 'Berth assigns addresses by itself',
  },
  {
    apiVersion: 'networking.k8s.io/v1beta1',
    kind: 'ServiceCIDR',
    plural: 'servicecidrs',
    scope: 'cluster',
    subresources: STATUS,
    refused: "the range of service addresses is set in Berth's configuration",
  },

  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    shortNames: ['pdb'],
    subresources: STATUS,
  },

  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    plural: 'clusterroles',
    scope: 'cluster',
    inert: NO_ACCESS_CONTROL,
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    plural: 'clusterrolebindings',
    scope: 'cluster',
    inert: NO_ACCESS_CONTROL,
  },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', plural: 'roles', inert: NO_ACCESS_CONTROL },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', plural: 'rolebindings', inert: NO_ACCESS_CONTROL },

  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    plural: 'priorityclasses',
    shortNames: ['pc'],
    scope: 'cluster',
  },

  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    plural: 'storageclasses',
    shortNames: ['sc'],
    scope: 'cluster',
  },
  { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', plural: 'csidrivers', scope: 'cluster', refused: ONE_STORAGE },
  { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', plural: 'csinodes', scope: 'cluster', refused: ONE_STORAGE },
  { apiVersion: 'storage.k8s.io/v1', kind: 'CSIStorageCapacity', plural: 'csistoragecapacities', refused: ONE_STORAGE },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    plural: 'volumeattachments',
    scope: 'cluster',
    subresources: STATUS,
    refused: ONE_STORAGE,
  },
  {
    apiVersion: 'storage.k8s.io/v1beta1',
    kind: 'VolumeAttributesClass',
    plural: 'volumeattributesclasses',
    shortNames: ['vac'],
    scope: 'cluster',
    refused: ONE_STORAGE,
  },

  {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    plural: 'runtimeclasses',
    scope: 'cluster',
    inert: "Berth runs every pod with the engine's default runtime",
  },

  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    plural: 'mutatingwebhookconfigurations',
    categories: API_EXTENSIONS,
    scope: 'cluster',
    refused: NO_WEBHOOKS,
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    plural: 'validatingwebhookconfigurations',
    categories: API_EXTENSIONS,
    scope: 'cluster',
    refused: NO_WEBHOOKS,
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    plural: 'validatingadmissionpolicies',
    categories: API_EXTENSIONS,
    scope: 'cluster',
    subresources: STATUS,
    refused: NO_WEBHOOKS,
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    plural: 'validatingadmissionpolicybindings',
    categories: API_EXTENSIONS,
    scope: 'cluster',
    refused: NO_WEBHOOKS,
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
    categories: API_EXTENSIONS,
    scope: 'cluster',
    subresources: STATUS,
    refused: 'Berth serves no custom resources; nothing would run what they describe',
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    plural: 'apiservices',
    categories: API_EXTENSIONS,
    scope: 'cluster',
    subresources: STATUS,
    refused: 'Berth does not aggregate other API servers',
  },

  {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
    plural: 'selfsubjectreviews',
    scope: 'cluster',
    refused: A_QUESTION,
  },
  {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    plural: 'tokenreviews',
    scope: 'cluster',
    refused: A_QUESTION,
  },
  {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'LocalSubjectAccessReview',
    plural: 'localsubjectaccessreviews',
    refused: A_QUESTION,
  },
  {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    plural: 'selfsubjectaccessreviews',
    scope: 'cluster',
    refused: A_QUESTION,
  },
  {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    plural: 'selfsubjectrulesreviews',
    scope: 'cluster',
    refused: A_QUESTION,
  },
  {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    plural: 'subjectaccessreviews',
    scope: 'cluster',
    refused: A_QUESTION,
  },
  {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    plural: 'certificatesigningrequests',
    shortNames: ['csr'],
    scope: 'cluster',
    subresources: ['status', 'approval'],
    refused: 'Berth signs no certificate requests',
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    plural: 'flowschemas',
    scope: 'cluster',
    subresources: STATUS,
    inert: OWN_FLOW,
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    plural: 'prioritylevelconfigurations',
    scope: 'cluster',
    subresources: STATUS,
    inert: OWN_FLOW,
  },

  {
    apiVersion: 'resource.k8s.io/v1beta1',
    kind: 'DeviceClass',
    plural: 'deviceclasses',
    scope: 'cluster',
    refused: NO_DEVICES,
  },
  {
    apiVersion: 'resource.k8s.io/v1beta1',
    kind: 'ResourceClaim',
    plural: 'resourceclaims',
    subresources: STATUS,
    refused: NO_DEVICES,
  },
  {
    apiVersion: 'resource.k8s.io/v1beta1',
    kind: 'ResourceClaimTemplate',
    plural: 'resourceclaimtemplates',
    refused: NO_DEVICES,
  },
  {
    apiVersion: 'resource.k8s.io/v1beta1',
    kind: 'ResourceSlice',
    plural: 'resourceslices',
    scope: 'cluster',
    refused: NO_DEVICES,
  },
];
