/**
 * What the Kubernetes API says of its lists and structures (1.32) and no npm package carries: list types and map keys, patch strategies and
 * merge keys, atomic structures, quantities. Types are named as @kubernetes/client-node names them. A list that is not named here is atomic
 * for apply and is replaced by a strategic merge patch; a structure or map that is not named is merged field by field.
 */

const byType = { keys: ['type'], merge: 'type' };
const byName = { keys: ['name'], merge: 'name' };
const container = {
  ports: { keys: ['containerPort', 'protocol'], merge: 'containerPort' },
  env: byName,
  volumeMounts: { keys: ['mountPath'], merge: 'mountPath' },
  volumeDevices: { keys: ['devicePath'], merge: 'devicePath' },
};
const quantities = (...fields) => Object.fromEntries(fields.map((field) => [field, { quantity: true }]));
const sets = (...fields) => Object.fromEntries(fields.map((field) => [field, { set: true }]));

/**
 * `keys`: list map keys of apply. `set`: each item is its own key. `merge`: strategic merge key. `retainKeys`, `replace`: patch strategies.
 * `defaulted`: the schema calls it required, and the server fills it in.
 */
export const FIELD_FACTS = {
  V1ObjectMeta: { finalizers: { set: true, merge: '' }, ownerReferences: { keys: ['uid'], merge: 'uid' } },

  V1PodSpec: {
    volumes: { ...byName, retainKeys: true },
    initContainers: byName,
    containers: byName,
    ephemeralContainers: byName,
    nodeSelector: { atomic: true },
    imagePullSecrets: byName,
    hostAliases: { keys: ['ip'], merge: 'ip' },
    overhead: { quantity: true },
    topologySpreadConstraints: { keys: ['topologyKey', 'whenUnsatisfiable'], merge: 'topologyKey' },
    schedulingGates: byName,
    resourceClaims: { ...byName, retainKeys: true },
  },
  V1Container: container,
  V1EphemeralContainer: container,
  V1ResourceRequirements: { ...quantities('limits', 'requests'), claims: { keys: ['name'] } },
  V1VolumeResourceRequirements: quantities('limits', 'requests'),
  V1EmptyDirVolumeSource: quantities('sizeLimit'),
  V1ResourceFieldSelector: quantities('divisor'),
  V1PodStatus: {
    conditions: byType,
    hostIPs: { merge: 'ip' },
    podIPs: { keys: ['ip'], merge: 'ip' },
    resourceClaimStatuses: { ...byName, retainKeys: true },
  },
  V1ContainerStatus: {
    ...quantities('allocatedResources'),
    volumeMounts: { keys: ['mountPath'], merge: 'mountPath' },
    allocatedResourcesStatus: byName,
  },
  V1ResourceStatus: { resources: { keys: ['resourceID'] } },

  V1ServiceSpec: { ports: { keys: ['port', 'protocol'], merge: 'port' }, selector: { atomic: true } },
  V1ServiceStatus: { conditions: byType },
  V1ServiceAccount: { secrets: byName },
  V1NamespaceStatus: { conditions: byType },
  V1NodeSpec: { podCIDRs: { set: true, merge: '' } },
  V1NodeStatus: {
    ...quantities('capacity', 'allocatable'),
    conditions: byType,
    addresses: byType,
  },
  V1ComponentStatus: { conditions: byType },
  V1ReplicationControllerSpec: { selector: { atomic: true } },
  V1ReplicationControllerStatus: { conditions: byType },
  V1PersistentVolumeSpec: { ...quantities('capacity'), claimRef: { granular: true } },
  V1PersistentVolumeClaimStatus: { ...quantities('capacity', 'allocatedResources'), conditions: byType },
  V1LimitRangeItem: quantities('max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'),
  V1ResourceQuotaSpec: quantities('hard'),
  V1ResourceQuotaStatus: quantities('hard', 'used'),

  V1DeploymentSpec: { strategy: { retainKeys: true } },
  V1DeploymentStatus: { conditions: byType },
  V1ReplicaSetStatus: { conditions: byType },
  V1StatefulSetStatus: { conditions: byType },
  V1DaemonSetStatus: { conditions: byType },
  V1JobStatus: { conditions: { merge: 'type' } },
  V1PodFailurePolicyOnExitCodesRequirement: sets('values'),
  V1PodFailurePolicyOnPodConditionsPattern: { status: { defaulted: true } },
  V1UncountedTerminatedPods: sets('succeeded', 'failed'),

  V2MetricTarget: quantities('value', 'averageValue'),
  V2MetricValueStatus: quantities('value', 'averageValue'),
  V2HorizontalPodAutoscalerStatus: { conditions: byType },
  V2HPAScalingRules: quantities('tolerance'),

  V1Endpoint: sets('addresses'),
  V1Scheduling: { nodeSelector: { atomic: true } },
  V1PodDisruptionBudgetSpec: { selector: { replace: true } },
  V1PodDisruptionBudgetStatus: { conditions: byType },
  V1beta1ServiceCIDRStatus: { conditions: byType },
  V1CSIDriverSpec: sets('volumeLifecycleModes'),
  V1CSINodeSpec: { drivers: byName },
  V1CSIStorageCapacity: quantities('capacity', 'maximumVolumeSize'),
  V1CertificateSigningRequestStatus: { conditions: { keys: ['type'] } },
  V1APIServiceStatus: { conditions: byType },
  V1CustomResourceDefinitionStatus: { conditions: { keys: ['type'] } },

  V1ValidatingWebhookConfiguration: { webhooks: byName },
  V1MutatingWebhookConfiguration: { webhooks: byName },
  V1ValidatingWebhook: { matchConditions: byName },
  V1MutatingWebhook: { matchConditions: byName },
  V1ValidatingAdmissionPolicySpec: { matchConditions: byName, variables: byName },
  V1ValidatingAdmissionPolicyStatus: { conditions: { keys: ['type'] } },
  V1ValidatingAdmissionPolicyBindingSpec: sets('validationActions'),

  V1ResourcePolicyRule: sets('verbs', 'apiGroups', 'resources', 'namespaces'),
  V1NonResourcePolicyRule: sets('verbs', 'nonResourceURLs'),
  V1FlowSchemaStatus: { conditions: byType },
  V1PriorityLevelConfigurationStatus: { conditions: byType },

  V1beta1ResourceClaimStatus: {
    reservedFor: { keys: ['uid'], merge: 'uid' },
    devices: { keys: ['driver', 'device', 'pool'] },
  },
  V1beta1AllocatedDeviceStatus: { conditions: { keys: ['type'] } },
  V1beta1DeviceCapacity: quantities('value'),
};

/** Structures that apply owns as a whole (`+structType=atomic`). */
export const ATOMIC_TYPES = [
  'V1LabelSelector',
  'V1SecretReference',
  'V1ObjectFieldSelector',
  'V1ResourceFieldSelector',
  'V1ConfigMapKeySelector',
  'V1SecretKeySelector',
  'V1NodeSelector',
  'V1NodeSelectorTerm',
  'V1TopologySelectorTerm',
  'V1EndpointAddress',
  'CoreV1EndpointPort',
  'DiscoveryV1EndpointPort',
  'V1ObjectReference',
  'V1LocalObjectReference',
  'V1TypedLocalObjectReference',
  'V1ScopeSelector',
  'V1CrossVersionObjectReference',
  'V1ServiceBackendPort',
  'RbacV1Subject',
  'V1RoleRef',
  'V1ParamKind',
  'V1ParamRef',
  'V1Variable',
  'V1MatchResources',
  'V1NamedRuleWithOperations',
];

/** Fields that came after Kubernetes 1.32: a table of 1.32 does not have them. */
export const LATER_FIELDS = {
  V1CSIDriverSpec: ['nodeAllocatableUpdatePeriodSeconds'],
  V1Container: ['restartPolicyRules'],
  V1EphemeralContainer: ['restartPolicyRules'],
  V1ContainerStatus: ['stopSignal'],
  V1DeploymentStatus: ['terminatingReplicas'],
  V1EnvVarSource: ['fileKeyRef'],
  V1Lifecycle: ['stopSignal'],
  V1NodeSystemInfo: ['swap'],
  V1PodCondition: ['observedGeneration'],
  V1PodSpec: ['hostnameOverride'],
  V1PodStatus: ['extendedResourceClaimStatus', 'observedGeneration'],
  V1ReplicaSetStatus: ['terminatingReplicas'],
  V1VolumeError: ['errorCode'],
  V1VolumeProjection: ['podCertificate'],
  V1beta1AllocatedDeviceStatus: ['shareID'],
  V1beta1AllocationResult: ['allocationTimestamp'],
  V1beta1BasicDevice: [
    'allNodes',
    'allowMultipleAllocations',
    'bindingConditions',
    'bindingFailureConditions',
    'bindsToNode',
    'consumesCounters',
    'nodeName',
    'nodeSelector',
    'taints',
  ],
  V1beta1DeviceCapacity: ['requestPolicy'],
  V1beta1DeviceClassSpec: ['extendedResourceName'],
  V1beta1DeviceConstraint: ['distinctAttribute'],
  V1beta1DeviceRequest: ['capacity', 'firstAvailable', 'tolerations'],
  V1beta1DeviceRequestAllocationResult: [
    'bindingConditions',
    'bindingFailureConditions',
    'consumedCapacity',
    'shareID',
    'tolerations',
  ],
  V1beta1ResourceSliceSpec: ['perDeviceNodeSelection', 'sharedCounters'],
};
